/** The core's assignment of PCI devices, and the order of blocks in which it would work. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstFit } from '../../src/opennebula/pci/first-fit.ts'
import { orderThatFits, someOrderFits } from '../../src/opennebula/pci/other-order.ts'
import { readPciRequest } from '../../src/opennebula/pci/request.ts'
import { emptyKinds, type PciAsk, type PciTable, pciAsk, pciTable } from '../../src/opennebula/pci/table.ts'
import { readHost } from '../../src/opennebula/xml/host.ts'
import { nextChild, openXml } from '../../src/opennebula/xml/reader.ts'
import { host } from './build.ts'
import { type Block, give, type NaiveDevice } from './naive-core.ts'

const A100 = '10de:20b0:0302'
const V100 = '10de:1db4:0302'
const NIC = '15b3:101e:0200'

interface Asked {
  readonly table: PciTable
  readonly ask: PciAsk
}

function asked(devices: readonly string[], blocks: readonly Block[]): Asked {
  const reader = openXml(host({ id: 0, devices }))
  nextChild(reader)
  const kinds = emptyKinds()
  const table = pciTable(readHost(reader).pci, kinds)
  const requests = blocks.map((block, n) => readPciRequest(new Map(Object.entries(block)), n))
  return { table, ask: pciAsk(requests, kinds) }
}

/** Short addresses by block, in the template's order. */
function given({ table, ask }: Asked): Record<number, string> | null {
  const positions = firstFit(table, ask)
  if (positions === null) return null
  return Object.fromEntries(
    ask.requests.map(({ index }, n) => [index, table.devices[positions[n] ?? -1]?.shortAddress ?? '']),
  )
}

describe('first fit', () => {
  const devices = [`af:00.2 ${NIC}`, `3b:00.1 ${A100}`, `3b:00.0 ${V100}`, `3c:00.0 ${A100} vm=7`]

  test.each<[string, Block[], Record<number, string> | null]>([
    ['the lowest free address is given', [{ VENDOR: '10de' }], { 0: '3b:00.0' }],
    ['a device that a VM has is passed over', [{ DEVICE: '20b0' }], { 0: '3b:00.1' }],
    [
      'the next block gets the next',
      [{ VENDOR: '10de' }, { VENDOR: '10de' }],
      { 0: '3b:00.0', 1: '3b:00.1' },
    ],
    [
      'nothing is taken back: the wide block first leaves the narrow one without',
      [{ VENDOR: '10de' }, { VENDOR: '10de', DEVICE: '1db4' }],
      null,
    ],
    [
      'the narrow block first serves both',
      [{ VENDOR: '10de', DEVICE: '1db4' }, { VENDOR: '10de' }],
      { 0: '3b:00.0', 1: '3b:00.1' },
    ],
    [
      'a block for an address is served first wherever it stands',
      [{ VENDOR: '10de' }, { SHORT_ADDRESS: '3b:00.0' }],
      { 0: '3b:00.1', 1: '3b:00.0' },
    ],
    ['an address that a VM has', [{ SHORT_ADDRESS: '3c:00.0' }], null],
    ['an address that is not there', [{ SHORT_ADDRESS: '99:00.0' }], null],
    [
      'an address beside ids is what the core wrote when the VM ran: the ids count',
      [{ SHORT_ADDRESS: '99:00.0', VENDOR: '15b3' }],
      { 0: 'af:00.2' },
    ],
    ['one address twice', [{ SHORT_ADDRESS: '3b:00.0' }, { SHORT_ADDRESS: '3b:00.0' }], null],
    ['ids are numbers', [{ VENDOR: '0x0010DE', CLASS: '302' }], { 0: '3b:00.0' }],
    ['a missing id is any', [{ CLASS: '0200' }], { 0: 'af:00.2' }],
    ['what is no number never fits', [{ VENDOR: '10de', DEVICE: '*' }], null],
    ['a block that says nothing never fits', [{}], null],
    ['no block, nothing to give', [], {}],
  ])('%s', (_, blocks, expected) => {
    expect(given(asked(devices, blocks))).toEqual(expected)
  })

  test('addresses are compared as texts: domain 10000 stands between 0000 and 2000', () => {
    const far = [`2000:01:00.0 ${NIC}`, `10000:01:00.0 ${NIC}`]
    expect(given(asked(far, [{ CLASS: '0200' }]))).toEqual({ 0: '10000:01:00.0' })
  })
})

describe('devices of one host with equal SHORT_ADDRESS, whose records dropped the domain', () => {
  const twins = [`3b:00.0 ${A100}`, `10000:3b:00.0 ${A100} short=3b:00.0`]
  const both = [{ VENDOR: '10de' }, { VENDOR: '10de' }]

  test.each<[string, string[], Block[], number | null]>([
    ['cannot both go to one VM', twins, both, null],
    ['nor without one', twins.map((text) => `${text.replace(/ short=.*/, '')} short=`), both, null],
    ['are passed over for another', [...twins, `af:00.0 ${A100}`], both, 2],
    [
      'are hidden by a block for the address',
      twins,
      [{ VENDOR: '10de' }, { SHORT_ADDRESS: '3b:00.0' }],
      null,
    ],
    [
      'a block for the address looks at the first only',
      [`3b:00.0 ${A100} vm=7`, `10000:3b:00.0 ${A100} short=3b:00.0`],
      [{ SHORT_ADDRESS: '3b:00.0' }],
      null,
    ],
  ])('%s', (_, devices, blocks, expected) => {
    const { table, ask } = asked(devices, blocks)
    expect(firstFit(table, ask)?.length ?? null).toBe(expected)
    expect(someOrderFits(table, ask)).toBe(expected !== null)
  })

  test('what the core gives then is the first free device all the same: it asks so, and gives otherwise', () => {
    const { table, ask } = asked([...twins, `af:00.0 ${A100}`], both)
    expect(firstFit(table, ask)).toEqual([0, 1])
  })
})

describe('another order of the blocks', () => {
  test.each<[string, string[], Block[], number[] | null]>([
    [
      'the narrow block goes first',
      [`3b:00.0 ${V100}`, `3b:00.1 ${A100}`],
      [{ VENDOR: '10de' }, { DEVICE: '1db4' }],
      [1, 0],
    ],
    [
      'as little as possible is moved',
      [`01:00.0 ${V100}`, `02:00.0 ${A100}`, `03:00.0 ${NIC}`],
      [{ CLASS: '0200' }, { CLASS: '0302' }, { DEVICE: '1db4' }],
      [0, 2, 1],
    ],
    ['too few devices for any order', [`3b:00.0 ${V100}`], [{ VENDOR: '10de' }, { DEVICE: '1db4' }], null],
    [
      'one address twice',
      [`3b:00.0 ${V100}`],
      [{ SHORT_ADDRESS: '3b:00.0' }, { SHORT_ADDRESS: '3b:00.0' }],
      null,
    ],
    [
      'blocks for an address come first anyhow',
      [`01:00.0 ${V100}`, `02:00.0 ${A100}`, `03:00.0 ${V100}`],
      [{ VENDOR: '10de' }, { DEVICE: '20b0' }, { SHORT_ADDRESS: '01:00.0' }],
      [2, 1, 0],
    ],
  ])('%s', (_, devices, blocks, order) => {
    const { table, ask } = asked(devices, blocks)
    expect(orderThatFits(table, ask)).toEqual(order)
  })
})

const device = fc.record({
  bus: fc.integer({ min: 1, max: 12 }),
  type: fc.constantFrom(A100, V100, NIC, '10de:20b0:0200', '1002:740f:0302'),
  taken: fc.boolean(),
  /** Bus in its SHORT_ADDRESS: its own, or one that several have. */
  told: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 3 }),
})
const block = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      {
        VENDOR: fc.constantFrom('10de', '15b3', '1002'),
        DEVICE: fc.constantFrom('20b0', '1db4'),
        CLASS: fc.constantFrom('0302', '200'),
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }).map((bus) => ({ SHORT_ADDRESS: shortOf(bus) })) },
)
const shortOf = (bus: number): string => `${bus.toString(16).padStart(2, '0')}:00.0`

const world = fc.record({
  devices: fc.uniqueArray(device, { maxLength: 9, selector: ({ bus }) => bus }),
  blocks: fc.array(
    block.filter((b) => Object.keys(b).length > 0),
    { maxLength: 5 },
  ),
})

interface World {
  readonly devices: readonly {
    readonly bus: number
    readonly type: string
    readonly taken: boolean
    readonly told: number | null
  }[]
  readonly blocks: readonly Block[]
}

const asPlaced = ({ devices, blocks }: World): Asked =>
  asked(
    devices.map(
      ({ bus, type, taken, told }) =>
        `${shortOf(bus)} ${type} short=${shortOf(told ?? bus)}${taken ? ' vm=3' : ''}`,
    ),
    blocks,
  )

function asNaive({ devices }: World): NaiveDevice[] {
  return devices.map(({ bus, type, taken, told }) => {
    const [VENDOR = '', DEVICE = '', CLASS = ''] = type.split(':')
    return {
      address: `0000:${shortOf(bus).replace('.', ':')}`,
      short: shortOf(told ?? bus),
      ids: { VENDOR, DEVICE, CLASS },
      vm: taken ? 3 : -1,
    }
  })
}

test('first fit gives what a plain telling of the core gives', () => {
  fc.assert(
    fc.property(world, (made) => {
      const naive = asNaive(made)
      const could = give(naive, made.blocks, 9)
      const { table, ask } = asPlaced(made)
      const mine = firstFit(table, ask)
      expect(mine !== null).toBe(could)
      const addresses = mine?.map((position) => table.devices[position]?.address) ?? []
      expect(addresses.sort()).toEqual(
        naive
          .filter(({ vm }) => vm === 9)
          .map(({ address }) => address)
          .sort(),
      )
    }),
    { numRuns: 500 },
  )
})

function* permutations(list: readonly number[]): Iterable<readonly number[]> {
  if (list.length === 0) yield []
  for (const one of list)
    for (const rest of permutations(list.filter((other) => other !== one))) yield [one, ...rest]
}

test('an order is found exactly when trying them all finds one, and it works in the plain core', () => {
  fc.assert(
    fc.property(world, (made) => {
      const { table, ask } = asPlaced(made)
      const inOrder = (order: readonly number[]) => order.map((n) => made.blocks[n] ?? {})
      const any = [...permutations([...made.blocks.keys()])].some((order) =>
        give(asNaive(made), inOrder(order), 9),
      )
      const order = orderThatFits(table, ask)
      expect(order !== null).toBe(any)
      expect(someOrderFits(table, ask)).toBe(any)
      if (order !== null) expect(give(asNaive(made), inOrder(order), 9)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
