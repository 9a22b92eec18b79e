/** Reads each PCI function's files below a sysfs root, few of them and none twice: texts as they stand, for parse.ts. */
import { NotFound } from '../../src/model/errors.ts'
import { readDir, readDirUnsorted, realPath, type Warn } from '../read.ts'
import type { Capabilities } from './capability.ts'
import { configCapabilities } from './config-file.ts'
import { attempt, attribute, type Folder, linkedName, openFolder } from './folder.ts'
import type { RawFunction } from './raw-function.ts'
import { UEVENT } from './uevent.ts'

/** `all`, or the few files that OpenNebula's format takes: a monitored host reads them every few minutes. */
export type Detail = 'all' | 'few'

/**
 * All functions below `sysfs`, in no order. NotFound `no-sysfs` where there is no PCI bus below it. A function that
 * can't be read at all is left out; what can't be read of others is null; `warn` names both.
 */
export function readFunctions(sysfs: string, warn: Warn, detail: Detail): readonly RawFunction[] {
  const dir = `${sysfs}/bus/pci/devices`
  const names = readDirUnsorted(dir)
  if (names === null)
    throw new NotFound(
      'no-sysfs',
      `${dir} does not exist: ${sysfs} is no sysfs mount of a machine with PCI; give another with --sysfs`,
      { sysfs },
    )
  const ofVfs: VfResources = new Map()
  return names.flatMap((name) => readFunction(sysfs, name, warn, detail, ofVfs) ?? [])
}

function readFunction(
  sysfs: string,
  name: string,
  warn: Warn,
  detail: Detail,
  ofVfs: VfResources,
): RawFunction | null {
  const folder = openFolder(sysfs, name, warn)
  if (folder === null) return null
  const { address, base, entries } = folder
  const physfn = linkedName(folder, 'physfn')
  return {
    address,
    ...ids(folder),
    ...(detail === 'all' ? others(folder, physfn, ofVfs) : NO_OTHERS),
    numaNode: attribute(folder, 'numa_node'),
    totalVfs: attribute(folder, 'sriov_totalvfs'),
    numVfs: attribute(folder, 'sriov_numvfs'),
    physfn,
    networkInterfaces: attempt(folder, [], () => networkInterfaces(base, entries)),
  }
}

/** uevent spares reading the id files, not their being there: without them lspci sees no device either. */
function ids(folder: Folder) {
  const { entries } = folder
  const hasIds = entries.includes('class') && entries.includes('vendor')
  const uevent = hasIds ? attribute(folder, 'uevent') : null
  const idFile = (file: string, inUevent: RegExp) =>
    uevent !== null && inUevent.test(uevent) ? null : attribute(folder, file)
  return {
    uevent,
    class: idFile('class', UEVENT.class),
    vendor: idFile('vendor', UEVENT.ids),
    device: idFile('device', UEVENT.ids),
    subsystemVendor: idFile('subsystem_vendor', UEVENT.subsystem),
    subsystemDevice: idFile('subsystem_device', UEVENT.subsystem),
  }
}

type Others = Pick<
  RawFunction,
  | 'path'
  | 'revision'
  | 'resetMethod'
  | 'driver'
  | 'iommuGroup'
  | 'virtualFunctions'
  | 'capabilities'
  | 'resource'
  | 'irq'
  | 'resettable'
  | 'rom'
>

function others(folder: Folder, physfn: string | null, ofVfs: VfResources): Others {
  const { base, entries } = folder
  const capabilities = entries.includes('config')
    ? attempt(folder, null, () => configCapabilities(`${base}/config`))
    : null
  return {
    path: attempt(folder, null, () => devicePath(folder)),
    revision: attribute(folder, 'revision'),
    resetMethod: attribute(folder, 'reset_method'),
    driver: linkedName(folder, 'driver'),
    iommuGroup: linkedName(folder, 'iommu_group'),
    virtualFunctions: virtualFunctions(folder),
    capabilities,
    resource: capabilities?.msix ? resourceText(folder, physfn, ofVfs) : null,
    irq: onLegacyLine(capabilities) ? attribute(folder, 'irq') : null,
    resettable: entries.includes('reset') || entries.includes('reset_method'),
    rom: entries.includes('rom'),
  }
}

const NO_VIRTUAL_FUNCTIONS: ReadonlyMap<string, number> = new Map()

const NO_OTHERS: Others = {
  ...{ path: null, revision: null, resetMethod: null, driver: null, iommuGroup: null },
  ...{ virtualFunctions: NO_VIRTUAL_FUNCTIONS, capabilities: null, resource: null, irq: null },
  ...{ resettable: false, rom: false },
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

/** The link's own text names all hops on a real sysfs, so nothing needs resolving. */
function devicePath({ base, target }: Folder): string | null {
  if (target === null) return null
  return ROOT_BUS.test(target) ? target : realPath(base)
}

const ROOT_BUS = /\/pci[0-9a-f]{4,8}:[0-9a-f]{2}\//

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
