/** The XML of passed devices and of the PCI topology that takes them. Pure. */
import { type Address, addressParts } from '../model/address.ts'
import { InvalidInput } from '../model/errors.ts'
import type { PromisedDevice } from '../model/order.ts'
import type { VfNetwork } from '../model/request.ts'
import { type Element, element, printXml } from './xml.ts'

/** Root ports left empty, for devices that libvirt adds by itself (SCSI, USB) and for hot-plug. */
const SPARE_PORTS = 4
/** Slots 1 to 31 of a pcie-to-pci-bridge take devices (libvirt, "PCI topology and hotplug"). */
const SLOTS_PER_BRIDGE = 31

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`

/**
 * `<hostdev>` with the host's address, or for a VF that is a network interface `<interface type='hostdev'>`, whose MAC address
 * and VLAN libvirt sets through the PF; the guest's address is left to libvirt. InvalidInput `pci-domain-too-large` above ffff:
 * libvirt refuses those (virPCIDeviceAddressIsValid).
 */
export function hostdevXml(device: PromisedDevice): Element {
  const managed = device.managed ? 'yes' : 'no'
  if (device.network !== undefined) return interfaceXml(device.address, device.network, managed)
  return element(
    'hostdev',
    { mode: 'subsystem', type: 'pci', managed },
    element('source', {}, element('address', sourceAddress(device.address))),
  )
}

/** The same as a document of its own, as `virsh attach-device` and `detach-device` take it. */
export function hostdevDocument(device: PromisedDevice): string {
  return printXml(hostdevXml(device))
}

/** Format: libvirt.org/formatdomain.html, "PCI passthrough"; VLAN: "Setting VLAN tag". */
function interfaceXml(address: Address, { mac, vlan }: VfNetwork, managed: 'yes' | 'no'): Element {
  return element(
    'interface',
    { type: 'hostdev', managed },
    mac === null ? null : element('mac', { address: mac }),
    element('source', {}, element('address', { type: 'pci', ...sourceAddress(address) })),
    vlan === 0 ? null : element('vlan', {}, element('tag', { id: vlan })),
  )
}

function sourceAddress(address: Address): Readonly<Record<string, string>> {
  const { domain, bus, slot, function: fn } = addressParts(address)
  if (domain > 0xffff)
    throw new InvalidInput(
      'pci-domain-too-large',
      `${address}: libvirt cannot pass a device of a PCI domain above ffff (Intel VMD); switch VMD off in the firmware`,
      { address },
    )
  return { domain: hex(domain, 4), bus: hex(bus, 2), slot: hex(slot, 2), function: hex(fn, 1) }
}

/**
 * The controllers of a q35 machine: a root port for each passed device and each of `others` (virtio disks, NICs), spares,
 * and a pcie-to-pci-bridge on a root port of its own where a conventional device needs one. Other machines: none.
 */
export function pciControllers(
  machine: string,
  passed: readonly PromisedDevice[],
  others: number,
): readonly Element[] {
  if (!isQ35(machine)) return []
  const conventional = passed.filter((device) => device.pcie === false).length
  const bridges = Math.ceil(conventional / SLOTS_PER_BRIDGE)
  const ports = passed.length - conventional + bridges + others + SPARE_PORTS
  const models = [
    'pcie-root',
    ...Array.from({ length: ports }, () => 'pcie-root-port'),
    ...Array.from({ length: bridges }, () => 'pcie-to-pci-bridge'),
  ]
  return models.map((model, index) => element('controller', { type: 'pci', index, model }))
}

/** `q35` and its versions, `pc-q35-9.2`. */
export function isQ35(machine: string): boolean {
  return /^(?:pc-)?q35(?:-|$)/.test(machine)
}
