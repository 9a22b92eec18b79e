/** Tokens of a shell file: whatever the text is, each has a length, and all of them lie one behind the other. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BerthError } from '../../src/model/errors.ts'
import { shellTokens } from '../../src/prepare/shell-words.ts'

const FILE = '/etc/default/grub'

describe('any text', () => {
  const char = fc.oneof(
    fc.constantFrom(...' \t\r\n\f\v\u00a0\ufeff\u2028\u3000;&|()<>\'"`$\\#{}=+a'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  )
  const text = fc.array(char, { maxLength: 40 }).map((chars) => chars.join(''))

  test('is split into tokens that advance, or refused with file and line', () => {
    fc.assert(
      fc.property(text, (given) => {
        let end = 0
        try {
          for (const token of shellTokens(FILE, given)) {
            expect(token.start).toBeGreaterThanOrEqual(end)
            expect(token.end).toBeGreaterThan(token.start)
            expect(token.raw).toBe(given.slice(token.start, token.end))
            end = token.end
          }
        } catch (error) {
          if (!(error instanceof BerthError)) throw error
          expect(error.message).toMatch(/^\/etc\/default\/grub, line \d+: /)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what looks like a blank and is part of a word to a shell', () => {
  test.each([
    ['a byte order mark', '\ufeffA=1\n', 'line 1: a character U+FEFF'],
    ['a no-break space', 'A=1\nB=2\u00a0C=3\n', 'line 2: a character U+00A0'],
    ['a form feed', 'A=1\n\fB=2\n', 'line 2: a character U+000C'],
    ['a vertical tab', '\vB=2\n', 'line 1: a character U+000B'],
  ])('%s is refused outside quotes', (_, text, message) => {
    expect(() => shellTokens(FILE, text)).toThrow(`${FILE}, ${message}`)
  })

  test('stays in quotes and comments', () => {
    const words = shellTokens(FILE, 'A="x\u00a0y" # a\u00a0comment\nB=\'\ufeff\'\n')
    expect(words.map(({ raw }) => raw)).toEqual(['A="x\u00a0y"', '\n', "B='\ufeff'", '\n'])
  })
})
