/** The PCIe tree of a host's page and the outlines of its IOMMU groups: what they make of devices, complete or not. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Band, bandsOf, type Grouped } from '../../src/web/host/groups/bands.ts'
import { closedAtFirst, keptOf, rowsOf, waysTo } from '../../src/web/host/groups/rows.ts'
import { nodesOf, type PciNode, pciTree } from '../../src/web/host/groups/tree.ts'

type Function = Grouped & { readonly state: 'free' | 'missing' }

/** `upstream` undefined = nothing is told of how it is passed. */
function pci(address: string, upstream: string | null | undefined, more: Partial<Function> = {}): Function {
  return {
    ...{ address: `0000:${address}`, kind: 'plain', parent: null, identity: null, bridge: false },
    ...{ numaNode: null, iommuGroup: null, state: 'free' },
    passthrough: upstream === undefined ? null : facts(upstream === null ? null : `0000:${upstream}`),
    ...more,
  }
}

const facts = (upstream: string | null): NonNullable<Function['passthrough']> => ({
  ...{ upstream, acs: null, flr: null, resettable: true, barSizes: null, msi: null, irq: null },
  ...{ rom: false, reservedMemory: null },
})

const bridge = (address: string, upstream: string | null): Function =>
  pci(address, upstream, { bridge: true })

/** `root 0000:00 [port 00:01.1 [endpoint 01:00.0]]` */
function drawn(nodes: readonly PciNode<Function>[]): string {
  return nodes
    .map(({ kind, id, device, children }) => {
      const inferred = device === null && !['root', 'bus', 'vfs'].includes(kind) ? '?' : ''
      const below = children.length === 0 ? '' : ` [${drawn(children)}]`
      return `${kind}${inferred} ${id.replace(/\b0000:(?=.*\.)/, '')}${below}`
    })
    .join(', ')
}

const allOpen = () => true

describe('the tree', () => {
  test.each<readonly [string, readonly Function[], string]>([
    [
      'a switch: ports, switch, its ports and what is behind each',
      [
        bridge('00:01.1', null),
        bridge('01:00.0', '00:01.1'),
        bridge('02:00.0', '01:00.0'),
        bridge('02:08.0', '01:00.0'),
        pci('07:00.0', '02:00.0'),
        pci('0c:00.0', '02:08.0'),
        pci('00:00.0', null),
      ],
      'root 0000:00 [endpoint 00:00.0, port 00:01.1 [switch 01:00.0 [downstream 02:00.0 [endpoint 07:00.0], downstream 02:08.0 [endpoint 0c:00.0]]]]',
    ],
    [
      'bridges that a filter left out, by the path of what is behind them',
      [
        pci('07:00.0', '02:00.0', { identity: 'path:0000:00/01.1/00.0/00.0/00.0' }),
        pci('0c:00.0', '02:08.0', { identity: 'path:0000:00/01.1/00.0/08.0/00.0' }),
      ],
      'root 0000:00 [port? 00:01.1 [switch? path:00/01.1/00.0 [downstream? 02:00.0 [endpoint 07:00.0], downstream? 02:08.0 [endpoint 0c:00.0]]]]',
    ],
    [
      'a bridge that is known by another function below it alone',
      [
        pci('02:00.0', '00:1c.1', { identity: 'serial:00ff/8086:1533:15d9:0953/0' }),
        pci('02:00.1', '00:1c.1', { identity: 'path:0000:00/1c.1/00.1' }),
      ],
      'root 0000:00 [port? 00:1c.1 [endpoint 02:00.0, endpoint 02:00.1]]',
    ],
    [
      'a bridge that nothing tells the place of: its own bus, of which nothing above is known',
      [pci('3b:00.0', '3a:00.0', { identity: 'serial:00ff/8086:1592:8086:0002/0' })],
      'bus 0000:3a [bridge? 3a:00.0 [endpoint 3b:00.0]]',
    ],
    [
      'bus 00 begins at a root complex, whatever else is known',
      [pci('01:00.0', '00:1c.0')],
      'root 0000:00 [port? 00:1c.0 [endpoint 01:00.0]]',
    ],
    [
      'virtual functions below their physical function',
      [
        pci('3b:00.0', null, { kind: 'pf' }),
        pci('3b:01.0', null, { kind: 'vf', parent: '0000:3b:00.0' }),
        pci('3b:01.1', null, { kind: 'vf', parent: '0000:3b:00.0' }),
      ],
      'root 0000:3b [endpoint 3b:00.0 [vfs vfs:3b:00.0 [endpoint 3b:01.0, endpoint 3b:01.1]]]',
    ],
    [
      'a virtual function whose physical function is missing: where it hangs itself',
      [
        pci('3b:00.0', '3a:00.0', { kind: 'pf', state: 'missing' }),
        bridge('3a:00.0', null),
        pci('3b:01.0', '3a:00.0', { kind: 'vf', parent: '0000:3b:00.0' }),
      ],
      'root 0000:3a [port 3a:00.0 [endpoint 3b:01.0]]',
    ],
    [
      'a report of an earlier version, which told of no bridge: by bus, or by path',
      [pci('01:00.0', undefined), pci('3b:00.0', undefined, { identity: 'path:0000:3a/00.0/00.0' })],
      'bus 0000:01 [endpoint 01:00.0], root 0000:3a [port? 3a:00.0 [endpoint 3b:00.0]]',
    ],
    [
      'bridges that are said to hang on each other',
      [bridge('01:00.0', '02:00.0'), bridge('02:00.0', '01:00.0'), pci('03:00.0', '02:00.0')],
      'bus 0000:01 [bridge 01:00.0 [bridge 02:00.0 [endpoint 03:00.0]]]',
    ],
    ['a device that hangs on itself', [pci('05:00.0', '05:00.0')], 'bus 0000:05 [endpoint 05:00.0]'],
  ])('%s', (_, devices, expected) => {
    expect(drawn(pciTree(devices))).toBe(expected)
    expect(drawn(pciTree([...devices].reverse()))).toBe(expected)
  })

  test('a domain that a VMD opened stays one of its own', () => {
    const behind = {
      ...pci('e1:00.0', null, { identity: 'path:0000:ae/05.5/06.0/00.0' }),
      ...{ address: '10000:e1:00.0', passthrough: facts('10000:e0:06.0') },
    }
    expect(drawn(pciTree([behind]))).toBe('bus 10000:e0 [bridge? 10000:e0:06.0 [endpoint 10000:e1:00.0]]')
  })

  test('whatever is said of what hangs where, each device is in it once', () => {
    const address = fc.constantFrom('00:00.0', '01:00.0', '02:00.0', '02:00.1', '03:00.0', '04:00.0')
    const path = fc.constantFrom(null, 'path:0000:00/01.0/00.0', 'path:0000:02/00.0', 'serial:1/a:b:c:d/0')
    const device = fc
      .record({
        at: address,
        upstream: fc.option(address, { nil: null }),
        told: fc.boolean(),
        parent: fc.option(address, { nil: null }),
        identity: path,
        isBridge: fc.boolean(),
      })
      .map(({ at, upstream, told, parent, identity, isBridge }) =>
        pci(at, told ? upstream : undefined, {
          ...{ identity, bridge: isBridge, parent: parent === null ? null : `0000:${parent}` },
        }),
      )
    const devices = fc.uniqueArray(device, { selector: ({ address: at }) => at })
    fc.assert(
      fc.property(devices, (all) => {
        const found = [...nodesOf(pciTree(all))].flatMap((node) => node.device?.address ?? [])
        expect(found.sort()).toEqual(all.map(({ address: at }) => at).sort())
      }),
    )
  })
})

describe('its rows', () => {
  const nic = [
    bridge('3a:00.0', null),
    pci('3b:00.0', '3a:00.0', { kind: 'pf' }),
    ...[0, 1, 2, 3, 4].map((fn) =>
      pci(`3b:01.${fn}`, '3a:00.0', { kind: 'vf', parent: '0000:3b:00.0', iommuGroup: fn }),
    ),
    pci('3b:00.1', '3a:00.0'),
  ]

  test('more than four virtual functions stand as their number at first', () => {
    expect([...closedAtFirst(pciTree(nic), allOpen)]).toEqual(['vfs:0000:3b:00.0'])
    expect([...closedAtFirst(pciTree(nic.slice(0, 5)), allOpen)]).toEqual([])
  })

  test('each has its level, its place among its siblings, and the lines that pass it by', () => {
    const rows = rowsOf(pciTree(nic), ({ kind }) => kind !== 'vfs')
    expect(
      rows.map(({ node, level, position, size, rails }) => [node.id, level, position, size, rails]),
    ).toEqual([
      ['0000:3a', 1, 1, 1, []],
      ['0000:3a:00.0', 2, 1, 1, []],
      ['0000:3b:00.0', 3, 1, 2, [false]],
      ['vfs:0000:3b:00.0', 4, 1, 1, [false, true]],
      ['0000:3b:00.1', 3, 2, 2, [false]],
    ])
  })

  test('narrowed to some devices, what is above them stays', () => {
    const kept = keptOf(pciTree(nic), ({ address }) => address === '0000:3b:01.2')
    expect(drawn(kept)).toBe(
      'root 0000:3a [port 3a:00.0 [endpoint 3b:00.0 [vfs vfs:3b:00.0 [endpoint 3b:01.2]]]]',
    )
  })

  test('the way to a device is all that has to be open for it to be seen', () => {
    const way = waysTo(pciTree(nic), ({ address }) => address === '0000:3b:01.2')
    expect([...way]).toEqual(['0000:3a', '0000:3a:00.0', '0000:3b:00.0', 'vfs:0000:3b:00.0'])
  })
})

describe('the outlines of groups', () => {
  const inGroup = (iommuGroup: number | null, device: Function): Function => ({ ...device, iommuGroup })
  const bandsFor = (devices: readonly Function[]): readonly (string | null)[] =>
    bandsOf(rowsOf(pciTree(devices), allOpen)).map(textOf)
  /** `5 from level 2: first, last` */
  const textOf = (band: Band | null): string | null => {
    if (band === null) return null
    const { group, level, isFirst, isLast, again } = band
    const ends = [isFirst && 'first', isLast && 'last', again && 'again'].filter((word) => word !== false)
    return `${group} from level ${level}: ${ends.join(', ')}`
  }

  test('a group of ports without access control encloses them and all that is behind them', () => {
    const devices = [
      inGroup(5, bridge('00:1c.0', null)),
      inGroup(5, bridge('00:1c.1', null)),
      inGroup(5, pci('01:00.0', '00:1c.0')),
      inGroup(5, pci('02:00.0', '00:1c.1')),
      inGroup(6, bridge('00:1c.5', null)),
    ]
    expect(bandsFor(devices)).toEqual([
      null,
      '5 from level 2: first',
      '5 from level 2: ',
      '5 from level 2: ',
      '5 from level 2: last',
      '6 from level 2: first, last',
    ])
  })

  test('a group that another one stands in the middle of has two outlines, the second marked as one more', () => {
    const devices = [
      inGroup(4, pci('00:1f.0', null)),
      inGroup(9, pci('00:1f.3', null)),
      inGroup(4, pci('00:1f.4', null)),
      inGroup(null, pci('00:1f.5', null)),
    ]
    expect(bandsFor(devices)).toEqual([
      null,
      '4 from level 2: first, last',
      '9 from level 2: first, last',
      '4 from level 2: first, last, again',
      null,
    ])
  })

  test('virtual functions of one group are enclosed together, those of several each alone', () => {
    const pf = inGroup(7, pci('3b:00.0', null, { kind: 'pf' }))
    const vf = (address: string, group: number) =>
      inGroup(group, pci(address, null, { kind: 'vf', parent: '0000:3b:00.0' }))
    expect(bandsFor([pf, vf('3b:01.0', 7), vf('3b:01.1', 7)])).toEqual([
      null,
      '7 from level 2: first',
      '7 from level 2: ',
      '7 from level 2: ',
      '7 from level 2: last',
    ])
    expect(bandsFor([pf, vf('3b:01.0', 8), vf('3b:01.1', 9)])[2]).toBe(null)
  })
})
