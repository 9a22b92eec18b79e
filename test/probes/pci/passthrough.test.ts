/** What the probe reads for diagnosis, and that it reads it only where it matters. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { probePci } from '../../../probes/pci/probe.ts'
import { configSpace, createTree, type Entry, type Tree } from '../../support/sysfs-tree.ts'

let tree: Tree
let warnings: string[]
beforeEach(() => {
  tree = createTree()
  warnings = []
})
afterEach(() => tree.remove())

type Files = Readonly<Record<string, Entry | null>>

const facts = () => probePci(tree.sysfs, (message) => warnings.push(message)).map((one) => one.passthrough)

function factsOf(files: Files) {
  tree.pci('0000:00:03.0', files)
  return facts()[0]
}

const hex = (value: bigint) => `0x${value.toString(16).padStart(16, '0')}`
const bar = (first: bigint, size: bigint, flags = 0x40200n) =>
  `${hex(first)} ${hex(size === 0n ? 0n : first + size - 1n)} ${hex(size === 0n ? 0n : flags)}\n`
const NO_BAR = bar(0n, 0n)

/** A list of one capability at 50: MSI-X of 22 vectors in BAR 0. */
const MSIX = { 6: [0x10], 52: [0x50], 80: [0x11, 0x00, 0x15, 0x00, 0x00, 0x20, 0, 0, 0x00, 0x30, 0, 0] }
const PIN = { 61: [1] }

test('files that are not there leave the facts unknown, or say no', () => {
  expect(factsOf({})).toEqual({
    ...{ upstream: null, acs: null, flr: null, resettable: false, barSizes: null },
    ...{ msi: null, irq: null, rom: false, reservedMemory: null },
  })
  expect(warnings).toEqual([])
})

test('the bridge above is the one that the tree tells', () => {
  const port = tree.pci('0000:00:04.2', { class: '0x060400\n' })
  tree.pci('0000:03:00.0', {}, port)
  expect(facts().map((one) => one?.upstream)).toEqual([null, '0000:00:04.2'])
})

test.each<[string, Files, object]>([
  ['reset', { reset: '' }, { resettable: true, rom: false }],
  ['reset_method', { reset_method: 'flr\n' }, { resettable: true }],
  ['only that of a bridge', { reset_subordinate: '' }, { resettable: false }],
  ['rom', { rom: '' }, { rom: true }],
])('the file %s is told by its being there', (_, files, expected) => {
  expect(factsOf(files)).toMatchObject(expected)
})

describe('BARs', () => {
  const resource =
    bar(0xfe200000n, 0x4000n) +
    bar(0x2000n, 0x20n, 0x40101n) +
    bar(0xc100000000n, 1n << 37n, 0x14220cn) +
    NO_BAR +
    bar(0n, 0x1000n) +
    NO_BAR +
    bar(0xfe000000n, 0x20000n)

  test('sizes are read where MSI-X lies in them: large, not placed yet, not there', () => {
    const config = configSpace(256, MSIX)
    expect(factsOf({ config, resource })).toMatchObject({
      barSizes: [0x4000, 0x20, 2 ** 37, 0, 0x1000, 0],
      msi: true,
    })
  })

  test('without MSI-X they are not read', () => {
    expect(factsOf({ config: configSpace(256, {}), resource: 'folder:' })).toMatchObject({ barSizes: null })
    expect(warnings).toEqual([])
  })

  test.each([
    ['a file of another form', '0\n'],
    ['a file that is cut off', NO_BAR.repeat(5)],
    ['a last address before the first', `${hex(2n)} ${hex(0n)} ${hex(1n)}\n${NO_BAR.repeat(5)}`],
  ])('%s tells nothing', (_, text) => {
    expect(factsOf({ config: configSpace(256, MSIX), resource: text })).toMatchObject({ barSizes: null })
  })

  test("one VF's sizes are all its PF's VFs'", () => {
    tree.pci('0000:03:00.0', { sriov_totalvfs: '2\n', config: configSpace(256, MSIX), resource })
    const config = configSpace(256, { ...MSIX, 0: [0xff, 0xff, 0xff, 0xff] })
    const vf = { physfn: { link: '../0000:03:00.0' }, config }
    tree.pci('0000:03:10.0', {
      ...vf,
      resource: NO_BAR.repeat(3) + bar(0xc000000000n, 0x4000n) + NO_BAR.repeat(2),
    })
    tree.pci('0000:03:10.2', { ...vf, resource: 'folder:' })
    // Whichever is listed first is read; a folder in its place is named, and nothing else is.
    const sizes = facts().map((one) => one?.barSizes)
    expect(sizes[0]).toEqual([0x4000, 0x20, 2 ** 37, 0, 0x1000, 0])
    expect(sizes[1]).toEqual(sizes[2])
  })
})

describe('interrupts', () => {
  const MSI = { 6: [0x10], 52: [0x50], 80: [0x05, 0x00, 0x00, 0x00] }

  test.each<[string, Readonly<Record<number, readonly number[]>>, string, object]>([
    ['a pin and no MSI', PIN, '20\n', { irq: 20, msi: false }],
    ['a pin and MSI that is off', { ...PIN, ...MSI }, '20\n', { irq: 20, msi: true }],
    ['a pin and MSI that is on', { ...PIN, ...MSI, 82: [1, 0] }, '66\n', { irq: null, msi: true }],
    ['a pin and MSI-X that is on', { ...PIN, ...MSIX, 82: [0x15, 0x80] }, '66\n', { irq: null, msi: true }],
    ['no pin', MSI, '20\n', { irq: null, msi: true }],
    ['a pin that the firmware gave no line', PIN, '0\n', { irq: null, msi: false }],
    ['the pin of a bridge', { ...PIN, 14: [1] }, '20\n', { irq: null, msi: false }],
  ])('%s', (_, bytes, irq, expected) => {
    expect(factsOf({ config: configSpace(256, bytes), irq })).toMatchObject(expected)
  })

  test('what cannot be read without root is not known', () => {
    const config = configSpace(256, { ...PIN, ...MSI }).subarray(0, 64)
    expect(factsOf({ config })).toMatchObject({ msi: null, flr: null })
  })
})

test.each([
  [4, false],
  [5, true],
  [6, false],
])(
  "a port of type %i without ACS keeps devices apart: %j, which is a switch's upstream port's nature",
  (type, acs) => {
    const config = configSpace(4096, {
      6: [0x10],
      14: [1],
      52: [0x50],
      80: [0x10, 0, type << 4, 0, 0, 0, 0, 0x10],
    })
    expect(factsOf({ config })).toMatchObject({ acs, flr: true })
  },
)

describe('reserved memory', () => {
  const GROUP = 'sys/kernel/iommu_groups/7/reserved_regions'
  const MSI_WINDOW = '0x00000000fee00000 0x00000000feefffff msi\n'
  const inGroup = { iommu_group: { link: '../../../kernel/iommu_groups/7' } }

  test.each<[string, string, boolean]>([
    ['only the window of interrupts', MSI_WINDOW, false],
    ['what the kernel may ignore', `0x0 0xffffff direct-relaxable\n${MSI_WINDOW}`, false],
    ["the firmware's demand", `0x00000000000a0000 0x00000000000bffff direct\n${MSI_WINDOW}`, true],
    ["the firmware's demand, last", `${MSI_WINDOW}0xa0000 0xbffff direct`, true],
    ['none', '', false],
  ])('%s: %j', (_, text, expected) => {
    tree.write(GROUP, text)
    expect(factsOf(inGroup)?.reservedMemory).toBe(expected)
  })

  test('a group is asked once, and one of bridges never', () => {
    tree.pci('0000:00:01.0', { ...inGroup, class: '0x060400\n' })
    mkdirSync(join(tree.root, GROUP), { recursive: true })
    expect(facts()[0]?.reservedMemory).toBeNull()
    expect(warnings).toEqual([])
    tree.pci('0000:00:02.0', inGroup)
    tree.pci('0000:00:02.1', inGroup)
    expect(facts().map((one) => one?.reservedMemory)).toEqual([null, null, null])
    expect(warnings).toEqual([expect.stringContaining('reserved_regions cannot be read: EISDIR')])
    rmSync(join(tree.root, GROUP), { recursive: true })
  })
})
