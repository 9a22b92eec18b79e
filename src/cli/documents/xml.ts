/** XML text, whatever stands in the document: nothing in it can end an element or steer a terminal. */
import { XMLBuilder } from 'fast-xml-parser'
import type { XmlElement } from './element.ts'

const TEXT = '#text'

const builder = new XMLBuilder({
  preserveOrder: true,
  textNodeName: TEXT,
  format: true,
  suppressEmptyNode: true,
  // References are written below: the builder knows the five names only.
  processEntities: false,
})

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** XML 1.0, 2.2: what no document may contain, not even as a reference. */
const FORBIDDEN = /[\p{Cs}\ufffe\uffff]|(?![\t\n\r\x7f-\x9f])\p{Cc}/gu
/** A line end that would be read back as another (2.11), DEL and C1, separators, marks that turn the direction of writing. */
const REFERENCED = /[\r\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** What XML cannot carry becomes U+FFFD: the loss is seen. */
function escaped(text: string): string {
  return text
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"']/g, (character) => NAMED[character] ?? character)
    .replace(REFERENCED, (character) => `&#x${character.charCodeAt(0).toString(16)};`)
}

function toBuilder([name, content]: XmlElement): object {
  if (typeof content !== 'string') return { [name]: content.map(toBuilder) }
  return { [name]: content === '' ? [] : [{ [TEXT]: escaped(content) }] }
}

/** One document, indented, ending in a line end. */
export function xmlText(root: XmlElement): string {
  return `${builder.build([toBuilder(root)]).trimStart()}\n`
}
