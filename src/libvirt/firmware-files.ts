/** Reads a host's firmware descriptors: which UEFI firmware QEMU has there, in its order of preference. Synchronous; the root is injected. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Firmware, parseDescriptor } from './firmware.ts'

/**
 * From general to specific, as QEMU's docs/interop/firmware.json has them. A user's own folder is left out, as by libvirt
 * where it runs as root (qemuInteropFetchConfigs).
 */
export const DESCRIPTOR_FOLDERS = ['/usr/share/qemu/firmware', '/etc/qemu/firmware'] as const

export interface FoundFirmware {
  /** The most preferred first; only those whose files are there. */
  readonly firmwares: readonly Firmware[]
  /** A line for each descriptor or folder that could not be used. */
  readonly warnings: readonly string[]
}

/** `root` = where the host's file system begins, `/` on the host itself. Never throws: what cannot be read is a warning. */
export function readFirmwares(root: string): FoundFirmware {
  const warnings: string[] = []
  const firmwares = descriptorsOf(root, warnings).flatMap((path) => {
    try {
      const text = readFileSync(join(root, path), 'utf8')
      // An empty file hides the one of its name in the more general folder.
      const firmware = text === '' ? null : parseDescriptor(path, text)
      const missing = firmware === null ? undefined : missingFile(root, firmware)
      if (missing !== undefined) warnings.push(`firmware descriptor ${path}: there is no ${missing}`)
      return firmware === null || missing !== undefined ? [] : [firmware]
    } catch (error) {
      warnings.push(`firmware descriptor ${path}: ${words(error)}`)
      return []
    }
  })
  return { firmwares, warnings }
}

/** By file name, whatever the folder; of two with the same name the more specific folder's. */
function descriptorsOf(root: string, warnings: string[]): readonly string[] {
  const byName = new Map<string, string>()
  for (const folder of DESCRIPTOR_FOLDERS)
    for (const name of namesIn(root, folder, warnings)) byName.set(name, `${folder}/${name}`)
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? [])
}

function namesIn(root: string, folder: string, warnings: string[]): readonly string[] {
  try {
    return readdirSync(join(root, folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!absent) warnings.push(`firmware descriptors in ${folder}: ${words(error)}`)
    return []
  }
}

function missingFile(root: string, { code, variables }: Firmware): string | undefined {
  return [code, variables].map(({ path }) => path).find((path) => !existsSync(join(root, path)))
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
