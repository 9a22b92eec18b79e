/** OpenNebula's pci.conf as its own probe reads it. */
import { describe, expect, test } from 'vitest'
import { parsePciConf } from '../../../probes/pci/conf.ts'

describe(':filter:', () => {
  test.each([
    ['a text', ":filter: '8086:*'", ['8086:*']],
    ['a list', ":filter:\n - '8086:*'\n - '10de:*,::0200'", ['8086:*', '10de:*,::0200']],
    ['left empty: all', ':filter:\n', null],
    ['an empty text: none', ":filter: ''", ['']],
    ['absent: none', ":nvidia_vendors: ['10de']", []],
    ['an empty file: none', '# nothing\n', []],
    ['an id that YAML would take for a number', ':filter: 0010', ['0010']],
  ])('%s', (_, text, filters) => {
    expect(parsePciConf(text, 'pci.conf').filters).toEqual(filters)
  })
})

test('the other keys', () => {
  const text =
    ":short_address: ['3b:00.0']\n:device_name: [mellanox, 'A1.0']\n:nvidia_vendors: ['10de', '0x10DF']\n"
  expect(parsePciConf(text, 'pci.conf')).toMatchObject({
    shortAddresses: ['3b:00.0'],
    deviceNames: ['mellanox', 'A1.0'],
    nvidiaVendors: ['10de', '10df'],
  })
})

test.each([
  ['no YAML', ':filter: [', 'pci.conf is no YAML'],
  ['a list', '- a', 'no mapping'],
  ['a mapping as filter', ':filter: {a: b}', ':filter: takes a text'],
])('%s is refused with the file named', (_, text, message) => {
  expect(() => parsePciConf(text, 'pci.conf')).toThrow(message)
  expect(() => parsePciConf(text, 'pci.conf')).toThrow(expect.objectContaining({ code: 'wrong-config' }))
})
