/** RAW: a fragment of domain XML that a template adds, merged in as parsed elements and kept off what Berth answers for. Pure. */
import { InvalidInput } from '../model/errors.ts'
import { childElements, type Element, element, everyElement, localName, parseXml, XmlError } from './xml.ts'

/** Sections of the domain that Berth alone writes: who the VM is, what was counted for it, and how its end is noticed. */
const RESERVED: ReadonlySet<string> = new Set([
  'name',
  'uuid',
  'metadata',
  'memory',
  'vcpu',
  'on_poweroff',
  'on_crash',
])

/** Device types that take a PCI device of the host past Berth's claims: hostdev interfaces, disks on an NVMe namespace. */
const PCI_TYPES: ReadonlySet<string> = new Set(['hostdev', 'nvme'])

const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0'

function refused(what: string, cause?: unknown): InvalidInput {
  return new InvalidInput(
    'raw-refused',
    `RAW of the template: ${what}; correct DATA, devices are asked for with PCI = [...] and USB = [...]`,
    { what },
    cause,
  )
}

/** `domain` and its merged RAW; InvalidInput `raw-refused` says which part of the fragment cannot be taken. */
export function mergeRaw(domain: Element, raw: string): Element {
  const sections = childElements(parseRaw(raw))
  for (const section of sections) assertHarmless(section)
  return sections.reduce(mergeSection, domain)
}

function parseRaw(raw: string): Element {
  try {
    // OpenNebula's templates use the prefix without declaring it.
    return parseXml(`<raw xmlns:qemu="${QEMU_NAMESPACE}">${raw}</raw>`)
  } catch (error) {
    if (error instanceof XmlError) throw refused(`not well-formed XML: ${error.message}`, error)
    throw error
  }
}

function assertHarmless(section: Element): void {
  if (RESERVED.has(localName(section.name))) throw refused(`<${section.name}> is Berth's to set`)
  for (const node of everyElement(section)) {
    if (localName(node.name) === 'hostdev') throw refused('<hostdev> names a device that no claim protects')
    const type = node.attributes.type
    if (type !== undefined && PCI_TYPES.has(type))
      throw refused(`<${node.name} type='${type}'> may take a device that no claim protects`)
    // QEMU's own arguments reach devices too (-device vfio-pci,host=..., -device usb-host,...), in JSON with escapes as well.
    for (const value of [...Object.values(node.attributes), ...node.children])
      if (typeof value === 'string' && /vfio|usb-host|\\u00/i.test(value))
        throw refused(`"${value}" names a device that no claim protects`)
  }
}

/**
 * Devices are added. Of any other section that is there already, the attributes are set and the children of the same name
 * replaced, so that RAW has the last word; a section that is not there is added.
 */
function mergeSection(domain: Element, section: Element): Element {
  const index = domain.children.findIndex((child) => typeof child !== 'string' && child.name === section.name)
  const present = domain.children[index]
  if (present === undefined || typeof present === 'string')
    return { ...domain, ...declared(domain, section), children: [...domain.children, section] }
  const names = new Set(childElements(section).map((child) => child.name))
  const replaces = (child: Element | string) => (typeof child === 'string' ? true : names.has(child.name))
  const kept =
    section.name === 'devices' ? present.children : present.children.filter((child) => !replaces(child))
  const merged = element(
    present.name,
    { ...present.attributes, ...section.attributes },
    ...kept,
    ...section.children,
  )
  return { ...domain, children: domain.children.with(index, merged) }
}

/** The domain's attributes, with the namespace of `qemu:` declared where the section uses it. */
function declared(domain: Element, section: Element): Pick<Element, 'attributes'> {
  if (!section.name.startsWith('qemu:')) return domain
  return { attributes: { ...domain.attributes, 'xmlns:qemu': QEMU_NAMESPACE } }
}
