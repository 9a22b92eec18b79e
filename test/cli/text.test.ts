/** Text that is safe to print, amounts, and tables. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryText, parseMemory, shareText, timeText } from '../../src/cli/text/amounts.ts'
import { jsonText, printable, printableLines } from '../../src/cli/text/printable.ts'
import { tableText } from '../../src/cli/text/table.ts'

const STEERING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const anyText = fc.string({ unit: 'binary' })

test('whatever the text, its printable form steers no terminal and stays as it is when printed again', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const line = printable(text)
      expect(line).not.toMatch(STEERING)
      expect(printable(line)).toBe(line)
      expect(printableLines(text).replaceAll('\n', '')).not.toMatch(STEERING)
    }),
  )
})

test('JSON text is the same document and has no unsafe character but its own newlines', () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.constant(null), fc.integer())), (document) => {
      const text = jsonText(document)
      expect(JSON.parse(text)).toStrictEqual(JSON.parse(JSON.stringify(document)))
      expect(text.replaceAll('\n', '')).not.toMatch(STEERING)
    }),
  )
})

test.each([
  [0, '0M'],
  [512, '512M'],
  [1024, '1G'],
  [12083, '11.8G'],
  [1048576, '1T'],
  [null, '-'],
])('%s MiB is written %s', (mib, text) => {
  expect(memoryText(mib)).toBe(text)
})

test.each([
  ['8G', 8192],
  ['1.5g', 1536],
  ['1T', 1048576],
  ['2048K', 2],
  ['512', 512],
  ['8 GB', null],
  ['', null],
  ['-1G', null],
])('the amount %j is %s MiB', (text, mib) => {
  expect(parseMemory(text)).toBe(mib)
})

test.each([
  [400, 6400, '400 / 6400 (6%)'],
  [0, 0, '0 / 0 (0%)'],
  [3, null, '3 / -'],
])('%i of %s is written %s', (used, total, text) => {
  expect(shareText(used, total, String)).toBe(text)
})

test('times lose their fraction, not their zone', () => {
  expect(timeText('2026-11-21T01:23:18.123Z')).toBe('2026-11-21 01:23:18Z')
  expect(timeText(null)).toBe('-')
})

test('a table never is wider than the terminal as long as columns may shrink that far', () => {
  const columns = [
    { name: 'ID', width: 4, align: 'right', cell: (row: readonly string[]) => row.length },
    { name: 'A', width: 4, shrinks: true, cell: (row: readonly string[]) => row[0] ?? null },
    { name: 'B', width: 8, shrinks: true, cell: (row: readonly string[]) => row[1] ?? null },
  ] as const
  fc.assert(
    fc.property(fc.array(fc.array(fc.string(), { maxLength: 3 })), fc.integer({ min: 18 }), (rows, limit) => {
      const lines = tableText(columns, rows, limit).split('\n')
      expect(lines.length).toBe(rows.length + 1)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(limit)
    }),
  )
})
