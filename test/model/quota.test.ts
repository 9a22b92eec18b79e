/** Quotas' selectors: written in one way, and counted against what a request leaves open. */
import { describe, expect, test } from 'vitest'
import { countAgainst, parseQuotaSelector } from '../../src/model/quota.ts'
import { readTemplate } from '../../src/template/validate.ts'

test.each([
  ['10DE:', '10de:'],
  ['10de:20b0', '10de:20b0'],
  ['10de:*:302', '10de::0302'],
  ['::02xx', '::02xx'],
  ['::2', '::0002'],
  ['*:*', ':'],
  [' :: ', ':'],
])('%s is written %s', (text, written) => {
  expect(parseQuotaSelector(text).text).toBe(written)
  expect(parseQuotaSelector(written).text).toBe(written)
})

test.each(['10de', '0x10de:', '10deff:', '10de:xx', '10de::0302:00', 'nvidia:', '10de:,8086:'])(
  '%s is no selector',
  (text) => {
    expect(() => parseQuotaSelector(text)).toThrow(
      expect.objectContaining({ code: 'wrong-selector', message: expect.stringContaining(text) }),
    )
  },
)

describe('a request counts unless it contradicts the selector', () => {
  test.each([
    ['10de:', 'VENDOR = "10de"', 1],
    ['10de:', 'VENDOR = "8086"', 0],
    ['10de:', 'CLASS = "0302"', 1],
    ['10de::0302', 'CLASS = "0302", COUNT = 3', 3],
    ['10de::0302', 'VENDOR = "10de", CLASS = "0300"', 0],
    ['::03xx', 'VENDOR = "10de", CLASS = "0300"', 1],
    ['::03xx', 'CLASS = "0200"', 0],
    ['::03xx', 'TYPE = "NIC"', 0],
    ['::02xx', 'TYPE = "NIC"', 1],
    ['10de:20b0', 'SHORT_ADDRESS = "3b:00.0"', 1],
    ['10de:', 'VENDOR = "10de", OPTIONAL = "YES"', 1],
    ['10de:', 'VENDOR = "10de", FUNCTIONS = "ALL", COUNT = 2', 2],
    [':', 'VENDOR = "8086", COUNT = 4', 4],
  ])('%s against PCI = [ %s ]: %i', (selector, block, count) => {
    const { requests } = readTemplate(`MEMORY = 64\nPCI = [ ${block} ]`)
    expect(countAgainst(parseQuotaSelector(selector), requests)).toBe(count)
  })
})
