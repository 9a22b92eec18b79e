/** Identity: serial numbers where they tell devices apart, places where they do not. */
import { expect, test } from 'vitest'
import { identities } from '../../../probes/pci/identity.ts'
import { parseFunction } from '../../../probes/pci/parse.ts'
import type { RawFunction } from '../../../probes/pci/raw-function.ts'
import type { Address } from '../../../src/model/address.ts'
import { parseAddress } from '../../../src/model/address.ts'
import { hexId } from '../../../src/model/ids.ts'

const at = (text: string): Address => {
  const address = parseAddress(text)
  if (address === null) throw new Error(text)
  return address
}

const raw = (address: string, path: string, virtualFunctions = new Map<string, number>()): RawFunction => ({
  address: at(address),
  path,
  uevent: null,
  class: '0x020000',
  vendor: '0x8086',
  device: '0x1592',
  subsystemVendor: '0x8086',
  subsystemDevice: '0x0001',
  revision: null,
  numaNode: null,
  resetMethod: null,
  totalVfs: null,
  numVfs: null,
  driver: null,
  iommuGroup: null,
  physfn: null,
  virtualFunctions,
  networkInterfaces: [],
  capabilities: null,
  resource: null,
  irq: null,
  resettable: false,
  rom: false,
})

function identitiesOf(functions: readonly { readonly raw: RawFunction; readonly serial: string | null }[]) {
  const devices = functions.map(({ raw, serial }) => {
    const device = parseFunction(raw)
    if ('unreadable' in device) throw new Error(device.unreadable)
    return { ...device, vendorId: hexId(0x8086), capabilities: { serial } }
  })
  return [...identities(devices, new Map(functions.map(({ raw }) => [raw.address, raw]))).values()]
}

const PATH = '../../../devices/pci0000:00/0000:00:04.0/'

test('the functions of a card share a serial number and differ in their function', () => {
  expect(
    identitiesOf([
      { raw: raw('0000:03:00.0', `${PATH}0000:03:00.0`), serial: 'aa00bb11cc22dd33' },
      { raw: raw('0000:03:00.1', `${PATH}0000:03:00.1`), serial: 'aa00bb11cc22dd33' },
    ]),
  ).toEqual([
    'serial:aa00bb11cc22dd33/8086:1592:8086:0001/0',
    'serial:aa00bb11cc22dd33/8086:1592:8086:0001/1',
  ])
})

test('cards that all have one serial number go by their places', () => {
  expect(
    identitiesOf([
      { raw: raw('0000:03:00.0', `${PATH}0000:03:00.0`), serial: 'aa00bb11cc22dd33' },
      {
        raw: raw('0000:05:00.0', '../../../devices/pci0000:00/0000:00:05.0/0000:05:00.0'),
        serial: 'aa00bb11cc22dd33',
      },
    ]),
  ).toEqual(['path:0000:00/04.0/00.0', 'path:0000:00/05.0/00.0'])
})

test('renumbered buses change neither', () => {
  const before = identitiesOf([{ raw: raw('0000:03:00.0', `${PATH}0000:03:00.0`), serial: null }])
  const after = identitiesOf([{ raw: raw('0000:07:00.0', `${PATH}0000:07:00.0`), serial: null }])
  expect(after).toEqual(before)
})

test("a VF is its PF's, by index", () => {
  const pf = raw('0000:03:00.0', `${PATH}0000:03:00.0`, new Map([['0000:03:10.2', 1]]))
  const vf = { ...raw('0000:03:10.2', `${PATH}0000:03:10.2`), physfn: '0000:03:00.0' }
  expect(
    identitiesOf([
      { raw: vf, serial: null },
      { raw: pf, serial: 'aa00bb11cc22dd33' },
    ]).sort(),
  ).toEqual([
    'serial:aa00bb11cc22dd33/8086:1592:8086:0001/0',
    'serial:aa00bb11cc22dd33/8086:1592:8086:0001/0/vf1',
  ])
})
