/** Template text -> the same text with one block more, less or elsewhere; everything else stays as it was written. */
import { parseTemplate } from './parse.ts'
import { endOf, insertLine, lineEndOf, ownLines, replaced, withoutAttribute } from './place.ts'
import type { VectorAttribute } from './tree.ts'
import { vectorsOf } from './values.ts'
import { quoted } from './written.ts'

/** A block's name, keys and values, in the order in which they are to stand. */
export interface Block {
  readonly name: string
  readonly pairs: Readonly<Record<string, string>>
}

/** One that asks for devices. */
export interface DeviceBlock extends Block {
  readonly name: BlockName
}

export type BlockName = 'PCI' | 'USB'

/** The block of this name and index, counted from 0. */
export interface BlockPlace {
  readonly name: string
  readonly index: number
}

/**
 * The block is data: quotes in a value are escaped, and what it means is for `readTemplate` to judge.
 */
export function appendBlock(text: string, block: Block): string {
  const lineEnd = lineEndOf(text)
  const broken = text === '' || text.endsWith('\n') ? '' : lineEnd
  return `${text}${broken}${written(block)}${lineEnd}`
}

/** Behind the last block of its name, else at the end. InvalidInput `template-syntax`. */
export function addBlock(text: string, block: Block): string {
  const last = vectorsOf(parseTemplate(text), block.name).at(-1)
  return last === undefined ? appendBlock(text, block) : insertLine(text, endOf(last), written(block))
}

function written({ name, pairs }: Block): string {
  const all = Object.entries(pairs).map(([key, value]) => `${key} = ${quoted(value)}`)
  return all.length === 0 ? `${name} = [ ]` : `${name} = [ ${all.join(', ')} ]`
}

/** Without the block of this name and index, counted from 0; the text as it is where there is none. InvalidInput `template-syntax`. */
export function removeBlock(text: string, name: string, index: number): string {
  const block = blockAt(text, { name, index })
  return block === null ? text : withoutAttribute(text, block)
}

/** With the block once more, behind itself. InvalidInput `template-syntax`. */
export function copyBlock(text: string, place: BlockPlace): string {
  const block = blockAt(text, place)
  return block === null ? text : insertLine(text, endOf(block), block.source)
}

/** In the place of the one before (-1) or behind (1) it, which gets its; each with the comments about it. InvalidInput `template-syntax`. */
export function moveBlock(text: string, { name, index }: BlockPlace, by: -1 | 1): string {
  const first = blockAt(text, { name, index: Math.min(index, index + by) })
  const second = blockAt(text, { name, index: Math.max(index, index + by) })
  if (first === null || second === null) return text
  const whole = { one: ownLines(text, first), other: ownLines(text, second) }
  const bare = ({ start, source }: VectorAttribute) => ({ start, end: start + source.length })
  const withComments = whole.one !== null && whole.other !== null
  const a = (withComments ? whole.one : null) ?? bare(first)
  const b = (withComments ? whole.other : null) ?? bare(second)
  const moved = replaced(text, b.start, b.end, text.slice(a.start, a.end))
  return replaced(moved, a.start, a.end, text.slice(b.start, b.end))
}

export function blockAt(text: string, { name, index }: BlockPlace): VectorAttribute | null {
  return index < 0 ? null : (vectorsOf(parseTemplate(text), name)[index] ?? null)
}
