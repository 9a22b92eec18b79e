/** Template text -> the same text with one PCI or USB block more or less; everything else stays as it was written. */
import { parseTemplate } from './parse.ts'
import { printTemplate } from './print.ts'

/** A block that asks for devices: its name, keys and values, in the order in which they are to stand. */
export interface DeviceBlock {
  readonly name: BlockName
  readonly pairs: Readonly<Record<string, string>>
}

export type BlockName = 'PCI' | 'USB'

/**
 * The block is data: quotes in a value are escaped, a backslash at its end is kept from the quote that follows by a blank, and what it
 * means is for `readTemplate` to judge.
 */
export function appendBlock(text: string, { name, pairs }: DeviceBlock): string {
  const quoted = (value: string) => `"${value.replaceAll('"', '\\"').replace(/\\$/, '\\ ')}"`
  const written = Object.entries(pairs).map(([key, value]) => `${key} = ${quoted(value)}`)
  const end = text === '' || text.endsWith('\n') ? '' : '\n'
  return `${text}${end}${name} = [ ${written.join(', ')} ]\n`
}

/** Without the block of this name and index, counted from 0; the text as it is where there is none. InvalidInput `template-syntax`. */
export function removeBlock(text: string, name: BlockName, index: number): string {
  const tree = parseTemplate(text)
  const blocks = tree.attributes.filter((attribute) => attribute.kind === 'vector' && attribute.name === name)
  const block = blocks[index]
  if (block === undefined) return text
  return printTemplate({ ...tree, attributes: tree.attributes.filter((attribute) => attribute !== block) })
}
