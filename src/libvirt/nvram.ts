/** Where a VM's UEFI variables are kept on a host: one file a VM, in libvirt's own folder. Names are pure; removing is IO, its root injected. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed } from '../model/errors.ts'
import type { DomainMark } from '../model/usage.ts'
import { domainName, domainUuid } from './domain-name.ts'
import type { FlashFile } from './firmware.ts'

/** Where security drivers expect such files, and where QEMU's user may go. */
const SYSTEM_FOLDER = '/var/lib/libvirt/qemu/nvram'

const EXTENSIONS: Readonly<Record<FlashFile['format'], string>> = { raw: 'fd', qcow2: 'qcow2' }

/** libvirt's folder for them; that of `qemu:///session` is its user's (XDG base directory specification). */
export function nvramFolder(uri: string, env: Readonly<Record<string, string | undefined>>): string {
  if (!uri.endsWith(':///session')) return SYSTEM_FOLDER
  return join(env.XDG_CONFIG_HOME || join(env.HOME ?? '/', '.config'), 'libvirt/qemu/nvram')
}

/**
 * The file's name: by the domain's uuid, so that a VM of another database with the same number does not find it, and the domain's
 * name, so that a person knows whose it is.
 */
export function nvramFile(mark: Pick<DomainMark, 'cluster' | 'vm'>, format: FlashFile['format']): string {
  return `${domainName(mark.vm)}-${domainUuid(mark)}_VARS.${EXTENSIONS[format]}`
}

/** Removes the VM's file, of whichever format; one that is not there is fine. CommandFailed `nvram-remains`. */
export async function removeNvram(
  root: string,
  folder: string,
  mark: Pick<DomainMark, 'cluster' | 'vm'>,
): Promise<void> {
  for (const format of ['raw', 'qcow2'] as const) {
    const path = join(folder, nvramFile(mark, format))
    try {
      await rm(join(root, path), { force: true })
    } catch (error) {
      throw new CommandFailed(
        'nvram-remains',
        `the UEFI variables of VM ${mark.vm} cannot be deleted: ${error instanceof Error ? error.message : String(error)}; remove ${path} by hand`,
        { vm: mark.vm, path },
        error,
      )
    }
  }
}
