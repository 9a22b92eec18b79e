/** Template text -> the same text with one PCI block more or less; everything else stays as it was written. */
import { parseTemplate } from './parse.ts'
import { printTemplate } from './print.ts'

/** Keys and values of a PCI block, in the order in which they are to stand. */
export type PciBlock = Readonly<Record<string, string>>

/** The block is data: quotes in a value are escaped, and what it means is for `readTemplate` to judge. */
export function appendPciBlock(text: string, block: PciBlock): string {
  const pairs = Object.entries(block).map(([key, value]) => `${key} = "${value.replaceAll('"', '\\"')}"`)
  const end = text === '' || text.endsWith('\n') ? '' : '\n'
  return `${text}${end}PCI = [ ${pairs.join(', ')} ]\n`
}

/** Without the PCI block of this index, counted from 0; the text as it is where there is none. InvalidInput `template-syntax`. */
export function removePciBlock(text: string, index: number): string {
  const tree = parseTemplate(text)
  const blocks = tree.attributes.filter(({ kind, name }) => kind === 'vector' && name === 'PCI')
  const block = blocks[index]
  if (block === undefined) return text
  return printTemplate({ ...tree, attributes: tree.attributes.filter((attribute) => attribute !== block) })
}
