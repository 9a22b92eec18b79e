/** One function's folder in sysfs with the links to and from it (Documentation/ABI/testing/sysfs-bus-pci). */
import { configSpace } from './config-space.ts'
import type { TreeFiles } from './files.ts'
import type { PlacedFunction } from './layout.ts'
import type { PciFunction } from './machine.ts'

/** Its group's number (null = none) and, for a PF, how many VFs are enabled. */
export interface DeviceState {
  readonly group: number | null
  readonly numVfs: number
}

/** Everything but the driver, which binding adds. */
export function writeDevice(files: TreeFiles, placed: PlacedFunction, state: DeviceState): void {
  const { fn, dir } = placed
  files.folder(dir)
  writeIds(files, dir, fn)
  files.file(
    `${dir}/config`,
    configSpace(fn, {
      multifunction: placed.multifunction,
      virtual: placed.virtual !== null,
      numVfs: state.numVfs,
    }),
  )
  files.file(`${dir}/uevent`, ueventText(fn, null))
  files.file(`${dir}/numa_node`, `${fn.numaNode ?? -1}\n`)
  files.file(`${dir}/driver_override`, '(null)\n')
  if (fn.resetMethods.length > 0) {
    files.file(`${dir}/reset_method`, `${fn.resetMethods.join(' ')}\n`)
    files.file(`${dir}/reset`, '')
  }
  if (fn.class.startsWith('03') && placed.virtual === null) files.file(`${dir}/rom`, '')
  if (fn.class.startsWith('0300')) files.file(`${dir}/boot_vga`, `${fn.bootVga ? 1 : 0}\n`)
  if (fn.sriov) {
    files.file(`${dir}/sriov_totalvfs`, `${fn.sriov.totalVfs}\n`)
    files.file(`${dir}/sriov_numvfs`, `${state.numVfs}\n`)
    files.file(`${dir}/sriov_drivers_autoprobe`, '1\n')
  }
  files.link(`${dir}/subsystem`, 'bus/pci')
  files.link(`bus/pci/devices/${fn.address}`, dir)
  if (state.group !== null) joinGroup(files, placed, state.group)
  if (placed.virtual) linkToPf(files, placed, placed.virtual)
}

function writeIds(files: TreeFiles, dir: string, fn: PciFunction): void {
  const [vendor, device] = fn.id.split(':')
  const [subVendor = '0000', subDevice = '0000'] = fn.subsystem?.split(':') ?? []
  files.file(`${dir}/vendor`, `0x${vendor}\n`)
  files.file(`${dir}/device`, `0x${device}\n`)
  files.file(`${dir}/class`, `0x${fn.class}\n`)
  files.file(`${dir}/revision`, `0x${fn.revision}\n`)
  files.file(`${dir}/subsystem_vendor`, `0x${subVendor}\n`)
  files.file(`${dir}/subsystem_device`, `0x${subDevice}\n`)
}

/** As drivers/pci/pci-driver.c pci_uevent writes it: the class without leading zeros, ids in upper case. */
export function ueventText(fn: PciFunction, driver: string | null): string {
  const [vendor = '', device = ''] = fn.id.toUpperCase().split(':')
  const [subVendor = '0000', subDevice = '0000'] = fn.subsystem?.toUpperCase().split(':') ?? []
  const [base, sub, prog] = [fn.class.slice(0, 2), fn.class.slice(2, 4), fn.class.slice(4)]
  const lines = [
    `PCI_CLASS=${parseInt(fn.class, 16).toString(16).toUpperCase()}`,
    `PCI_ID=${vendor}:${device}`,
    `PCI_SUBSYS_ID=${subVendor}:${subDevice}`,
    `PCI_SLOT_NAME=${fn.address}`,
    `MODALIAS=pci:v0000${vendor}d0000${device}sv0000${subVendor}sd0000${subDevice}bc${base}sc${sub}i${prog}`,
  ]
  return `${[...(driver === null ? [] : [`DRIVER=${driver}`]), ...lines].join('\n')}\n`
}

function joinGroup(files: TreeFiles, placed: PlacedFunction, group: number): void {
  const folder = `kernel/iommu_groups/${group}`
  files.folder(`${folder}/devices`)
  files.file(`${folder}/type`, 'DMA-FQ\n')
  files.link(`${folder}/devices/${placed.fn.address}`, placed.dir)
  files.link(`${placed.dir}/iommu_group`, folder)
}

function linkToPf(files: TreeFiles, placed: PlacedFunction, virtual: { pf: string; index: number }): void {
  const pfDir = `${placed.dir.slice(0, placed.dir.lastIndexOf('/'))}/${virtual.pf}`
  files.link(`${placed.dir}/physfn`, pfDir)
  files.link(`${pfDir}/virtfn${virtual.index}`, placed.dir)
}

/** The reverse of `writeDevice`; its driver has gone before. */
export function removeDevice(files: TreeFiles, placed: PlacedFunction, group: number | null): void {
  const { fn, dir, virtual } = placed
  if (virtual) files.remove(`${dir.slice(0, dir.lastIndexOf('/'))}/${virtual.pf}/virtfn${virtual.index}`)
  if (group !== null) files.remove(`kernel/iommu_groups/${group}/devices/${fn.address}`)
  files.remove(`bus/pci/devices/${fn.address}`)
  files.remove(dir)
}

/** The driver's folder with its control files, as the module's loading makes it. */
export function writeDriver(files: TreeFiles, driver: string): void {
  const folder = `bus/pci/drivers/${driver}`
  files.folder(folder)
  for (const name of ['bind', 'unbind', 'new_id', 'remove_id']) files.file(`${folder}/${name}`, '')
}
