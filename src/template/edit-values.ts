/** Template text -> the same text with one value set or taken out; everything else stays as it was written. */
import { appendBlock, type BlockPlace, blockAt } from './edit.ts'
import { parseTemplate } from './parse.ts'
import { after, endOf, insertLine, lineEndOf, replaced, withoutAttribute } from './place.ts'
import type { Attribute, Pair, SingleAttribute, TemplateTree, VectorAttribute } from './tree.ts'
import { inPlaceOf, quoted, single } from './written.ts'

/**
 * `NAME = value`; null takes it out. Written several times, it is set everywhere: Berth refuses one that contradicts itself. A new one
 * stands behind the others, before the blocks. InvalidInput `template-syntax`.
 */
export function setSingle(text: string, name: string, value: string | null): string {
  const tree = parseTemplate(text)
  const given = tree.attributes.filter(
    (attribute): attribute is SingleAttribute => attribute.kind === 'single' && attribute.name === name,
  )
  if (given.length === 0) return value === null ? text : insertSingle(tree, `${name} = ${single(value)}`)
  return given.reduceRight((result, attribute) => {
    if (value === null) return withoutAttribute(result, attribute)
    return attribute.value === value
      ? result
      : withValue(result, { offset: attribute.offset, end: endOf(attribute) }, value)
  }, text)
}

function insertSingle({ text, attributes }: TemplateTree, line: string): string {
  const firstBlock = attributes.findIndex(({ kind }) => kind === 'vector')
  const head = firstBlock < 0 ? attributes : attributes.slice(0, firstBlock)
  const isSingle = ({ kind }: Attribute) => kind === 'single'
  const anchor = head.findLast(isSingle) ?? attributes.findLast(isSingle) ?? attributes.at(-1)
  return insertLine(text, anchor === undefined ? text.length : endOf(anchor), line)
}

function withValue(text: string, { offset, end }: Pick<Pair, 'offset' | 'end'>, value: string): string {
  return replaced(text, offset, end, inPlaceOf(text.slice(offset, end), value))
}

/**
 * `KEY = value` in a block; null takes it out. A block that is not there is written at the end. InvalidInput `template-syntax`.
 */
export function setPair(text: string, place: BlockPlace, key: string, value: string | null): string {
  const block = blockAt(text, place)
  if (block === null)
    return value === null ? text : appendBlock(text, { name: place.name, pairs: { [key]: value } })
  const given = block.pairs.filter(({ name }) => name === key)
  const [first] = given
  if (first === undefined) return value === null ? text : insertPair(text, block, `${key} = ${quoted(value)}`)
  if (value === null) return setPair(withoutPair(text, block, first), place, key, null)
  return given.reduceRight(
    (result, pair) => (pair.value === value ? result : withValue(result, pair, value)),
    text,
  )
}

/** On a line of its own where the last one has one. */
function insertPair(text: string, block: VectorAttribute, written: string): string {
  const last = block.pairs.at(-1)
  if (last === undefined) return insertFirst(text, block, written)
  const before = block.pairs.at(-2)?.end ?? block.offset + 1
  const indent = /\n[ \t]*$/.exec(text.slice(before, last.start))?.[0]
  const comment = after(text, /[ \t\r]*#[^\n]*\n/y, last.end)
  if (comment === null) return replaced(text, last.end, last.end, `,${indent ?? ' '}${written}`)
  const line = `${indent?.slice(1) ?? '  '}${written}${lineEndOf(text)}`
  return `${text.slice(0, last.end)},${text.slice(last.end, comment)}${line}${text.slice(comment)}`
}

/** Before the bracket that closes it: what stands inside is blanks and comments. */
function insertFirst(text: string, block: VectorAttribute, written: string): string {
  const [open, close] = [block.offset + 1, endOf(block) - 1]
  const inside = text.slice(open, close)
  return /^[ \t]*$/.test(inside)
    ? replaced(text, open, close, ` ${written} `)
    : replaced(text, close, close, ` ${written} `)
}

/** With the comma that parted it from its neighbour; comments stay. */
function withoutPair(text: string, { pairs }: VectorAttribute, pair: Pair): string {
  const index = pairs.indexOf(pair)
  const start = pairs[index - 1]?.end ?? pair.start
  const end = index > 0 ? pair.end : (pairs[1]?.start ?? pair.end)
  const gap = index > 0 ? text.slice(start, pair.start) : text.slice(pair.end, end)
  return replaced(text, start, end, gap.includes('#') ? withoutComma(gap) : '')
}

/** Blanks and comments around one comma, which is the first outside a comment. */
const withoutComma = (gap: string): string => gap.replace(/^((?:[ \t\r\n]|#[^\n]*)*),/, '$1')
