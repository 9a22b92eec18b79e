/** What diagnosis finds, and what it leaves alone, on hosts of a few devices. */
import { describe, expect, test } from 'vitest'
import type { Device, Msix } from '../../src/model/device.ts'
import { diagnosisOf } from '../../src/model/diagnosis.ts'
import { type Finding, isWarning } from '../../src/model/finding.ts'
import type { PassthroughFacts } from '../../src/model/passthrough-facts.ts'
import { at, id, reported } from '../support/reports.ts'

const FACTS: PassthroughFacts = {
  upstream: null,
  acs: false,
  flr: true,
  resettable: true,
  barSizes: null,
  msi: true,
  irq: null,
  rom: true,
  reservedMemory: false,
}

interface Fields extends Partial<Omit<Device, 'passthrough'>> {
  readonly passthrough?: Partial<PassthroughFacts>
}

/** A function that nothing is wrong with. */
function device(address: string, { passthrough, ...fields }: Fields = {}): Device {
  return reported(address, {
    resetMethods: ['flr', 'bus'],
    ...fields,
    passthrough: { ...FACTS, ...passthrough },
  })
}

const bridge = (address: string, { passthrough, ...fields }: Fields = {}): Device =>
  device(address, {
    bridge: true,
    classId: id('0604'),
    ...fields,
    passthrough: { acs: true, ...passthrough },
  })

function found(devices: readonly Device[], address: string): readonly Finding[] {
  const wanted = devices.find((one) => one.address === at(address))
  if (wanted === undefined) throw new Error(`no device ${address}`)
  return diagnosisOf(devices)(wanted)
}

const alone = (fields: Fields) => found([device('3b:00.0', fields)], '3b:00.0')

test('a device that nothing is wrong with has no findings', () => {
  expect(alone({ iommuGroup: 12 })).toEqual([])
})

test('a bridge or a chipset function has none, whatever is wrong with it', () => {
  const wrong = { resetMethods: [], passthrough: { resettable: false, reservedMemory: true } }
  expect(found([bridge('00:01.0', wrong)], '00:01.0')).toEqual([])
  expect(found([device('00:1f.0', { ...wrong, classId: id('0601') })], '00:1f.0')).toEqual([])
})

describe('MSI-X', () => {
  const msix = (fields: Partial<Msix> = {}): Msix => ({
    ...{ vectors: 22, tableBar: 0, tableOffset: 0x2000, pbaBar: 0, pbaOffset: 0x3000, overlap: false },
    ...fields,
  })

  test.each<[string, Msix, readonly number[] | null, readonly Finding[]]>([
    ['in BARs that are large enough', msix(), [0x4000, 0, 0, 0, 0, 0], []],
    ['in BARs that were not read', msix(), null, []],
    [
      "that overlaps, as a Xilinx card's table of 2 at 0x40 and its pending bits at 0x50 do",
      msix({ vectors: 2, tableOffset: 0x40, pbaOffset: 0x50, overlap: true }),
      [0x1000000, 0, 0x10000000, 0, 0, 0],
      [{ code: 'msix-overlap', bar: 0 }],
    ],
    [
      'whose table ends where the BAR does',
      msix({ pbaBar: 2 }),
      [0x2160, 0, 8192, 0, 0, 0],
      [{ code: 'msix-outside-bar', part: 'pending bits', bar: 2, end: 0x3008, size: 8192 }],
    ],
    [
      'whose table ends a byte behind the BAR',
      msix({ pbaBar: 2, pbaOffset: 0 }),
      [0x215f, 0, 8, 0, 0, 0],
      [{ code: 'msix-outside-bar', part: 'table', bar: 0, end: 0x2160, size: 0x215f }],
    ],
    [
      'whose 65 vectors take two words of pending bits',
      msix({ vectors: 65, tableBar: 4, tableOffset: 0, pbaBar: 5, pbaOffset: 0 }),
      [0, 0, 0, 0, 0x1000, 8],
      [{ code: 'msix-outside-bar', part: 'pending bits', bar: 5, end: 16, size: 8 }],
    ],
    [
      'in BARs that there are none of',
      msix({ tableBar: 1, pbaBar: 7, pbaOffset: 0 }),
      [0x4000, 0, 0, 0, 0, 0],
      [
        { code: 'msix-outside-bar', part: 'table', bar: 1, end: 0x2160, size: 0 },
        { code: 'msix-outside-bar', part: 'pending bits', bar: 7, end: 8, size: 0 },
      ],
    ],
  ])('%s', (_, place, barSizes, findings) => {
    expect(alone({ msix: place, passthrough: { barSizes } })).toEqual(findings)
  })
})

describe('reset', () => {
  const instead = (methods: readonly string[], ...others: string[]) => [
    { code: 'no-function-reset', methods, others: others.map(at) },
  ]

  test.each<[string, readonly string[], Partial<PassthroughFacts>, readonly object[]]>([
    ['flr', ['flr'], {}, []],
    ['a reset of the device driver for this model', ['device_specific', 'bus'], { flr: false }, []],
    ['flr of advanced features', ['af_flr'], { flr: true }, []],
    ['announced flr that the kernel does not use', ['pm', 'bus'], { flr: true }, instead(['pm', 'bus'])],
    ['power management', ['pm'], { flr: false }, instead(['pm'])],
    ['a bus reset of its own bus', ['bus'], { flr: false, upstream: at('00:01.0') }, instead(['bus'])],
    ['none', [], { flr: false, resettable: false }, [{ code: 'no-reset' }]],
    ['an old kernel, flr announced', [], { flr: true }, []],
    ['an old kernel, config space not readable', [], { flr: null }, []],
    ['an old kernel, no flr', [], { flr: false }, instead([])],
  ])('by %s', (_, resetMethods, passthrough, findings) => {
    expect(alone({ resetMethods, passthrough })).toEqual(findings)
  })

  test('a bus reset names the other functions below the bridge that are in other groups', () => {
    const below = (group: number) => ({
      ...{ iommuGroup: group, resetMethods: ['bus'] },
      passthrough: { flr: false, upstream: at('00:01.0') },
    })
    const devices = [
      bridge('00:01.0', { iommuGroup: 1 }),
      device('3b:00.0', below(12)),
      device('3b:00.1', below(12)),
      device('3b:00.2', below(13)),
      device('3c:00.0', { passthrough: { upstream: at('00:02.0') } }),
    ]
    const [reset] = found(devices, '3b:00.0')
    expect([reset]).toEqual(instead(['bus'], '3b:00.2'))
    expect(reset && isWarning(reset)).toBe(true)
  })

  test('a function that has another way first takes nobody along', () => {
    const fields = { resetMethods: ['pm', 'bus'], passthrough: { upstream: at('00:01.0') } }
    const [reset] = found([device('3b:00.0', fields), device('3b:00.1', fields)], '3b:00.0')
    expect([reset]).toEqual(instead(['pm', 'bus']))
    expect(reset && isWarning(reset)).toBe(false)
  })
})

describe('isolation', () => {
  const cause = (devices: readonly Device[], address: string) => {
    const [finding] = found(devices, address)
    return finding?.code === 'not-isolated' ? [finding.cause, isWarning(finding)] : finding
  }

  test('a device with only bridges in its group is isolated', () => {
    const devices = [
      bridge('00:01.0', { iommuGroup: 1, passthrough: { acs: false } }),
      device('3b:00.0', { iommuGroup: 1, passthrough: { upstream: at('00:01.0') } }),
    ]
    expect(found(devices, '3b:00.0')).toEqual([])
  })

  test('a bridge without ACS above it is named, beyond one that has it', () => {
    const devices = [
      bridge('00:01.0', { iommuGroup: 1, passthrough: { acs: false } }),
      bridge('3a:00.0', { iommuGroup: 1, passthrough: { upstream: at('00:01.0') } }),
      device('3b:00.0', { iommuGroup: 1, passthrough: { upstream: at('3a:00.0') } }),
      device('00:01.1', { iommuGroup: 1 }),
    ]
    expect(found(devices, '3b:00.0')).toEqual([
      {
        code: 'not-isolated',
        group: 1,
        mates: [at('00:01.1')],
        cause: { kind: 'bridge', bridge: at('00:01.0') },
      },
    ])
  })

  test('where none is known to lack it, the nearest is', () => {
    const facts = { iommuGroup: 1, passthrough: { upstream: at('00:01.0') } }
    const devices = [bridge('00:01.0', { iommuGroup: 1 }), device('3b:00.0', facts), device('3b:01.0', facts)]
    expect(cause(devices, '3b:00.0')).toEqual([{ kind: 'bridge', bridge: at('00:01.0') }, true])
  })

  test('a conventional bus is another matter than missing ACS', () => {
    const facts = { iommuGroup: 28, pcie: false, passthrough: { upstream: at('0a:00.0') } }
    const devices = [
      bridge('0a:00.0', { iommuGroup: 28, passthrough: { acs: false } }),
      device('0b:01.0', facts),
      device('0b:02.0', facts),
    ]
    expect(cause(devices, '0b:01.0')).toEqual([{ kind: 'conventional', bridge: at('0a:00.0') }, true])
  })

  test('functions of one slot below a bridge of another group are worth a note', () => {
    const facts = { iommuGroup: 26, passthrough: { upstream: at('00:04.7') } }
    const devices = [
      bridge('00:04.7', { iommuGroup: 10 }),
      device('08:00.0', facts),
      device('08:00.1', facts),
    ]
    expect(cause(devices, '08:00.0')).toEqual([{ kind: 'functions' }, false])
  })

  test('without a way up the cause is not known', () => {
    const devices = [device('08:00.0', { iommuGroup: 1 }), device('09:00.0', { iommuGroup: 1 })]
    expect(cause(devices, '08:00.0')).toEqual([{ kind: 'unknown' }, true])
  })

  test('a tree that leads in a circle ends', () => {
    const devices = [
      bridge('00:01.0', { iommuGroup: 1, passthrough: { upstream: at('00:02.0') } }),
      bridge('00:02.0', { iommuGroup: 1, passthrough: { upstream: at('00:01.0') } }),
      device('3b:00.0', { iommuGroup: 1, passthrough: { upstream: at('00:01.0') } }),
      device('3b:00.1', { iommuGroup: 1 }),
    ]
    expect(cause(devices, '3b:00.0')).toEqual([{ kind: 'bridge', bridge: at('00:01.0') }, true])
  })
})

describe('interrupts', () => {
  const line = (irq: number | null, msi: boolean | null, iommuGroup: number) => ({
    iommuGroup,
    passthrough: { irq, msi },
  })

  test.each<[string, boolean | null, number, boolean]>([
    ['without MSI it is trouble', false, 20, true],
    ['with MSI it is none', true, 20, false],
    ['what is not known is none', null, 20, false],
    ['another line is none', false, 21, false],
  ])('a line shared with a device of another group: %s', (_, msi, irq, trouble) => {
    const devices = [device('3b:00.0', line(irq, msi, 1)), device('3c:00.0', line(20, true, 2))]
    expect(found(devices, '3b:00.0')).toEqual(
      trouble ? [{ code: 'shared-interrupt', irq: 20, others: [at('3c:00.0')] }] : [],
    )
  })

  test('a line shared within the group is none', () => {
    const devices = [device('3b:00.0', line(20, false, 1)), device('3b:00.1', line(20, false, 1))]
    expect(found(devices, '3b:00.0').map(({ code }) => code)).toEqual(['not-isolated'])
  })
})

test.each<[string, Fields, readonly Finding['code'][]]>([
  ['memory that the firmware demands', { passthrough: { reservedMemory: true } }, ['reserved-memory']],
  ['a VGA controller without a ROM', { classId: id('0300'), passthrough: { rom: false } }, ['no-rom']],
  ['another display without a ROM', { classId: id('0302'), passthrough: { rom: false } }, []],
  [
    'a VF of a VGA controller, which has none',
    { classId: id('0300'), kind: 'vf', passthrough: { rom: false } },
    [],
  ],
])('%s: %j', (_, fields, codes) => {
  expect(alone(fields).map(({ code }) => code)).toEqual(codes)
})

test('of a probe of an earlier version, only what it told is judged', () => {
  const msix = { vectors: 2, tableBar: 0, tableOffset: 0, pbaBar: 0, pbaOffset: 0, overlap: true }
  const old = reported('3b:00.0', { iommuGroup: 1, resetMethods: ['bus'], classId: id('0300'), msix })
  const codes = diagnosisOf([old, reported('3b:00.1', { iommuGroup: 1 })])(old).map(({ code }) => code)
  expect(codes).toEqual(['msix-overlap', 'not-isolated'])
})
