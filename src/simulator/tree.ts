/** Writes a described machine as sysfs and proc trees laid out as the kernel lays them out; what probes then read is all there is. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { VFIO_PCI } from '../model/device.ts'
import { attachDriver } from './attachments.ts'
import { writeVirtualBlocks } from './block-files.ts'
import { countCpus } from './cpu-list.ts'
import { writeDevice, writeDriver } from './device-files.ts'
import { type TreeFiles, treeFiles } from './files.ts'
import { firmwareFiles } from './firmware-files.ts'
import { groupNumbers, layOut, rootName } from './layout.ts'
import { type MachineDescription, SIMULATED_MARK } from './machine.ts'
import { writeVirtualInterfaces } from './network-files.ts'
import { procFiles } from './proc-files.ts'

/** Where the description itself stands, outside the kernel's namespace. */
export const DESCRIPTION_FILE = '.berth/machine.json'

/**
 * Writes `dir`/sys, `dir`/proc, `dir`/dev, `dir`/usr (firmware) and `dir`/.berth/machine.json (what the simulated kernel knows of drivers and VFs) and
 * `dir`/SIMULATED. `dir` need not exist; a tree that is there already is an error (EEXIST), nothing is overwritten.
 */
export async function writeSysfsTree(
  dir: string,
  machine: MachineDescription,
  bootId: string = crypto.randomUUID(),
): Promise<void> {
  mkdirSync(dir, { recursive: true })
  mkdirSync(join(dir, 'sys'))
  const files = treeFiles(join(dir, 'sys'))
  for (const folder of FOLDERS) files.folder(folder)
  files.file('bus/pci/drivers_probe', '')
  files.file('bus/pci/drivers_autoprobe', '1\n')
  writePci(files, machine)
  writeVirtualInterfaces(files, machine)
  writeVirtualBlocks(files, machine)
  writeSystem(files, machine)
  for (const [path, text] of besideSys(machine, bootId)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
}

const FOLDERS = [
  'bus/pci/devices',
  'bus/pci/drivers',
  'bus/pci/slots',
  'class/net',
  'class/block',
  'class/iommu',
  'bus/usb/devices',
  'bus/usb/drivers',
  'block',
  'dev/block',
  'devices/virtual/net',
  'devices/virtual/block',
  'kernel/iommu_groups',
  'module/kvm',
  'module/vfio',
  'module/vfio_pci',
  'module/vfio_iommu_type1',
]

function writePci(files: TreeFiles, machine: MachineDescription): void {
  const placed = layOut(machine)
  const groups = groupNumbers(machine, placed)
  for (const { domain, bus } of machine.roots) files.folder(`devices/${rootName(domain, bus)}`)
  for (const driver of new Set([
    VFIO_PCI,
    ...placed.flatMap(({ fn }) => [fn.driver ?? [], fn.sriov?.vfDriver ?? []].flat()),
  ])) {
    writeDriver(files, driver)
  }
  for (const place of placed) {
    const { fn } = place
    const numVfs = fn.sriov?.numVfs ?? 0
    writeDevice(files, place, { group: groups.get(fn.address) ?? null, numVfs })
    if (fn.driver !== null && fn.bound) attachDriver(files, machine, place, fn.driver, true)
  }
}

/** NUMA nodes, CPUs and the IOMMU units. */
function writeSystem(files: TreeFiles, machine: MachineDescription): void {
  const ids = machine.nodes.map((node) => node.id).join(',')
  const node = 'devices/system/node'
  for (const { id, cpuList, memoryKiB } of machine.nodes) {
    files.folder(`${node}/node${id}`)
    files.file(`${node}/node${id}/cpulist`, `${cpuList}\n`)
    files.file(
      `${node}/node${id}/meminfo`,
      `Node ${id} MemTotal:       ${memoryKiB} kB\nNode ${id} MemFree:        ${Math.floor(memoryKiB * 0.9)} kB\n`,
    )
  }
  for (const name of ['online', 'possible', 'has_cpu', 'has_memory'])
    files.file(`${node}/${name}`, `${ids}\n`)
  files.folder('devices/system/cpu')
  const count = machine.nodes.reduce((sum, { cpuList }) => sum + countCpus(cpuList), 0)
  for (const name of ['online', 'possible', 'present'])
    files.file(`devices/system/cpu/${name}`, `0-${count - 1}\n`)
  files.file('devices/system/cpu/kernel_max', '8191\n')
  if (machine.iommu === null) return
  const unit = `devices/virtual/iommu/${machine.iommu}0`
  files.folder(unit)
  files.link(`class/iommu/${machine.iommu}0`, unit)
}

function besideSys(machine: MachineDescription, bootId: string): ReadonlyMap<string, string> {
  const proc = [...procFiles(machine, bootId)].map(([path, text]) => [`proc/${path}`, text] as const)
  return new Map([
    ...proc,
    ...firmwareFiles(),
    ['dev/vfio/vfio', ''],
    ['dev/kvm', ''],
    ['SIMULATED', `${SIMULATED_MARK}\n${machine.title}\n`],
    [DESCRIPTION_FILE, `${JSON.stringify(machine, null, 1)}\n`],
  ])
}
