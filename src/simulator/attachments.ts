/** What a device's driver makes of it: network interfaces and disks, which come and go with the driver. */
import type { Address } from '../model/address.ts'
import { blockNumbers } from './block-numbers.ts'
import { ueventText } from './device-files.ts'
import type { TreeFiles } from './files.ts'
import type { PlacedFunction } from './layout.ts'
import type { BlockDevice, MachineDescription, NetworkInterface } from './machine.ts'

/**
 * Links device and driver and brings up what the driver that the description names offers. `configured` = as the running
 * system has set it up (at boot); otherwise interfaces come back down and in no bridge or bond.
 */
export function attachDriver(
  files: TreeFiles,
  machine: MachineDescription,
  placed: PlacedFunction,
  driver: string,
  configured: boolean,
): void {
  const { fn, dir } = placed
  files.link(`bus/pci/drivers/${driver}/${fn.address}`, dir)
  files.file(`${dir}/uevent`, ueventText(fn, driver))
  if (driver === fn.driver) writeOffers(files, machine, placed, configured)
  // Last: until it is there, nothing has been bound.
  files.link(`${dir}/driver`, `bus/pci/drivers/${driver}`)
}

function writeOffers(
  files: TreeFiles,
  machine: MachineDescription,
  placed: PlacedFunction,
  configured: boolean,
): void {
  const { fn, dir } = placed
  for (const nic of interfacesOf(machine, placed)) {
    const present = configured ? nic : { ...nic, up: false, master: null }
    writeInterface(files, machine, present, `${dir}/net/${nic.name}`)
  }
  for (const block of machine.blocks) {
    if (block.on === fn.address) writeBlock(files, machine, block, blockDir(machine, block, dir))
  }
}

/** The reverse: the driver's link and everything that hung on it is gone. */
export function detachDriver(
  files: TreeFiles,
  machine: MachineDescription,
  placed: PlacedFunction,
  driver: string,
): void {
  const { fn, dir } = placed
  files.remove(`${dir}/driver`)
  files.remove(`bus/pci/drivers/${driver}/${fn.address}`)
  files.file(`${dir}/uevent`, ueventText(fn, null))
  for (const nic of interfacesOf(machine, placed)) removeInterface(files, nic)
  if (interfacesOf(machine, placed).length > 0) files.remove(`${dir}/net`)
  for (const block of machine.blocks.filter((candidate) => candidate.on === fn.address)) {
    removeBlock(files, machine, block)
    files.remove(`${dir}/${(BUS_PATHS[block.transport]?.(0) ?? '').split('/')[0]}`)
  }
}

/** Described ones; a VF's is named after its PF's, as systemd names it (`ens1f0v2`). */
function interfacesOf(machine: MachineDescription, placed: PlacedFunction): readonly NetworkInterface[] {
  const on = (address: Address) => machine.interfaces.filter((nic) => nic.on === address)
  const { virtual, fn } = placed
  if (!virtual) return on(fn.address)
  return on(virtual.pf).map((nic) => ({
    name: `${nic.name}v${virtual.index}`,
    on: fn.address,
    kind: 'ethernet' as const,
    mac: `02:00:00:${fn.address.slice(-7, -5)}:${fn.address.slice(-4, -2)}:0${fn.address.slice(-1)}`,
    up: false,
    master: null,
    ipv4: null,
    gateway: null,
  }))
}

/** Interfaces without a device below: bridges and bonds with their ports. */
export function writeVirtualInterfaces(files: TreeFiles, machine: MachineDescription): void {
  for (const nic of machine.interfaces.filter((candidate) => candidate.on === null)) {
    const dir = `devices/virtual/net/${nic.name}`
    writeInterface(files, machine, nic, dir)
    const ports = machine.interfaces.filter((port) => port.master === nic.name)
    if (nic.kind === 'bond') {
      files.folder(`${dir}/bonding`)
      files.file(`${dir}/bonding/slaves`, `${ports.map((port) => port.name).join(' ')}\n`)
    } else {
      files.folder(`${dir}/bridge`)
      files.folder(`${dir}/brif`)
      files.file(`${dir}/bridge/bridge_id`, `8000.${nic.mac.replaceAll(':', '')}\n`)
      for (const port of ports) files.link(`${dir}/brif/${port.name}`, `class/net/${port.name}`)
    }
    for (const port of ports) files.link(`${dir}/lower_${port.name}`, `class/net/${port.name}`)
  }
}

function writeInterface(
  files: TreeFiles,
  machine: MachineDescription,
  nic: NetworkInterface,
  dir: string,
): void {
  files.folder(dir)
  const index = machine.interfaces.findIndex((candidate) => candidate.name === nic.name)
  files.file(`${dir}/address`, `${nic.mac}\n`)
  files.file(`${dir}/operstate`, nic.up ? 'up\n' : 'down\n')
  files.file(`${dir}/ifindex`, `${index < 0 ? 1000 + Number.parseInt(nic.mac.slice(-2), 16) : index + 2}\n`)
  files.file(`${dir}/type`, nic.kind === 'infiniband' ? '32\n' : '1\n')
  files.file(`${dir}/flags`, nic.up ? '0x1003\n' : '0x1002\n')
  files.file(
    `${dir}/uevent`,
    `${nic.on === null ? `DEVTYPE=${nic.kind}\n` : ''}INTERFACE=${nic.name}\nIFINDEX=${index + 2}\n`,
  )
  files.link(`${dir}/subsystem`, 'class/net')
  files.link(`class/net/${nic.name}`, dir)
  if (nic.on !== null) files.link(`${dir}/device`, dir.split('/').slice(0, -2).join('/'))
  if (nic.master === null) return
  files.link(`${dir}/master`, `devices/virtual/net/${nic.master}`)
  files.link(`${dir}/upper_${nic.master}`, `devices/virtual/net/${nic.master}`)
  const master = machine.interfaces.find((candidate) => candidate.name === nic.master)
  if (master?.kind === 'bridge') {
    files.folder(`${dir}/brport`)
    files.link(`${dir}/brport/bridge`, `devices/virtual/net/${nic.master}`)
  }
}

function removeInterface(files: TreeFiles, nic: NetworkInterface): void {
  files.remove(`class/net/${nic.name}`)
  if (nic.master !== null) {
    files.remove(`devices/virtual/net/${nic.master}/brif/${nic.name}`)
    files.remove(`devices/virtual/net/${nic.master}/lower_${nic.name}`)
  }
}

const BUS_PATHS: Readonly<Partial<Record<BlockDevice['transport'], (index: number) => string>>> = {
  nvme: (index) => `nvme/nvme${index}`,
  sas: (index) => `host0/target0:0:${index}/0:0:${index}:0/block`,
  sata: (index) => `ata${index + 1}/host${index + 1}/target${index + 1}:0:0/${index + 1}:0:0:0/block`,
}

/** `nvme/nvme0/nvme0n1`, `host0/target0:0:3/0:0:3:0/block/sdd`, or below devices/virtual/block. */
function blockDir(machine: MachineDescription, block: BlockDevice, deviceDir: string): string {
  const bus = BUS_PATHS[block.transport]
  if (!bus) return `devices/virtual/block/${block.name}`
  const siblings = machine.blocks.filter((other) => other.transport === block.transport)
  return `${deviceDir}/${bus(siblings.indexOf(block))}/${block.name}`
}

/** md and device mapper; after the disks that they are made of. */
export function writeVirtualBlocks(files: TreeFiles, machine: MachineDescription): void {
  for (const block of machine.blocks.filter((candidate) => candidate.on === null)) {
    const dir = `devices/virtual/block/${block.name}`
    writeBlock(files, machine, block, dir)
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

function writeBlock(files: TreeFiles, machine: MachineDescription, block: BlockDevice, dir: string): void {
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

function removeBlock(files: TreeFiles, machine: MachineDescription, block: BlockDevice): void {
  files.remove(`block/${block.name}`)
  for (const name of [block.name, ...block.partitions.map((partition) => partition.name)]) {
    files.remove(`class/block/${name}`)
    files.remove(`dev/block/${blockNumbers(machine).get(name)}`)
  }
}
