/** Disks of a simulated machine in sysfs: those of devices, and md and device mapper over them. */
import { blockNumbers } from './block-numbers.ts'
import type { TreeFiles } from './files.ts'
import type { BlockDevice, MachineDescription } from './machine.ts'

const BUS_PATHS: Readonly<
  Partial<Record<BlockDevice['transport'], (index: number, block: BlockDevice) => string>>
> = {
  nvme: (index) => `nvme/nvme${index}`,
  sas: (index) => `host0/target0:0:${index}/0:0:${index}:0/block`,
  sata: (index) => `ata${index + 1}/host${index + 1}/target${index + 1}:0:0/${index + 1}:0:0:0/block`,
  usb: (index, { usbPort = '' }) =>
    `usb${usbPort.split('-')[0]}/${usbPort}/${usbPort}:1.0/host${index + 20}/target${index + 20}:0:0/${index + 20}:0:0:0/block`,
}

/** `nvme/nvme0/nvme0n1`, `host0/target0:0:3/0:0:3:0/block/sdd`, or below devices/virtual/block. */
function blockDir(machine: MachineDescription, block: BlockDevice, deviceDir: string): string {
  const bus = BUS_PATHS[block.transport]
  if (!bus) return `devices/virtual/block/${block.name}`
  const siblings = machine.blocks.filter((other) => other.transport === block.transport)
  return `${deviceDir}/${bus(siblings.indexOf(block), block)}/${block.name}`
}

/** md and device mapper; after the disks that they are made of. */
export function writeVirtualBlocks(files: TreeFiles, machine: MachineDescription): void {
  for (const block of machine.blocks.filter((candidate) => candidate.on === null)) {
    const dir = `devices/virtual/block/${block.name}`
    writeBlock(files, machine, block, '')
    for (const slave of block.slaves) {
      files.link(`${dir}/slaves/${slave}`, `class/block/${slave}`)
      files.link(`${files.real(`class/block/${slave}`)}/holders/${block.name}`, dir)
    }
    if (block.dm) {
      files.folder(`${dir}/dm`)
      files.file(`${dir}/dm/name`, `${block.dm.name}\n`)
      files.file(`${dir}/dm/uuid`, `${block.dm.uuid}\n`)
    } else {
      files.folder(`${dir}/md`)
      files.file(`${dir}/md/level`, 'raid1\n')
    }
  }
}

/** `deviceDir` = the PCI function's folder; of no account for md and device mapper. */
export function writeBlock(
  files: TreeFiles,
  machine: MachineDescription,
  block: BlockDevice,
  deviceDir: string,
): void {
  const dir = blockDir(machine, block, deviceDir)
  writeBlockFolder(files, machine, block.name, block.sectors, 'disk', dir)
  files.link(`block/${block.name}`, dir)
  for (const [index, partition] of block.partitions.entries()) {
    const partitionDir = `${dir}/${partition.name}`
    writeBlockFolder(files, machine, partition.name, partition.sectors, 'partition', partitionDir)
    files.file(`${partitionDir}/partition`, `${index + 1}\n`)
  }
}

function writeBlockFolder(
  files: TreeFiles,
  machine: MachineDescription,
  name: string,
  sectors: number,
  type: 'disk' | 'partition',
  dir: string,
): void {
  const device = blockNumbers(machine).get(name) ?? '0:0'
  const [major, minor] = device.split(':')
  files.folder(`${dir}/holders`)
  files.folder(`${dir}/slaves`)
  files.file(`${dir}/dev`, `${device}\n`)
  files.file(`${dir}/size`, `${sectors}\n`)
  files.file(`${dir}/uevent`, `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name}\nDEVTYPE=${type}\n`)
  files.link(`${dir}/subsystem`, 'class/block')
  files.link(`class/block/${name}`, dir)
  files.link(`dev/block/${device}`, dir)
}

/** The disk with everything between it and its PCI function. */
export function removeBlock(
  files: TreeFiles,
  machine: MachineDescription,
  block: BlockDevice,
  deviceDir: string,
): void {
  files.remove(`block/${block.name}`)
  for (const name of [block.name, ...block.partitions.map((partition) => partition.name)]) {
    files.remove(`class/block/${name}`)
    files.remove(`dev/block/${blockNumbers(machine).get(name)}`)
  }
  const below = blockDir(machine, block, deviceDir).slice(deviceDir.length + 1)
  files.remove(`${deviceDir}/${below.split('/')[0]}`)
}
