/** What the form shows of the text, and how what it changes is written: the text is the one thing that is kept. */
import { InvalidInput } from '../../model/errors.ts'
import { parseTemplate } from '../../template/parse.ts'
import type { SingleAttribute, TemplateTree, VectorAttribute } from '../../template/tree.ts'
import { given } from '../../template/values.ts'

/** The form's end of the text. */
export interface Form {
  readonly tree: TemplateTree
  edit(change: (text: string) => string): void
}

/** Where a text is wrong; null = the refusal names no place. */
export interface Problem {
  readonly message: string
  readonly place: { readonly line: number; readonly column: number } | null
}

export type Parsed = { readonly tree: TemplateTree } | { readonly problem: Problem }

export function parsed(text: string): Parsed {
  try {
    return { tree: parseTemplate(text) }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    return { problem: { message: error.message, place: placeOf(error.facts) } }
  }
}

/** Of an error's facts (src/template/position.ts). */
export function placeOf(facts: Readonly<Record<string, unknown>>): Problem['place'] {
  const { line, column } = facts
  return typeof line === 'number' && typeof column === 'number' ? { line, column } : null
}

/** As it is written, blanks at its ends too: a field shows what was typed. */
export function singleText(tree: TemplateTree, name: string): string {
  const all = tree.attributes.filter(
    (attribute): attribute is SingleAttribute => attribute.kind === 'single' && attribute.name === name,
  )
  return (all.find((attribute) => given(attribute) !== null) ?? all[0])?.value ?? ''
}

export function pairText(block: VectorAttribute | undefined, key: string): string {
  return block?.pairs.find(({ name }) => name === key)?.value ?? ''
}

/** An empty field is an attribute that is left out. */
export const orLeftOut = (value: string): string | null => (value === '' ? null : value)
