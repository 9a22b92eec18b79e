/** Reads `virsh nodedev-dumpxml` of a PCI device: what libvirt itself sees, to compare with the probe. Pure. */
import { type Address, formatAddress, parseAddress } from '../model/address.ts'
import { CorruptReport } from '../model/errors.ts'
import type { NodeDevice } from '../model/node-device.ts'
import { childElements, type Element, firstChild, parseXml, textOf, XmlError } from './xml.ts'

/** Null for a device that is not on the PCI bus; CorruptReport `nodedev-unreadable` for anything but a `<device>` with an address. */
export function nodeDevice(xml: string): NodeDevice | null {
  const device = readDevice(xml)
  const pci = childElements(device, 'capability').find((one) => one.attributes.type === 'pci')
  if (pci === undefined) return null
  const nested = childElements(pci, 'capability')
  const ofType = (type: string) => nested.find((one) => one.attributes.type === type)
  const group = firstChild(pci, 'iommuGroup')
  const numa = firstChild(pci, 'numa')?.attributes.node
  return {
    name: textOf(firstChild(device, 'name')),
    address: ownAddress(pci, xml),
    classCode: /^0x([0-9a-f]{6})$/i.exec(textOf(firstChild(pci, 'class')))?.[1]?.toLowerCase() ?? null,
    driver: textOf(firstChild(firstChild(device, 'driver'), 'name')) || null,
    capabilities: nested.map((one) => one.attributes.type ?? ''),
    physicalFunction: addressesIn(ofType('phys_function'))[0] ?? null,
    virtualFunctions: addressesIn(ofType('virt_functions')),
    iommuGroup: group ? { number: Number(group.attributes.number), members: addressesIn(group) } : null,
    numaNode: numa === undefined ? null : Number(numa),
    pcie: firstChild(pci, 'pci-express') !== undefined,
  }
}

function readDevice(xml: string): Element {
  try {
    const root = parseXml(xml)
    if (root.name === 'device') return root
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    throw unreadable(xml, error)
  }
  throw unreadable(xml)
}

function unreadable(xml: string, cause?: unknown): CorruptReport {
  return new CorruptReport(
    'nodedev-unreadable',
    'libvirt gave something that is not the XML of a node device; run `virsh nodedev-dumpxml` by hand and look',
    { xml: xml.slice(0, 500) },
    cause,
  )
}

function ownAddress(pci: Element, xml: string): Address {
  const number = (name: string) => Number(textOf(firstChild(pci, name)))
  const address = parseAddress(
    formatAddress({
      domain: number('domain'),
      bus: number('bus'),
      slot: number('slot'),
      function: number('function'),
    }),
  )
  if (address === null) throw unreadable(xml)
  return address
}

/** libvirt prints these in hexadecimal with 0x, which Number reads. */
function addressesIn(holder: Element | undefined): readonly Address[] {
  if (holder === undefined) return []
  return childElements(holder, 'address').map(({ attributes }) =>
    formatAddress({
      domain: Number(attributes.domain),
      bus: Number(attributes.bus),
      slot: Number(attributes.slot),
      function: Number(attributes.function),
    }),
  )
}
