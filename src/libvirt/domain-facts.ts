/** Reads what `virsh dumpxml` says of a running domain: which devices it holds and whether it is Berth's. Pure. */
import { type Address, formatAddress, parseAddress } from '../model/address.ts'
import { CorruptReport } from '../model/errors.ts'
import type { DomainMark, RunningDomain } from '../model/usage.ts'
import type { UsbNumbers } from '../model/usb-device.ts'
import { childElements, type Element, firstChild, localName, parseXml, printXml, textOf } from './xml.ts'

export const BERTH_NAMESPACE = 'urn:berth:domain:1'

/** libvirt prints `0x0a`; its parser also takes decimal and octal (virStrToLong with base 0). Null for anything else. */
function addressNumber(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^0x[0-9a-f]+$/i.test(text)) return parseInt(text, 16)
  if (/^0[0-7]*$/.test(text)) return parseInt(text, 8)
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : null
}

/** The host's address of a device element; null = none that can be read. */
export function sourceAddress(holder: Element): Address | null {
  const attributes = firstChild(firstChild(holder, 'source'), 'address')?.attributes
  if (attributes === undefined) return null
  const domain = addressNumber(attributes.domain ?? '0')
  const bus = addressNumber(attributes.bus)
  const slot = addressNumber(attributes.slot)
  const fn = addressNumber(attributes.function ?? '0')
  if (domain === null || bus === null || slot === null || fn === null) return null
  return parseAddress(formatAddress({ domain, bus, slot, function: fn }))
}

/** Whether a device element takes a PCI device of the host: hostdevs, hostdev interfaces, and disks on an NVMe namespace. */
function takesPciDevice(device: Element): boolean {
  const type = device.attributes.type
  if (device.name === 'hostdev') return type === 'pci'
  if (device.name === 'disk') return type === 'nvme'
  return device.name === 'interface' && type === 'hostdev'
}

function devicesOf(domain: Element): readonly Element[] {
  return childElements(domain, 'devices').flatMap((devices) => childElements(devices))
}

/** One that cannot be read must not look free. */
function heldDevices(domain: Element, xml: string): readonly Address[] {
  return devicesOf(domain)
    .filter(takesPciDevice)
    .map((holder) => {
      const address = sourceAddress(holder)
      if (address === null) throw unreadable(xml)
      return address
    })
}

/** libvirt writes the numbers of the device that it found; without them, an optional device was not there and nothing is held. */
function heldUsbDevices(domain: Element, xml: string): readonly UsbNumbers[] {
  return devicesOf(domain)
    .filter(takesUsbDevice)
    .flatMap((holder) => usbNumbersOf(holder, xml) ?? [])
}

const takesUsbDevice = ({ name, attributes }: Element): boolean =>
  name === 'hostdev' && attributes.type === 'usb'

function usbNumbersOf(holder: Element, xml: string): UsbNumbers | null {
  const attributes = firstChild(firstChild(holder, 'source'), 'address')?.attributes
  if (attributes === undefined) return null
  const [bus, device] = [addressNumber(attributes.bus), addressNumber(attributes.device)]
  if (bus === null || device === null) throw unreadable(xml)
  return { bus, device }
}

function sameNumbers(numbers: UsbNumbers | null, among: readonly UsbNumbers[]): boolean {
  return among.some(({ bus, device }) => bus === numbers?.bus && device === numbers.device)
}

/** Hostdevs that libvirt does not bind by itself (managed='no', its default). CorruptReport as `domainFacts`. */
export function unmanagedHostdevs(xml: string): readonly Address[] {
  const devices = childElements(readDomain(xml), 'devices').flatMap((one) => childElements(one))
  return devices.flatMap((device) => {
    if (!takesPciDevice(device) || device.name === 'disk' || device.attributes.managed === 'yes') return []
    return sourceAddress(device) ?? []
  })
}

/** The domain's XML without these hostdevs: what is left when a guest has let go of them. CorruptReport as `domainFacts`. */
export function withoutHostdevs(
  xml: string,
  { hostdevs, usbHostdevs = [] }: Pick<RunningDomain, 'hostdevs' | 'usbHostdevs'>,
): string {
  const domain = readDomain(xml)
  const stays = (device: Element | string) => {
    if (typeof device === 'string') return true
    if (takesUsbDevice(device)) return !sameNumbers(usbNumbersOf(device, xml), usbHostdevs)
    const address = takesPciDevice(device) ? sourceAddress(device) : null
    return address === null || !hostdevs.includes(address)
  }
  const children = domain.children.map((child) =>
    typeof child === 'string' || child.name !== 'devices'
      ? child
      : { ...child, children: child.children.filter(stays) },
  )
  return printXml({ ...domain, children })
}

function inBerthNamespace(node: Element): boolean {
  const colon = node.name.indexOf(':')
  const declaration = colon < 0 ? 'xmlns' : `xmlns:${node.name.slice(0, colon)}`
  return localName(node.name) === 'vm' && node.attributes[declaration] === BERTH_NAMESPACE
}

function naturalNumber(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : null
}

function berthMark(domain: Element): DomainMark | null {
  const metadata = firstChild(domain, 'metadata')
  const node = metadata === undefined ? undefined : childElements(metadata).find(inBerthNamespace)
  const vm = naturalNumber(node?.attributes.id)
  const epoch = naturalNumber(node?.attributes.epoch)
  const cluster = node?.attributes.cluster
  return vm === null || epoch === null || cluster === undefined ? null : { cluster, vm, epoch }
}

/**
 * The facts of one domain. `state` is libvirt's word for its state, which the XML does not carry. A mark that Berth
 * would not have written makes the domain a foreign one. CorruptReport `domain-xml-unreadable` for anything that is
 * not a domain's XML.
 */
export function domainFacts(xml: string, state: string): RunningDomain {
  const domain = readDomain(xml)
  const usbHostdevs = heldUsbDevices(domain, xml)
  return {
    name: textOf(firstChild(domain, 'name')),
    uuid: textOf(firstChild(domain, 'uuid')),
    state,
    hostdevs: heldDevices(domain, xml),
    ...(usbHostdevs.length > 0 && { usbHostdevs }),
    berth: berthMark(domain),
  }
}

function readDomain(xml: string): Element {
  let cause: unknown
  try {
    const root = parseXml(xml)
    if (root.name === 'domain' && textOf(firstChild(root, 'name')) !== '') return root
  } catch (error) {
    cause = error
  }
  throw unreadable(xml, cause)
}

function unreadable(xml: string, cause?: unknown): CorruptReport {
  return new CorruptReport(
    'domain-xml-unreadable',
    'libvirt gave something that is not the XML of a domain; run `virsh dumpxml` on it by hand and look',
    { xml: xml.slice(0, 500) },
    cause,
  )
}
