/** Reads each PCI function's files below a sysfs root, few of them and none twice: texts as they stand, for parse.ts. */
import { closeSync, openSync, readSync } from 'node:fs'
import { type Address, parseAddress } from '../../src/model/address.ts'
import { BerthError, NotFound } from '../../src/model/errors.ts'
import {
  lastPart,
  orAbsent,
  readDir,
  readDirUnsorted,
  readLink,
  readText,
  realPath,
  type Warn,
} from '../read.ts'
import { type Capabilities, readCapabilities } from './capability.ts'
import { UEVENT } from './uevent.ts'

/** One function as its files say; null = no such file (Documentation/ABI/testing/sysfs-bus-pci says which may be missing). */
export interface RawFunction {
  readonly address: Address
  /** `/sys/devices/pci0000:00/0000:00:04.2/0000:03:00.0`; null where the tree has no link that tells. */
  readonly path: string | null
  readonly uevent: string | null
  readonly class: string | null
  readonly vendor: string | null
  readonly device: string | null
  readonly subsystemVendor: string | null
  readonly subsystemDevice: string | null
  readonly revision: string | null
  readonly numaNode: string | null
  readonly resetMethod: string | null
  readonly totalVfs: string | null
  readonly numVfs: string | null
  /** Last parts of links. */
  readonly driver: string | null
  readonly iommuGroup: string | null
  readonly physfn: string | null
  /** VF address to index, from `virtfn<index>`. */
  readonly virtualFunctions: ReadonlyMap<string, number>
  readonly networkInterfaces: readonly string[]
  readonly capabilities: Capabilities | null
}

/**
 * All functions below `sysfs`, in no order. NotFound `no-sysfs` where there is no PCI bus below it. A function that
 * can't be read at all is left out; what can't be read of others is null; `warn` names both.
 */
export function readFunctions(sysfs: string, warn: Warn): readonly RawFunction[] {
  const dir = `${sysfs}/bus/pci/devices`
  const names = readDirUnsorted(dir)
  if (names === null)
    throw new NotFound(
      'no-sysfs',
      `${dir} does not exist: ${sysfs} is no sysfs mount of a machine with PCI; give another with --sysfs`,
      { sysfs },
    )
  return names.flatMap((name) => readFunction(dir, name, warn) ?? [])
}

function readFunction(dir: string, name: string, warn: Warn): RawFunction | null {
  const base = `${dir}/${name}`
  const address = parseAddress(name)
  if (address === null) {
    warn(`${base} is named like no PCI address; left out`)
    return null
  }
  const guarded = guard(address, warn)
  const list = guarded<readonly string[] | null>(null, () => readDirUnsorted(base))
  if (list === null) {
    warn(`${address}: ${base} leads nowhere; left out`)
    return null
  }
  const files = new Set(list)
  const text = (file: string) => (files.has(file) ? guarded(null, () => readText(`${base}/${file}`)) : null)
  const link = (file: string) => (files.has(file) ? guarded(null, () => linkedName(`${base}/${file}`)) : null)
  // uevent spares reading the id files, not their being there: without them lspci sees no device either.
  const uevent = files.has('class') && files.has('vendor') ? text('uevent') : null
  const idFile = (file: string, inUevent: RegExp) =>
    uevent !== null && inUevent.test(uevent) ? null : text(file)
  return {
    address,
    path: guarded(null, () => devicePath(base)),
    uevent,
    class: idFile('class', UEVENT.class),
    vendor: idFile('vendor', UEVENT.ids),
    device: idFile('device', UEVENT.ids),
    subsystemVendor: idFile('subsystem_vendor', UEVENT.subsystem),
    subsystemDevice: idFile('subsystem_device', UEVENT.subsystem),
    revision: text('revision'),
    numaNode: text('numa_node'),
    resetMethod: text('reset_method'),
    totalVfs: text('sriov_totalvfs'),
    numVfs: text('sriov_numvfs'),
    driver: link('driver'),
    iommuGroup: link('iommu_group'),
    physfn: link('physfn'),
    virtualFunctions: virtualFunctions(base, list),
    networkInterfaces: guarded([], () => networkInterfaces(base, list)),
    capabilities: files.has('config') ? guarded(null, () => configCapabilities(`${base}/config`)) : null,
  }
}

/** Reads, or warns and gives `otherwise` where that fails. */
function guard(address: Address, warn: Warn): <T>(otherwise: T, read: () => T) => T {
  return (otherwise, read) => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      warn(`${address}: ${error.message}; taken as unknown`)
      return otherwise
    }
  }
}

function linkedName(file: string): string | null {
  const target = readLink(file)
  return target === null ? null : lastPart(target)
}

/** The link's own text names all hops on a real sysfs, so nothing needs resolving. */
function devicePath(base: string): string | null {
  const target = readLink(base)
  if (target === null) return null
  return /\/pci[0-9a-f]{4,8}:[0-9a-f]{2}\//.test(target) ? target : realPath(base)
}

function virtualFunctions(base: string, list: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const entry of list) {
    if (!entry.startsWith('virtfn')) continue
    const name = linkedName(`${base}/${entry}`)
    if (name !== null) found.set(name, Number(entry.slice(6)))
  }
  return found
}

/** `net/`, that of a virtio child, and the `net:eth0` links that kernels before 2.6.34 had. */
function networkInterfaces(base: string, list: readonly string[]): readonly string[] {
  const found: string[] = []
  for (const entry of list) {
    if (entry === 'net') found.push(...(readDir(`${base}/net`) ?? []))
    else if (entry.startsWith('net:')) found.push(entry.slice(4))
    else if (/^virtio\d+$/.test(entry)) found.push(...(readDir(`${base}/${entry}/net`) ?? []))
  }
  return found.sort()
}

function configCapabilities(file: string): Capabilities | null {
  const handle = orAbsent(file, () => openSync(file, 'r'))
  if (handle === null) return null
  try {
    const buffer = new Uint8Array(256)
    return orAbsent(file, () =>
      readCapabilities((offset, length) => {
        const got = readSync(handle, buffer, 0, length, offset)
        return new DataView(buffer.buffer, 0, got)
      }),
    )
  } finally {
    closeSync(handle)
  }
}
