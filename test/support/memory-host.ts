/** A host in memory for deploy's tests: a kernel that binds drivers, a hypervisor that behaves like libvirt, a journal, a clock. */
import type { Journal, PresentFacts } from '../../src/deploy/ports.ts'
import { domainFacts, unmanagedHostdevs } from '../../src/libvirt/domain-facts.ts'
import { type HostFirmware, noFirmware } from '../../src/libvirt/host-firmware.ts'
import type { Hypervisor } from '../../src/libvirt/hypervisor.ts'
import { nvramFile } from '../../src/libvirt/nvram.ts'
import type { Address } from '../../src/model/address.ts'
import { CommandFailed } from '../../src/model/errors.ts'
import type { JournalEntry, Order } from '../../src/model/order.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { RunningDomain } from '../../src/model/usage.ts'
import { ERRNO_WORDS, type Errno, type Sysfs, writeFailure } from '../../src/vfio/sysfs.ts'

export interface MemoryDevice {
  readonly facts: ReportedDevice
  driver: string | null
  override: string | null
  /** What a probe without an override binds; null = nothing matches. */
  readonly natural: string | null
  /** Reads of its configuration space come back as ones. */
  silent?: boolean
}

export interface MemoryHost {
  readonly devices: Map<Address, MemoryDevice>
  readonly domains: Map<string, RunningDomain>
  /** Names of successful creates, in order. */
  readonly created: string[]
  readonly journals: Map<number, JournalEntry[]>
  /** Ids of the orders that gave devices, the first first. */
  readonly giving: Set<number>
  bootId: string
  usage: PresentFacts['usage']
  usb: PresentFacts['usb']
  /** What a domain gets in place of the USB devices in its XML. */
  alterUsb: (() => NonNullable<RunningDomain['usbHostdevs']>) | null
  now: number
  guestHeedsShutdown: boolean
  /** Whether it answers an unplug. */
  guestLetsGo: boolean
  /** Calls that fail: `create`, `destroy`, `0000:3b:00.0 unbind`, ... */
  readonly broken: Set<string>
  /** Hostdevs of running domains that the hypervisor does not rebind. */
  readonly unmanaged: Set<Address>
  /** Functions that were reset, in order. */
  readonly resets: Address[]
  /** Whether it has UEFI firmware. */
  uefi: boolean
  /** Files of UEFI variables, with the epoch of the domain that made them. */
  readonly nvram: Map<string, number>
}

export function memoryHost(devices: readonly MemoryDevice[]): MemoryHost {
  return {
    devices: new Map(devices.map((device) => [device.facts.address, device])),
    domains: new Map(),
    created: [],
    journals: new Map(),
    giving: new Set(),
    bootId: 'boot-1',
    usage: [],
    usb: [],
    alterUsb: null,
    now: 1_000_000,
    guestHeedsShutdown: true,
    guestLetsGo: true,
    broken: new Set(),
    unmanaged: new Set(),
    resets: [],
    uefi: true,
    nvram: new Map(),
  }
}

const parts = (path: string) => /^bus\/pci\/devices\/([^/]+)(?:\/(.*))?$/.exec(path)

function refuse(path: string, text: string, errno: Errno): never {
  throw writeFailure(path, text, ERRNO_WORDS[errno])
}

export function memorySysfs(host: MemoryHost): Sysfs {
  const at = (path: string): [MemoryDevice | undefined, string | undefined] => {
    const [, address, file] = parts(path) ?? []
    return [[...host.devices.values()].find((one) => one.facts.address === address), file]
  }
  return {
    root: '/memory',
    read: async () => null,
    bytes: async (path) => {
      const [device, file] = at(path)
      if (device === undefined || file !== 'config') return null
      const vendor =
        device.silent || device.facts.kind === 'vf' ? 0xffff : parseInt(device.facts.vendorId, 16)
      return Uint8Array.of(vendor & 0xff, vendor >> 8)
    },
    list: async () => [],
    exists: async (path) => path === 'bus/pci/drivers/vfio-pci' || at(path)[0] !== undefined,
    link: async (path) => {
      const [device, file] = at(path)
      return file === 'driver' ? (device?.driver ?? null) : null
    },
    write: async (path, text) => {
      if (path === 'bus/pci/drivers_probe') return probe(host, path, text)
      const [device, file] = at(path)
      if (device === undefined) return refuse(path, text, 'ENODEV')
      if (host.broken.has(`${device.facts.address} ${file}`)) return refuse(path, text, 'EIO')
      if (file === 'driver_override') device.override = text.trim() || null
      else if (file === 'driver/unbind') device.driver = null
      else if (file === 'reset') host.resets.push(device.facts.address)
      else refuse(path, text, 'EACCES')
    },
  }
}

function probe(host: MemoryHost, path: string, text: string): void {
  const device = [...host.devices.values()].find((one) => one.facts.address === text.trim())
  if (device === undefined) refuse(path, text, 'ENODEV')
  if (device.driver !== null) return
  const driver = device.override ?? device.natural
  if (driver === null || host.broken.has(`${device.facts.address} bind ${driver}`)) return
  // A host driver is refused while a VM holds another device of the group (vfio's DMA ownership).
  const held = [...host.domains.values()].flatMap((domain) => domain.hostdevs)
  const sameGroup = held.filter((one) => host.devices.get(one)?.facts.iommuGroup === device.facts.iommuGroup)
  if (driver !== 'vfio-pci' && sameGroup.length > 0) refuse(path, text, 'EINVAL')
  device.driver = driver
}

/** Like libvirt with managed='yes': binds on create, refuses a group that is not viable, probes back at the end. */
export function memoryHypervisor(host: MemoryHost): Hypervisor {
  const attempt = (call: string) => {
    if (host.broken.has(call)) throw new CommandFailed('virsh-failed', `${call} failed`, {})
  }
  const end = (uuid: string) => {
    const domain = host.domains.get(uuid)
    host.domains.delete(uuid)
    for (const address of domain?.hostdevs ?? []) if (!host.unmanaged.delete(address)) reattach(host, address)
  }
  return {
    create: async (xml) => {
      attempt('create')
      const domain = domainFacts(xml, 'running')
      if ([...host.domains.values()].some((one) => one.name === domain.name))
        throw new CommandFailed('domain-exists', `domain '${domain.name}' already exists`, {})
      const unmanaged = unmanagedHostdevs(xml)
      const loose = unmanaged.find((address) => host.devices.get(address)?.driver !== 'vfio-pci')
      if (loose !== undefined) throw new CommandFailed('device-not-detached', `unmanaged ${loose}`, {})
      for (const address of domain.hostdevs) if (!unmanaged.includes(address)) detach(host, address)
      for (const address of unmanaged) host.unmanaged.add(address)
      const bad = domain.hostdevs.find((address) => !viable(host, address))
      if (bad !== undefined || host.broken.has('start')) {
        for (const address of domain.hostdevs) reattach(host, address)
        throw new CommandFailed('group-not-viable', `vfio ${bad}: group is not viable`, {})
      }
      const [, nvram] = /<nvram [^>]*>([^<]*)</.exec(xml) ?? []
      if (nvram !== undefined && !host.nvram.has(nvram)) host.nvram.set(nvram, domain.berth?.epoch ?? -1)
      host.domains.set(domain.uuid, host.alterUsb ? { ...domain, usbHostdevs: host.alterUsb() } : domain)
      host.created.push(domain.name)
    },
    attach: async (uuid, xml) => {
      attempt('attach')
      const domain = host.domains.get(uuid)
      const alone = `<domain><name>x</name><devices>${xml}</devices></domain>`
      const { hostdevs, usbHostdevs = [] } = domainFacts(alone, 'running')
      if (domain === undefined) throw new CommandFailed('virsh-failed', 'Domain not found', {})
      const unmanaged = unmanagedHostdevs(alone)
      for (const address of hostdevs) if (!unmanaged.includes(address)) detach(host, address)
      for (const address of unmanaged) host.unmanaged.add(address)
      const bad = hostdevs.find((address) => !viable(host, address))
      if (bad !== undefined) {
        for (const address of hostdevs) reattach(host, address)
        throw new CommandFailed('group-not-viable', `vfio ${bad}: group is not viable`, {})
      }
      const usb = [...(domain.usbHostdevs ?? []), ...usbHostdevs]
      host.domains.set(uuid, {
        ...domain,
        hostdevs: [...domain.hostdevs, ...hostdevs],
        ...(usb.length > 0 && { usbHostdevs: usb }),
      })
    },
    detach: async (uuid, xml) => {
      attempt('detach')
      const domain = host.domains.get(uuid)
      const alone = domainFacts(`<domain><name>x</name><devices>${xml}</devices></domain>`, 'running')
      const { hostdevs: gone, usbHostdevs = [] } = alone
      // virsh says yes whether or not the guest has let go.
      if (domain === undefined || !host.guestLetsGo) return
      const left = domain.hostdevs.filter((address) => !gone.includes(address))
      const usb = (domain.usbHostdevs ?? []).filter(
        (one) => !usbHostdevs.some(({ bus, device }) => bus === one.bus && device === one.device),
      )
      host.domains.set(uuid, {
        ...domain,
        hostdevs: left,
        ...(domain.usbHostdevs !== undefined && { usbHostdevs: usb }),
      })
      for (const address of gone) if (!host.unmanaged.delete(address)) reattach(host, address)
    },
    find: async (name) => [...host.domains.values()].find((one) => one.name === name) ?? null,
    list: async () => [...host.domains.values()],
    shutdown: async (uuid) => {
      attempt('shutdown')
      if (host.guestHeedsShutdown) end(uuid)
    },
    destroy: async (uuid) => {
      attempt('destroy')
      end(uuid)
    },
  }
}

function detach(host: MemoryHost, address: Address): void {
  const device = host.devices.get(address)
  if (device !== undefined) device.driver = 'vfio-pci'
}

function reattach(host: MemoryHost, address: Address): void {
  const device = host.devices.get(address)
  if (device === undefined) return
  device.driver = null
  device.override = null
  if (!host.broken.has(`${address} reattach`)) device.driver = device.natural
}

function viable(host: MemoryHost, address: Address): boolean {
  const group = host.devices.get(address)?.facts.iommuGroup
  return [...host.devices.values()]
    .filter((device) => device.facts.iommuGroup === group)
    .every((device) => device.driver === null || device.driver === 'vfio-pci')
}

export function memoryFacts(host: MemoryHost): PresentFacts {
  return {
    bootId: host.bootId,
    devices: [...host.devices.values()].map(({ facts, driver }) => ({ ...facts, driver })),
    usage: host.usage,
    ...(host.usb !== undefined && { usb: host.usb }),
    domains: [...host.domains.values()],
  }
}

export function memoryJournal(host: MemoryHost): Journal {
  const of = (order: Order) => host.journals.get(order.id) ?? []
  return {
    load: async (order) => of(order),
    loadGiving: async () => [...host.giving].flatMap((id) => host.journals.get(id) ?? []),
    append: async (order, entry) => {
      // As a database would keep it.
      if (order.kind === 'deploy' || order.kind === 'attach') host.giving.add(order.id)
      const written: JournalEntry = JSON.parse(JSON.stringify(entry))
      host.journals.set(order.id, [...of(order), written])
    },
  }
}

/** Firmware that needs system management mode where Secure Boot is asked for. */
export function memoryFirmware(host: MemoryHost): HostFirmware {
  const image = (path: string) => ({ path, format: 'raw' }) as const
  return {
    choose: (order) => {
      const { firmware } = order.definition
      if (firmware === undefined) return null
      if (!host.uefi) throw noFirmware(order, 'x86_64', [])
      const nvram = `/nvram/${nvramFile(order, 'raw')}`
      return { code: image('/code'), template: image('/vars'), nvram, smm: firmware === 'uefi-secure' }
    },
    forget: async (mark) => {
      if (host.broken.has('forget')) throw new CommandFailed('nvram-remains', 'forget failed', {})
      host.nvram.delete(`/nvram/${nvramFile(mark, 'raw')}`)
    },
  }
}
