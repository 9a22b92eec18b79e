/** Reads each PCI function's files below a sysfs root, few of them and none twice: texts as they stand, for parse.ts. */
import { type Address, parseAddress } from '../../src/model/address.ts'
import { BerthError, NotFound } from '../../src/model/errors.ts'
import { lastPart, readAttribute, readDir, readDirUnsorted, readLink, realPath, type Warn } from '../read.ts'
import type { Capabilities } from './capability.ts'
import { configCapabilities } from './config-file.ts'
import type { RawFunction } from './raw-function.ts'
import { UEVENT } from './uevent.ts'

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
  const ofVfs: VfResources = new Map()
  return names.flatMap((name) => readFunction(sysfs, name, warn, ofVfs) ?? [])
}

/** A function's folder, what is in it, and where to complain. */
interface Folder {
  /** Without links in it where the tree allows: each costs the kernel a second walk for every file. */
  readonly base: string
  readonly address: Address
  /** What the link in bus/pci/devices says. */
  readonly target: string | null
  readonly entries: readonly string[]
  readonly warn: Warn
}

/** From bus/pci/devices to the root. */
const UP = '../../../'

function openFolder(sysfs: string, name: string, warn: Warn): Folder | null {
  const link = `${sysfs}/bus/pci/devices/${name}`
  const address = parseAddress(name)
  if (address === null) {
    warn(`${link} is named like no PCI address; left out`)
    return null
  }
  const unopened = { base: link, address, target: null, entries: [], warn }
  const target = attempt(unopened, null, () => readLink(link))
  const direct = target?.startsWith(UP) ? `${sysfs}/${target.slice(UP.length)}` : link
  // Where `bus` or `pci` is a link itself, only the kernel finds the way.
  for (const base of direct === link ? [link] : [direct, link]) {
    const entries = attempt(unopened, null, () => readDirUnsorted(base))
    if (entries !== null) return { base, address, target, entries, warn }
  }
  warn(`${address}: ${link} leads nowhere; left out`)
  return null
}

function readFunction(sysfs: string, name: string, warn: Warn, ofVfs: VfResources): RawFunction | null {
  const folder = openFolder(sysfs, name, warn)
  if (folder === null) return null
  const { address, base, entries } = folder
  // uevent spares reading the id files, not their being there: without them lspci sees no device either.
  const hasIds = entries.includes('class') && entries.includes('vendor')
  const uevent = hasIds ? attribute(folder, 'uevent') : null
  const idFile = (file: string, inUevent: RegExp) =>
    uevent !== null && inUevent.test(uevent) ? null : attribute(folder, file)
  const physfn = linkedName(folder, 'physfn')
  const capabilities = entries.includes('config')
    ? attempt(folder, null, () => configCapabilities(`${base}/config`))
    : null
  return {
    address,
    path: attempt(folder, null, () => devicePath(folder)),
    uevent,
    class: idFile('class', UEVENT.class),
    vendor: idFile('vendor', UEVENT.ids),
    device: idFile('device', UEVENT.ids),
    subsystemVendor: idFile('subsystem_vendor', UEVENT.subsystem),
    subsystemDevice: idFile('subsystem_device', UEVENT.subsystem),
    revision: attribute(folder, 'revision'),
    numaNode: attribute(folder, 'numa_node'),
    resetMethod: attribute(folder, 'reset_method'),
    totalVfs: attribute(folder, 'sriov_totalvfs'),
    numVfs: attribute(folder, 'sriov_numvfs'),
    driver: linkedName(folder, 'driver'),
    iommuGroup: linkedName(folder, 'iommu_group'),
    physfn,
    virtualFunctions: virtualFunctions(folder),
    networkInterfaces: attempt(folder, [], () => networkInterfaces(base, entries)),
    capabilities,
    resource: capabilities?.msix ? resourceText(folder, physfn, ofVfs) : null,
    irq: onLegacyLine(capabilities) ? attribute(folder, 'irq') : null,
    resettable: entries.includes('reset') || entries.includes('reset_method'),
    rom: entries.includes('rom'),
  }
}

/** By PF: `resource` of one of its VFs. */
type VfResources = Map<string, string | null>

/** A PF's VFs have BARs of the same sizes (SR-IOV 3.3.14), so one of them tells for all. */
function resourceText(folder: Folder, physfn: string | null, ofVfs: VfResources): string | null {
  const known = physfn === null ? undefined : ofVfs.get(physfn)
  if (known !== undefined) return known
  const text = attribute(folder, 'resource')
  if (physfn !== null) ofVfs.set(physfn, text)
  return text
}

function onLegacyLine(capabilities: Capabilities | null): boolean {
  return capabilities?.headerType === 0 && capabilities.pin && !capabilities.msiEnabled
}

/** Reads, or warns and gives `otherwise` where that fails. */
function attempt<T>({ address, warn }: Folder, otherwise: T, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    warn(`${address}: ${error.message}; taken as unknown`)
    return otherwise
  }
}

function attribute(folder: Folder, name: string): string | null {
  if (!folder.entries.includes(name)) return null
  return attempt(folder, null, () => readAttribute(`${folder.base}/${name}`))
}

/** The last part of what the link points at. */
function linkedName(folder: Folder, name: string): string | null {
  if (!folder.entries.includes(name)) return null
  const target = attempt(folder, null, () => readLink(`${folder.base}/${name}`))
  return target === null ? null : lastPart(target)
}

/** The link's own text names all hops on a real sysfs, so nothing needs resolving. */
function devicePath({ base, target }: Folder): string | null {
  if (target === null) return null
  return ROOT_BUS.test(target) ? target : realPath(base)
}

const ROOT_BUS = /\/pci[0-9a-f]{4,8}:[0-9a-f]{2}\//

const NO_VIRTUAL_FUNCTIONS: ReadonlyMap<string, number> = new Map()

function virtualFunctions(folder: Folder): ReadonlyMap<string, number> {
  const links = folder.entries.filter((entry) => entry.startsWith('virtfn'))
  if (links.length === 0) return NO_VIRTUAL_FUNCTIONS
  return new Map(
    links.flatMap((link) => {
      const name = linkedName(folder, link)
      return name === null ? [] : [[name, Number(link.slice('virtfn'.length))] as const]
    }),
  )
}

/** `net/`, that of a virtio child, and the `net:eth0` links that kernels before 2.6.34 had. */
function networkInterfaces(base: string, list: readonly string[]): readonly string[] {
  const found: string[] = []
  for (const entry of list) {
    if (!entry.startsWith('net') && !entry.startsWith('virtio')) continue
    if (entry === 'net') found.push(...(readDir(`${base}/net`) ?? []))
    else if (entry.startsWith('net:')) found.push(entry.slice(4))
    else if (entry.startsWith('virtio')) found.push(...(readDir(`${base}/${entry}/net`) ?? []))
  }
  return found.sort()
}
