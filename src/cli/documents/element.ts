/** XML as the command line makes it: elements in order, and the one that any JSON document becomes. */

/** A name and what is inside: text, or elements. */
export type XmlElement = readonly [name: string, content: string | readonly XmlElement[]]

/** What stands for a document in OpenNebula's shape. */
export type XmlView<Document> = (document: Document) => XmlElement

/** An element with text; null is an empty element, as OpenNebula leaves what it does not know. */
export function field(name: string, value: string | number | boolean | null | undefined): XmlElement {
  return [name, value === null || value === undefined ? '' : String(value)]
}

/** `memoryMiB` -> `MEMORY_MIB`; what cannot stand in a name becomes `_`. */
export function elementName(key: string): string {
  const words = key
    .replace(/([KMGT])iB/g, '_$1IB')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
  const name = words.replace(/[^A-Z0-9_]/g, '_')
  return /^[A-Z_]/.test(name) ? name : `_${name}`
}

/** `DEVICES` holds `DEVICE`s, `HISTORY` `ITEM`s. */
function itemName(name: string): string {
  if (/[^S]S$/.test(name)) return name.replace(/IES$/, 'Y').replace(/S$/, '')
  return 'ITEM'
}

/** Any JSON document: objects' fields in upper case, a list's items below the list's name. */
export function elementOf(name: string, value: unknown, item = itemName(name)): XmlElement {
  if (Array.isArray(value)) return [name, value.map((one) => elementOf(item, one))]
  if (typeof value !== 'object' || value === null)
    return [name, value === null || value === undefined ? '' : String(value)]
  return [name, Object.entries(value).map(([key, below]) => elementOf(elementName(key), below))]
}
