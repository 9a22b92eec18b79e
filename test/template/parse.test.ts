import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../src/model/errors.ts'
import { parseTemplate } from '../../src/template/parse.ts'
import { printTemplate } from '../../src/template/print.ts'

/** The tree as plain data: `A = 1` is ['A', '1'], a block ['A', [['K', 'v']]]. */
const plain = (text: string) =>
  parseTemplate(text).attributes.map((attribute) => [
    attribute.name,
    attribute.kind === 'single' ? attribute.value : attribute.pairs.map(({ name, value }) => [name, value]),
  ])

const failure = (text: string): InvalidInput => {
  try {
    parseTemplate(text)
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
  throw new Error(`was read: ${JSON.stringify(text)}`)
}

describe('what is read', () => {
  test.each([
    ['an empty template', '', []],
    ['only blanks and comments', ' \n# nothing = here\n\t', []],
    ['a bare value', 'CPU = 4', [['CPU', '4']]],
    ['no blanks around =', 'CPU=0.5', [['CPU', '0.5']]],
    ['a quoted value', 'NAME = "a b"', [['NAME', 'a b']]],
    ['a quoted empty value', 'NAME = ""', [['NAME', '']]],
    [
      'nothing before the line end is empty',
      'NAME =\nCPU = 1',
      [
        ['NAME', ''],
        ['CPU', '1'],
      ],
    ],
    ['nothing before the end is empty', 'NAME =', [['NAME', '']]],
    ['lower-case names become upper case', 'name = x', [['NAME', 'x']]],
    ['\\" inside quotes is a quote', 'A = "say \\"hi\\" now"', [['A', 'say "hi" now']]],
    ['other backslashes stay', 'A = "C:\\dir\\n"', [['A', 'C:\\dir\\n']]],
    ['a backslash before the last quote ends the value', 'A = "C:\\"', [['A', 'C:\\']]],
    [
      'line ends inside quotes stay',
      'A = "one\ntwo"\nB=2',
      [
        ['A', 'one\ntwo'],
        ['B', '2'],
      ],
    ],
    ['# inside quotes is no comment', 'A = "#1"', [['A', '#1']]],
    ['# ends a bare value', 'A = 1# one', [['A', '1']]],
    [
      'a comment after a value',
      'A = "1" # one\nB = 2',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    [
      'several attributes on one line',
      'A = 1 B = "2" C=3',
      [
        ['A', '1'],
        ['B', '2'],
        ['C', '3'],
      ],
    ],
    [
      'repeated attributes',
      'PCI = [ A = 1 ]\nPCI = [ A = 2 ]',
      [
        ['PCI', [['A', '1']]],
        ['PCI', [['A', '2']]],
      ],
    ],
    [
      'a block on one line',
      'PCI = [ VENDOR = "10de", CLASS = 0302 ]',
      [
        [
          'PCI',
          [
            ['VENDOR', '10de'],
            ['CLASS', '0302'],
          ],
        ],
      ],
    ],
    [
      'a block over lines',
      'PCI = [\n  vendor = "10de",\n  CLASS = "0302"\n]',
      [
        [
          'PCI',
          [
            ['VENDOR', '10de'],
            ['CLASS', '0302'],
          ],
        ],
      ],
    ],
    [
      "a comma at the line's beginning",
      'P = [ A = 1\n , B = 2 ]',
      [
        [
          'P',
          [
            ['A', '1'],
            ['B', '2'],
          ],
        ],
      ],
    ],
    [
      'comments inside a block',
      'P = [ # what\n A = 1, # one\n B = 2 # two\n ]',
      [
        [
          'P',
          [
            ['A', '1'],
            ['B', '2'],
          ],
        ],
      ],
    ],
    [
      'no blanks at all',
      'P=[A=1,B="2"]Q=3',
      [
        [
          'P',
          [
            ['A', '1'],
            ['B', '2'],
          ],
        ],
        ['Q', '3'],
      ],
    ],
    ['an empty block', 'P = [ ]', [['P', []]]],
    [
      'empty values in a block',
      'P = [ A = , B = "", C = ]',
      [
        [
          'P',
          [
            ['A', ''],
            ['B', ''],
            ['C', ''],
          ],
        ],
      ],
    ],
    [
      'Windows line ends',
      'A = 1\r\nB = [ C = 2,\r\n D = 3 ]\r\n',
      [
        ['A', '1'],
        [
          'B',
          [
            ['C', '2'],
            ['D', '3'],
          ],
        ],
      ],
    ],
    ['a value that holds brackets needs quotes', 'A = "[x]"', [['A', '[x]']]],
    ['addresses need no quotes', 'P = [ ADDRESS = 0000:3b:00.0 ]', [['P', [['ADDRESS', '0000:3b:00.0']]]]],
    ['names that begin with digits', '9P = [ 1A = x ]', [['9P', [['1A', 'x']]]]],
  ])('%s', (_title, text, expected) => {
    expect(plain(text)).toEqual(expected)
  })
})

describe('what is refused names line, column and what was expected', () => {
  test.each([
    ['a name alone', 'CPU', 1, 4, '"=" after CPU'],
    ['a value of two words', 'NAME = my vm', 1, 13, '"=" after vm'],
    ['no name', 'CPU = 1\n = 3', 2, 2, 'an attribute name'],
    ['a quote that never ends', 'A = 1\nB = "abc\nC = 2', 2, 5, 'a closing quote'],
    ['text right after the closing quote', 'A = "b"c', 1, 9, 'after the closing quote'],
    ['a bracket that never ends', 'A = 1\nP = [ A = 1,\n B = 2\n', 2, 5, 'never closed'],
    ['an open bracket and nothing', 'P = [', 1, 5, 'never closed'],
    ['no comma between keys', 'P = [ A = 1 B = 2 ]', 1, 13, '"," or "]" after A'],
    ['a comma too many', 'P = [ A = 1, ]', 1, 14, 'an attribute name'],
    ['a block inside a block', 'P = [ A = [ B = 1 ] ]', 1, 11, 'a value'],
    ['a block on the next line', 'P =\n[ A = 1 ]', 2, 1, 'an attribute name'],
    ['two equals signs', 'A == 1', 1, 4, 'a value'],
    ['a control character', 'A = "x\u0001"', 1, 7, 'control characters'],
    ['a colon in place of =', 'A: 1', 1, 2, '"=" after A'],
  ])('%s', (_title, text, line, column, words) => {
    const error = failure(text)
    expect(error.code).toBe('template-syntax')
    expect(error.message).toContain(words)
    expect(error.facts).toMatchObject({ line, column })
    expect(error.message).toMatch(new RegExp(`^line ${line}, column ${column}: `))
  })
})

describe('printing', () => {
  const blank = fc.constantFrom('', ' ', '\n', '\t', ' # note, [a] = "b"\n', '\r\n', '\n\n  ')
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/)
  const value = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9:./*-]{1,8}$/),
    fc.string({ maxLength: 12 }).map((text) => `"${text.replace(/[\\"\p{Cc}]/gu, '')}"`),
    fc.constant('"a \\"quoted\\" word\nand more"'),
  )
  const single = fc.tuple(name, blank, value).map(([n, b, v]) => `${n}${b.includes('#') ? ' ' : b}= ${v}`)
  const vector = fc
    .tuple(name, fc.array(fc.tuple(name, value, blank), { maxLength: 4 }), blank)
    .map(([n, pairs, b]) => `${n} = [${b}${pairs.map(([k, v, after]) => `${k} = ${v}${after}`).join(',')}]`)
  const template = fc
    .tuple(fc.array(fc.tuple(fc.oneof(single, vector), blank), { maxLength: 6 }), blank)
    .map(([parts, last]) => parts.map(([part, after]) => `${part}${after}\n`).join('') + last)

  test('gives back every untouched template to the letter', () => {
    fc.assert(
      fc.property(template, (text) => printTemplate(parseTemplate(text)) === text),
      { numRuns: 300 },
    )
  })

  test('a value of a megabyte is read', () => {
    const long = 'x\\"'.repeat(350_000)
    expect(plain(`A = "${long}"`)).toEqual([['A', 'x"'.repeat(350_000)]])
  })
})
