/** XML within XML-RPC's text, taken out in place. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unescapeInPlace } from '../../src/opennebula/external/unescape.ts'

const unescaped = (text: string): string => unescapeInPlace(Buffer.from(text)).toString('utf8')

test.each([
  ['nothing to do', 'abc', 'abc'],
  ['all five', '&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
  ['characters by number', 'a&#13;b&#x0D;c', 'a\rb\rc'],
  ['one that was escaped twice is so once', '&amp;lt;', '&lt;'],
  ['letters beyond ASCII around', 'ü&lt;😀', 'ü<😀'],
])('%s', (_, text, expected) => {
  expect(unescaped(text)).toBe(expected)
})

test.each(['&x;', '&', '&lt', 'a&#999999;', '&#0;'])('%s is refused', (text) => {
  expect(() => unescaped(text)).toThrow('the answer has an unknown reference in it')
})

test('what was escaped comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const well = Buffer.from(text).toString('utf8')
      expect(unescaped(well.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'))).toBe(
        well,
      )
    }),
  )
})
