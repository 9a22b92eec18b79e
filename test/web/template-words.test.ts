/** What the templates' pages make of texts and of the cluster's types of devices, without a browser. */
import { describe, expect, test } from 'vitest'
import { parseTemplate } from '../../src/template/parse.ts'
import { vectorsOf } from '../../src/template/values.ts'
import type { DeviceType } from '../../src/web/api/documents.ts'
import { asksOf } from '../../src/web/templates/asks.ts'
import { searched } from '../../src/web/templates/search-types.ts'
import { coverageOf, selectionOf } from '../../src/web/templates/selection.ts'
import { suggestionsFor } from '../../src/web/templates/suggestions.ts'

function type(ids: string, more: Partial<DeviceType> = {}): DeviceType {
  const [vendor = '', device = '', classId = ''] = ids.split(':')
  return {
    ...{ type: ids, vendor, device, class: classId, kinds: ['plain'] },
    ...{ vendorName: null, deviceName: null, className: null },
    ...{ total: 1, free: 1, hosts: 1, hostsWithFree: 1, states: { free: 1 } },
    ...more,
  }
}

const NVIDIA = { vendorName: 'NVIDIA', className: '3D controller' }
const TYPES = [
  type('10de:20b0:0302', { ...NVIDIA, deviceName: 'GA100', total: 8, free: 3, hosts: 2 }),
  type('10de:2236:0302', { ...NVIDIA, deviceName: 'GA102GL', total: 4, free: 1, hosts: 3, kinds: ['pf'] }),
  type('8086:1572:0200', { total: 2, kinds: ['pf', 'vf'] }),
  type('8086:154c:0200', { total: 6, free: 6, kinds: ['vf'] }),
]

const blockOf = (pairs: string) => {
  const [block] = vectorsOf(parseTemplate(`PCI = [ ${pairs} ]`), 'PCI')
  if (block === undefined) throw new Error('no block')
  return block
}

describe('a template in short', () => {
  test.each([
    ['VENDOR = 10de, DEVICE = 20B0', 'GA100'],
    ['VENDOR = 0x10de, CLASS = 302, COUNT = 2', '2 × any NVIDIA 3D controller'],
    ['VENDOR = 10de', 'any NVIDIA device'],
    ['CLASS = 0302, OPTIONAL = yes, FUNCTIONS = ALL', 'any 3D controller, all functions, optional'],
    ['VENDOR = 1234, CLASS = 0302', '1234:*:0302'],
    ['CLASS = 0200, KIND = vf', '*:*:0200, VF'],
    ['SHORT_ADDRESS = "3b:00.0", VENDOR = 10de', '3b:00.0'],
    ['TYPE = NIC, VLAN_ID = 7', 'any network VF, NIC'],
    ['', 'nothing yet'],
  ])('PCI = [ %s ] asks for %s', (pairs, words) => {
    expect(asksOf(`PCI = [ ${pairs} ]`, TYPES)?.pci).toEqual([words])
  })

  test('has CPU, memory, firmware and USB devices', () => {
    const text =
      'CPU = 0.5\nMEMORY = 2048\nOS = [ FIRMWARE = uefi, FIRMWARE_SECURE = YES ]\nUSB = [ VENDOR = 0529, PORT = 1-2 ]'
    expect(asksOf(text, [])).toEqual({
      ...{ cpu: 50, memoryMiB: 2048, firmware: 'UEFI, Secure Boot', pci: [], usb: ['0529:*, port 1-2'] },
    })
  })

  test('a text that is none has none', () => expect(asksOf('CPU = [', [])).toBeNull())
})

describe('what a block covers', () => {
  test.each([
    ['VENDOR = 10de, DEVICE = 20b0, CLASS = 0302', { total: 8, free: 3, hosts: 2, isExact: true }],
    ['CLASS = 302', { total: 12, free: 4, hosts: 3, isExact: false }],
    ['VENDOR = 10de, KIND = PF', { total: 4, free: 1, hosts: 3, isExact: true }],
    ['DEVICE = 1572, KIND = VF', { total: 2, free: 1, hosts: 1, isExact: false }],
    ['TYPE = NIC', { total: 8, free: 7, hosts: 1, isExact: false }],
    ['VENDOR = ffff', { total: 0, free: 0, hosts: 0, isExact: true }],
  ])('PCI = [ %s ] covers %j', (pairs, expected) => {
    const selection = selectionOf(blockOf(pairs))
    expect(selection && coverageOf(selection, TYPES)).toMatchObject(expected)
  })

  test.each(['', 'COUNT = 2', 'ADDRESS = "0000:3b:00.0"', 'VENDOR = ffff1'])(
    'PCI = [ %s ] cannot be counted by type',
    (pairs) => expect(selectionOf(blockOf(pairs))).toBeNull(),
  )
})

test('ids are suggested that go with those that are pinned', () => {
  const suggested = suggestionsFor('DEVICE', blockOf('VENDOR = 0x10DE, DEVICE = 1'), TYPES)
  expect(suggested).toEqual([
    { value: '20b0', words: 'GA100' },
    { value: '2236', words: 'GA102GL' },
  ])
})

describe('the search for a type', () => {
  test.each([
    ['', 4],
    ['ga10', 2],
    ['154C', 1],
    ['10de::0302', 2],
    ['::02xx', 2],
    ['8086:1572,10de:20b0', 2],
  ])('%j finds %i', (search, count) => {
    expect(searched(TYPES, search)).toEqual({ types: expect.objectContaining({ length: count }) })
  })

  test('a filter that is none says why', () => {
    expect(searched(TYPES, '10de:zz')).toMatchObject({ wrong: expect.stringContaining('"zz" is no device') })
  })
})
