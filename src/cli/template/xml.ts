/** Templates in OpenNebula's shape: `VMTEMPLATE_POOL/VMTEMPLATE`. */
import { BerthError } from '../../model/errors.ts'
import { parseTemplate } from '../../template/parse.ts'
import type { Attribute } from '../../template/tree.ts'
import type { TemplateView } from '../../view/documents.ts'
import { elementName, field, type XmlElement } from '../documents/element.ts'

/** Attributes as elements, in the template's order; none of a text that this version cannot read. */
export function templateElements(text: string): readonly XmlElement[] {
  try {
    return parseTemplate(text).attributes.map(attributeElement)
  } catch (error) {
    if (error instanceof BerthError) return []
    throw error
  }
}

export function attributeElement(attribute: Attribute): XmlElement {
  const name = elementName(attribute.name)
  if (attribute.kind === 'single') return field(name, attribute.value)
  return [name, attribute.pairs.map((pair) => field(elementName(pair.name), pair.value))]
}

export function templateElement({ id, name, text, createdAt }: TemplateView): XmlElement {
  return [
    'VMTEMPLATE',
    [
      field('ID', id),
      field('NAME', name),
      field('REGTIME', Math.floor(Date.parse(createdAt) / 1000)),
      ['TEMPLATE', templateElements(text)],
    ],
  ]
}
