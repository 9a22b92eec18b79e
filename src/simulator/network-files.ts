/** Network interfaces of a simulated machine in sysfs: those of devices, and the bridges and bonds over them. */
import type { Address } from '../model/address.ts'
import type { TreeFiles } from './files.ts'
import type { PlacedFunction } from './layout.ts'
import type { MachineDescription, NetworkInterface } from './machine.ts'

/** Described ones; a VF's is named after its PF's, as systemd names it (`ens1f0v2`). */
export function interfacesOf(
  machine: MachineDescription,
  placed: PlacedFunction,
): readonly NetworkInterface[] {
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

export function writeInterface(
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

export function removeInterface(files: TreeFiles, nic: NetworkInterface): void {
  files.remove(`class/net/${nic.name}`)
  if (nic.master !== null) {
    files.remove(`devices/virtual/net/${nic.master}/brif/${nic.name}`)
    files.remove(`devices/virtual/net/${nic.master}/lower_${nic.name}`)
  }
}
