/** A PCI device as OpenNebula's hosts have them: `PCI_DEVICES/PCI`, attributes in upper case, VMID -1 where it is free. */
import { addressParts, shortAddress } from '../../model/address.ts'
import type { DeviceView } from '../../view/documents.ts'
import { field, type XmlElement } from '../documents/element.ts'
import { deviceName, deviceType } from './names.ts'

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const SRIOV = { plain: 'no', pf: 'pf', vf: 'vf' } as const

/** In a list of the devices of all hosts: with the host that it is in. */
export function placedPciElement(device: DeviceView): XmlElement {
  const [name, attributes] = pciElement(device)
  return [name, [...attributes, field('HOST_ID', device.host), field('HOST_NAME', device.hostName)]]
}

/** OpenNebula writes a colon before the function, and `-` for what is not known. What follows VMID is Berth's own. */
export function pciElement(device: DeviceView): readonly [name: 'PCI', attributes: readonly XmlElement[]] {
  const { domain, bus, slot, function: fn } = addressParts(device.address)
  const place = { domain: hex(domain, 4), bus: hex(bus, 2), slot: hex(slot, 2) }
  return [
    'PCI',
    [
      field('ADDRESS', `${place.domain}:${place.bus}:${place.slot}:${fn}`),
      field('BUS', place.bus),
      field('CLASS', device.class),
      field('CLASS_NAME', device.className ?? `Class ${device.class}`),
      field('DEVICE', device.device),
      field('DEVICE_NAME', deviceName(device)),
      field('DOMAIN', place.domain),
      field('FUNCTION', fn),
      field('IFNAME', device.networkInterfaces[0] ?? '-'),
      field('NUMA_NODE', device.numaNode ?? '-'),
      field('SHORT_ADDRESS', shortAddress(device.address)),
      field('SLOT', place.slot),
      field('SRIOV', SRIOV[device.kind]),
      ...(device.kind === 'pf' ? [field('SRIOV_NUM', device.numVfs)] : []),
      field('TYPE', deviceType(device)),
      field('VENDOR', device.vendor),
      field('VENDOR_NAME', device.vendorName ?? `Vendor ${device.vendor}`),
      field('VMID', device.vm ?? -1),
      field('IOMMU_GROUP', device.iommuGroup ?? '-'),
      field('DRIVER', device.driver ?? '-'),
      field('STATE', device.state),
      ...(device.why === null ? [] : [field('WHY', device.why)]),
    ],
  ]
}
