/** Whatever a template looks like, an edit does what it says, and everything else is the same as before. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addBlock, copyBlock, moveBlock, removeBlock } from '../../src/template/edit.ts'
import { setPair, setSingle } from '../../src/template/edit-values.ts'
import { parseTemplate } from '../../src/template/parse.ts'
import { given, keyOf, singleOf, vectorsOf } from '../../src/template/values.ts'

const NAMES = ['CPU', 'NAME', 'PCI', 'USB', 'UNKNOWN'] as const
const KEYS = ['VENDOR', 'CLASS', 'COUNT'] as const

const blank = fc.constantFrom(' ', '  ', '\t', '\n', '\r\n')
const gap = fc
  .array(fc.oneof(blank, fc.constantFrom('# about = [ it, "\n', '#\n', '\n# PCI = [ ]\n')), { maxLength: 3 })
  .map((parts) => parts.join(''))
/** No control characters, and no backslash at the end, which is written with a blank. */
const value = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/[\p{Cc}]|\\$/u.test(text))
const quotedValue = value.map((text) => `"${text.replaceAll('"', '\\"')}"`)
const anyValue = fc.oneof(quotedValue, fc.constantFrom('4', '0.5', '10de', 'gpu'))

const pair = fc
  .tuple(fc.constantFrom(...KEYS), gap, anyValue)
  .map(([key, space, text]) => `${key}${/#/.test(space) ? '' : space}= ${text}`)
const block = fc
  .array(fc.tuple(gap, pair, gap), { maxLength: 4 })
  .map((pairs) => `[${pairs.map((parts) => parts.join('')).join(',')}]`)
const attribute = fc.oneof(
  fc.tuple(fc.constantFrom(...NAMES), anyValue).map(([name, text]) => `${name} = ${text}`),
  fc.tuple(fc.constantFrom('PCI', 'USB', 'UNKNOWN'), block).map(([name, text]) => `${name} = ${text}`),
)
const template = fc
  .tuple(fc.array(fc.tuple(gap, attribute, blank), { maxLength: 6 }), gap)
  .map(([attributes, end]) => attributes.flat().join('') + end)

const comments = (text: string): readonly string[] => {
  const { attributes, after } = parseTemplate(text)
  return [...attributes.map(({ before }) => before), after]
    .flatMap((part) => part.match(/#[^\n]*/g) ?? [])
    .sort()
}
const sources = (text: string, but: (name: string, kind: string) => boolean): readonly string[] =>
  parseTemplate(text)
    .attributes.filter(({ name, kind }) => !but(name, kind))
    .map(({ source }) => source)

const index = fc.nat({ max: 3 })

describe('an edit', () => {
  test('of a single value is read back, and nothing else changes', () => {
    fc.assert(
      fc.property(template, fc.constantFrom(...NAMES), fc.option(value), (text, name, to) => {
        const edited = setSingle(text, name, to)
        const isIt = (other: string, kind: string) => other === name && kind === 'single'
        expect(singleOf(parseTemplate(edited), name)).toBe(given(to === null ? null : { value: to }))
        expect(sources(edited, isIt)).toEqual(sources(text, isIt))
        expect(comments(edited)).toEqual(comments(text))
        expect(setSingle(edited, name, to)).toBe(edited)
      }),
    )
  })

  test('of a pair is read back, and nothing else changes', () => {
    fc.assert(
      fc.property(template, index, fc.constantFrom(...KEYS), fc.option(value), (text, at, key, to) => {
        const before = vectorsOf(parseTemplate(text), 'PCI')
        fc.pre(at < before.length)
        const edited = setPair(text, { name: 'PCI', index: at }, key, to)
        const blocks = vectorsOf(parseTemplate(edited), 'PCI')
        const others = (pairs = before[at]?.pairs) =>
          pairs?.filter(({ name }) => name !== key).map(({ name, value: text }) => [name, text])
        expect(keyOf(blocks[at], key)).toBe(given(to === null ? null : { value: to }))
        expect(others(blocks[at]?.pairs)).toEqual(others())
        expect(blocks.filter((_, i) => i !== at).map(({ source }) => source)).toEqual(
          before.filter((_, i) => i !== at).map(({ source }) => source),
        )
        const isIt = (name: string, kind: string) => name === 'PCI' && kind === 'vector'
        expect(sources(edited, isIt)).toEqual(sources(text, isIt))
        expect(comments(edited)).toEqual(comments(text))
        expect(edited.match(/#/g)?.length ?? 0).toBeGreaterThanOrEqual(comments(text).length)
      }),
    )
  })

  test('that takes a block out takes that out alone, and one that adds it brings it back', () => {
    fc.assert(
      fc.property(template, index, (text, at) => {
        const before = vectorsOf(parseTemplate(text), 'PCI').map(({ source }) => source)
        fc.pre(at < before.length)
        const isIt = (name: string, kind: string) => name === 'PCI' && kind === 'vector'
        const without = removeBlock(text, 'PCI', at)
        expect(sources(without, (name, kind) => !isIt(name, kind))).toEqual(before.toSpliced(at, 1))
        expect(sources(without, isIt)).toEqual(sources(text, isIt))
        expect(comments(without)).toEqual(comments(text))
        const added = addBlock(without, { name: 'PCI', pairs: { VENDOR: '1' } })
        expect(sources(added, (name, kind) => !isIt(name, kind)).at(-1)).toBe('PCI = [ VENDOR = "1" ]')
        expect(sources(added, isIt)).toEqual(sources(text, isIt))
      }),
    )
  })

  test('that copies or moves a block does so with that block alone', () => {
    fc.assert(
      fc.property(template, index, fc.constantFrom<1 | -1>(1, -1), (text, at, by) => {
        const before = vectorsOf(parseTemplate(text), 'PCI').map(({ source }) => source)
        fc.pre(at < before.length)
        const isIt = (name: string, kind: string) => name === 'PCI' && kind === 'vector'
        const place = { name: 'PCI', index: at }
        const copied = copyBlock(text, place)
        expect(sources(copied, (n, k) => !isIt(n, k))).toEqual(before.toSpliced(at, 0, before[at] ?? ''))
        const moved = moveBlock(text, place, by)
        const order = [...before]
        const there = order[at + by]
        if (there !== undefined) [order[at], order[at + by]] = [there, before[at] ?? '']
        expect(sources(moved, (n, k) => !isIt(n, k))).toEqual(order)
        for (const edited of [copied, moved]) {
          expect(sources(edited, isIt)).toEqual(sources(text, isIt))
          expect(comments(edited)).toEqual(comments(text))
        }
      }),
    )
  })
})
