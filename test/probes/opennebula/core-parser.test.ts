/** Whatever names, interfaces and profiles a host has: the core reads every device, with all its keys and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openNebulaInventory } from '../../../probes/format/opennebula.ts'
import { parseFunction } from '../../../probes/pci/parse.ts'
import { parseAddress } from '../../../src/model/address.ts'
import { coreParse } from './core-lexer.ts'

/** What could end a value, begin a comment, or break the XML that the core keeps. */
const PIECES = [
  '"',
  '\\',
  ']',
  ']]',
  '>',
  ']]>',
  '[',
  '=',
  ',',
  '#',
  '\n',
  '\r',
  '\t',
  '\0',
  '&',
  '<',
  '\ud800',
]
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 }))).map((parts) => parts.join('')),
)

function device(vendorName: string, deviceName: string, className: string) {
  const address = parseAddress('0000:3b:00.0')
  if (address === null) throw new Error('no address')
  const parsed = parseFunction({
    ...{ address, path: null, uevent: null, class: '0x030200', vendor: '0x10de', device: '0x20b0' },
    ...{
      subsystemVendor: null,
      subsystemDevice: null,
      revision: null,
      numaNode: '-1',
      resetMethod: 'flr bus',
    },
    ...{ totalVfs: null, numVfs: null, driver: 'nvidia', iommuGroup: '7', physfn: '0000:3b:00.1' },
    ...{ virtualFunctions: new Map<string, number>(), networkInterfaces: [], capabilities: null },
    ...{ resource: null, irq: null, resettable: true, rom: false },
  })
  if ('unreadable' in parsed) throw new Error(`no ${parsed.unreadable}`)
  return { ...parsed, vendorName, deviceName, className }
}

const printed = (
  names: readonly [string, string, string],
  interfaceName: string,
  profiles: readonly string[],
) =>
  openNebulaInventory([device(...names), device(...names)], {
    nvidiaVendors: ['10de'],
    hidden: () => false,
    interfaceName: () => interfaceName,
    virtualGpu: () => ({ profiles, mode: 'nvidia' }),
    iommuMates: () => ['3b:00.1'],
  })

const KEYS =
  'TYPE VENDOR VENDOR_NAME DEVICE CLASS CLASS_NAME ADDRESS SHORT_ADDRESS DOMAIN BUS SLOT FUNCTION NUMA_NODE IFNAME SRIOV DEVICE_NAME UUID PROFILES MDEV_MODE IOMMU_GROUP IOMMU_MATES DRIVER RESET_METHODS PARENT'

test('the core reads every device with the keys it has', () => {
  fc.assert(
    fc.property(
      fc.tuple(text, text, text),
      text,
      fc.array(text, { maxLength: 3 }),
      (names, ifname, profiles) => {
        const output = printed(names, ifname, profiles)
        const vectors = coreParse(output)
        expect(vectors.map(({ name }) => name)).toEqual(['PCI', 'PCI'])
        for (const { pairs } of vectors) {
          expect(pairs.map(([key]) => key).join(' ')).toBe(KEYS)
          // Characters that XML 1.0 cannot carry (2.2), and what is no text in UTF-8.
          for (const [, value] of pairs)
            expect(value).not.toMatch(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u)
          for (const [, value] of pairs) expect(value).not.toMatch(/["\n\r]|\]\]>/)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

describe('the model refuses what the core refuses', () => {
  test.each([
    ['a double quote in a value', 'PCI = [\n NAME = "a "b" c" \n]\n'],
    ['a backslash before the closing quote', 'PCI = [\n NAME = "a\\" ,\n B = "c" \n]\n'],
    ['the end of a CDATA section', 'PCI = [\n NAME = "a ]]> b" \n]\n'],
  ])('%s', (_, input) => {
    expect(() => coreParse(input)).toThrow()
  })

  test('and reads brackets, commas, comment signs and other scripts within quotes', () => {
    expect(coreParse('PCI = [\n NAME = "A [b], #c = Ø²\\x" \n]\n')).toEqual([
      { name: 'PCI', pairs: [['NAME', 'A [b], #c = Ø²\\x']] },
    ])
  })
})

test('names that are sound go through byte for byte', () => {
  const sound = "R9 290X IceQ X² [Turbo] (rev #1), 'A' = B/C]] & <D>"
  expect(coreParse(printed([sound, 'x', sound], '-', []))[0]?.pairs).toContainEqual(['CLASS_NAME', sound])
})
