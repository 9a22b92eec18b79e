/** Looking values up in a template's tree: blanks around them do not count, an empty value is none. */
import type { Attribute, TemplateTree, VectorAttribute } from './tree.ts'

/** The value of an attribute or pair without the blanks around it; null = left out or empty. */
export function given(value: { readonly value: string } | null | undefined): string | null {
  const text = value?.value.trim() ?? ''
  return text === '' ? null : text
}

/** The first single attribute of a name (upper case) that is not empty. */
export function singleOf(tree: TemplateTree, name: string): string | null {
  for (const attribute of tree.attributes) {
    const value = attribute.name === name && attribute.kind === 'single' ? given(attribute) : null
    if (value !== null) return value
  }
  return null
}

export function vectorsOf(tree: TemplateTree, name: string): VectorAttribute[] {
  return tree.attributes.filter(
    (attribute: Attribute): attribute is VectorAttribute =>
      attribute.kind === 'vector' && attribute.name === name,
  )
}

/** The value of a key (upper case) in brackets; OpenNebula keeps the first of several. */
export function keyOf(vector: VectorAttribute | undefined, key: string): string | null {
  return given(vector?.pairs.find((pair) => pair.name === key))
}
