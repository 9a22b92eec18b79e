/** USB devices in plans: exact, beside PCI devices, never below a controller that is given. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import { planCluster } from '../../../scheduler/plan/plan.ts'
import { usbMatches } from '../../../scheduler/request/match-usb.ts'
import type { Refusal } from '../../../src/model/refusal.ts'
import type {
  PendingVm,
  SnapshotDevice,
  SnapshotHost,
  SnapshotUsbDevice,
} from '../../../src/model/snapshot.ts'
import { withUsbUse } from '../../../src/model/usb-assignable.ts'
import type { UsbRequest, UsbSelector } from '../../../src/model/usb-request.ts'
import { placedUsb } from '../../support/usb.ts'
import { address, type Block, device, host, id, request, vm } from '../build.ts'

const XHCI = '1b36:000d:0c03'
const FIRST = '0000:07:00.0'
const SECOND = '0000:08:00.0'

/** `0627:0001`, `@1-2` (a port), `#1:4` (numbers). */
function usbRequests(texts: readonly string[]): readonly UsbRequest[] {
  return texts.map((text, index) => ({ index, selector: selectorOf(text) }))
}

function selectorOf(text: string): UsbSelector {
  const any = { vendorId: null, productId: null, bus: null, device: null, port: null }
  if (text.startsWith('@')) return { ...any, port: text.slice(1) }
  const [first = '', second = ''] = text.replace('#', '').split(':')
  if (text.startsWith('#')) return { ...any, bus: Number(first), device: Number(second) }
  return { ...any, vendorId: id(first), productId: second === '' ? null : id(second) }
}

const wants = (
  vmId: number,
  usb: readonly string[],
  pci: readonly Block[] = [],
  facts: Partial<PendingVm> = {},
) => vm(vmId, pci, { usb: usbRequests(usb), ...facts })

function withUsb(
  hostId: number,
  usb: readonly SnapshotUsbDevice[],
  pci: readonly SnapshotDevice[] = [device(FIRST, XHCI), device(SECOND, XHCI)],
): SnapshotHost {
  return host(hostId, withUsbUse(pci, usb), { usb })
}

const plan = (hosts: readonly SnapshotHost[], ...vms: readonly PendingVm[]) =>
  planCluster({ hosts, vms, policy: 'pack' })

const given = (hosts: readonly SnapshotHost[], ...vms: readonly PendingVm[]) =>
  plan(hosts, ...vms).placements.map((placement) => ({
    vm: placement.vm,
    host: placement.host,
    pci: placement.devices.map((one) => one.address),
    usb: placement.usb?.map(({ request: block, port }) => `${block} ${port}`),
  }))

const refused = (hosts: readonly SnapshotHost[], ...vms: readonly PendingVm[]): readonly Refusal[] =>
  plan(hosts, ...vms).rejections.flatMap(({ refusals }) => refusals.map(({ refusal }) => refusal))

const at = (port: string, facts: Parameters<typeof placedUsb>[1] = {}) => placedUsb(port, facts)
const second = { controller: address(SECOND) }

describe('which devices', () => {
  test('of several that fit, the lowest bus and port; numbers and key are told', () => {
    const hosts = [withUsb(0, [at('2-1'), at('1-10'), at('1-4')])]
    expect(given(hosts, wants(1, ['0627:0001']))).toEqual([{ vm: 1, host: 0, pci: [], usb: ['0 1-4'] }])
    expect(plan(hosts, wants(1, ['0627:0001'])).placements[0]?.usb).toEqual([
      { request: 0, key: '1-4', bus: 1, device: 5, port: '1-4' },
    ])
  })

  test('a plan for VMs that ask for none looks as it always did', () => {
    expect(plan([withUsb(0, [at('1-2')])], vm(1, [])).placements[0]).not.toHaveProperty('usb')
  })

  test('a wide block never takes the one device that a narrow one needs', () => {
    const hosts = [withUsb(0, [at('1-2'), at('1-3')])]
    expect(given(hosts, wants(1, ['0627', '@1-2']))).toMatchObject([{ usb: ['0 1-3', '1 1-2'] }])
  })

  test('two VMs get one each, the third waits and says who has them', () => {
    const hosts = [withUsb(0, [at('1-3'), at('1-4')])]
    const all = [1, 2, 3].map((n) => wants(n, ['0627:0001']))
    expect(given(hosts, ...all)).toMatchObject([{ usb: ['0 1-3'] }, { usb: ['0 1-4'] }])
    expect(refused(hosts, ...all)).toEqual([
      { code: 'usb-not-free', request: 0, free: 0, fitting: 2, heldBy: [1, 2], example: null },
    ])
  })

  test('by numbers, on whichever host has them', () => {
    const hosts = [withUsb(0, [at('1-2')]), withUsb(1, [at('1-2'), at('1-3')])]
    expect(given(hosts, wants(1, ['#1:4']))).toMatchObject([{ host: 1, usb: ['0 1-3'] }])
  })

  test('on a host that cannot pass PCI devices, too', () => {
    const bare = { ...withUsb(0, [at('1-2')]), passthroughReady: false }
    expect(given([bare], wants(1, ['0627']))).toMatchObject([{ usb: ['0 1-2'] }])
  })
})

describe('why not', () => {
  test.each<[string, SnapshotUsbDevice[], string[], object]>([
    ['no device fits', [at('1-2')], ['46f4'], { code: 'no-such-usb-device', request: 0 }],
    ['the second block has none', [at('1-2')], ['0627', '46f4'], { code: 'no-such-usb-device', request: 1 }],
    [
      'in use by the host',
      [at('1-2', { inUseByHost: true })],
      ['0627'],
      { code: 'usb-not-free', example: { port: '1-2', obstacle: { code: 'in-use-by-host' } } },
    ],
    [
      'a hub',
      [at('usb1')],
      ['0627'],
      { code: 'usb-not-free', example: { port: 'usb1', obstacle: { code: 'hub' } } },
    ],
    [
      'swapped',
      [at('1-2', { swapped: true })],
      ['0627'],
      { code: 'usb-not-free', example: { port: '1-2', obstacle: { code: 'swapped' } } },
    ],
    [
      'claimed',
      [at('1-2', { claimedBy: 50 })],
      ['0627'],
      { code: 'usb-not-free', heldBy: [50], free: 0, fitting: 1 },
    ],
    [
      'too few for the blocks together',
      [at('1-2')],
      ['0627', '@1-2'],
      { code: 'usb-not-free', request: 1, free: 1 },
    ],
  ])('%s', (_, usb, blocks, refusal) => {
    expect(refused([withUsb(0, usb)], wants(1, blocks))).toMatchObject([refusal])
  })

  test('hosts without USB devices are refused as one, and PCI is told first', () => {
    const hosts = [host(0, []), host(1, [])]
    const { rejections } = plan(hosts, wants(1, ['0627']))
    expect(rejections[0]?.refusals).toEqual([
      { hosts: [0, 1], refusal: { code: 'no-such-usb-device', request: 0 } },
    ])
    expect(refused([host(0, [])], wants(1, ['0627'], [request('10de::')]))).toMatchObject([
      { code: 'no-such-device' },
    ])
  })

  test('a VM that could not be placed for its USB device keeps no other from being tried', () => {
    const hosts = [withUsb(0, [at('1-2')])]
    expect(given(hosts, wants(1, ['46f4']), wants(2, ['0627']), vm(3, []))).toMatchObject([
      { vm: 2 },
      { vm: 3 },
    ])
  })
})

describe('controllers and what hangs on them', () => {
  const controller = (at_?: string) => request('::0c03', at_ === undefined ? {} : { at: at_ })

  test('a controller goes to nobody while a VM has a device below it', () => {
    const hosts = [withUsb(0, [at('1-2', { claimedBy: 50 })])]
    expect(refused(hosts, vm(1, [controller(FIRST)]))).toMatchObject([
      {
        code: 'usb-in-use',
        heldBy: [50],
        example: { obstacle: { code: 'usb-in-use', port: '1-2', vm: 50 } },
      },
    ])
    expect(given(hosts, vm(1, [controller()]))).toMatchObject([{ pci: [SECOND] }])
  })

  test('nor do its group mates', () => {
    const pci = [
      device(FIRST, XHCI, { iommuGroup: 4 }),
      device('0000:07:00.1', '10de:1:0302', { iommuGroup: 4 }),
    ]
    expect(
      refused([withUsb(0, [at('1-2', { claimedBy: 50 })], pci)], vm(1, [request('10de::')])),
    ).toMatchObject([
      {
        code: 'group-not-viable',
        example: { obstacle: { why: { code: 'usb-in-use', port: '1-2', vm: 50 } } },
      },
    ])
  })

  test('within one plan: first the USB device, then no controller; first the controller, then no USB device', () => {
    const hosts = [withUsb(0, [at('1-2')], [device(FIRST, XHCI)])]
    const usb = wants(1, ['0627'])
    const pci = vm(2, [controller()])
    expect(given(hosts, usb, pci)).toMatchObject([{ vm: 1 }])
    expect(refused(hosts, usb, pci)).toMatchObject([{ code: 'usb-in-use', heldBy: [1] }])
    const urgent = { ...pci, priority: 1 }
    expect(given(hosts, usb, urgent)).toMatchObject([{ vm: 2 }])
    expect(refused(hosts, usb, urgent)).toMatchObject([
      {
        code: 'usb-not-free',
        heldBy: [2],
        example: { obstacle: { code: 'controller-claimed', controller: FIRST, vm: 2 } },
      },
    ])
  })

  test('a VM that wants both gets the controller that its USB device does not hang on', () => {
    const hosts = [withUsb(0, [at('1-2')])]
    expect(given(hosts, wants(1, ['0627'], [controller()]))).toMatchObject([
      { pci: [SECOND], usb: ['0 1-2'] },
    ])
    const both = [at('1-2'), at('3-2', second)]
    expect(given([withUsb(0, both)], wants(1, ['0627'], [controller(FIRST)]))).toMatchObject([
      { usb: ['0 3-2'] },
    ])
  })

  test('and is told where that cannot be', () => {
    const hosts = [withUsb(0, [at('1-2')])]
    expect(refused(hosts, wants(1, ['0627'], [controller(FIRST)]))).toEqual([{ code: 'usb-and-pci' }])
    expect(refused(hosts, wants(1, ['0627'], [{ ...controller(), count: 2 }]))).toEqual([
      { code: 'usb-and-pci' },
    ])
  })

  test('an optional controller gives way', () => {
    const optional = { ...controller(FIRST), optional: true }
    expect(given([withUsb(0, [at('1-2')])], wants(1, ['0627'], [optional]))).toMatchObject([
      { pci: [], usb: ['0 1-2'] },
    ])
  })
})

describe('against every possible way', () => {
  const anyUsb = fc
    .uniqueArray(fc.constantFrom('1-1', '1-2', '1-3', '3-1', '3-2'), { minLength: 0, maxLength: 5 })
    .chain((ports) =>
      fc.tuple(
        ...ports.map((port) =>
          fc
            .record({
              ids: fc.constantFrom('0627:0001', '0627:0002'),
              inUseByHost: fc.constantFrom(false, false, false, true),
              claimedBy: fc.constantFrom(null, null, null, 50),
            })
            .map(({ ids, ...facts }) =>
              at(port, { ids, ...facts, controller: address(port.startsWith('1') ? FIRST : SECOND) }),
            ),
        ),
      ),
    )
  const anyVm = (vmId: number) =>
    fc
      .record({
        usb: fc.array(fc.constantFrom('0627', '0627:0001', '0627:0002', '@1-2', '@3-1'), { maxLength: 3 }),
        pci: fc.array(
          fc.constantFrom<[string, string | undefined]>(['::0c03', undefined], ['::0c03', FIRST]),
          { maxLength: 2 },
        ),
      })
      .map(({ usb, pci }) =>
        wants(
          vmId,
          usb,
          pci.map(([ids, place]) => request(ids, place === undefined ? {} : { at: place })),
        ),
      )

  /** Tries all ways to give each block something. */
  function possible({ usb = [], devices }: SnapshotHost, { usb: blocks = [], requests }: PendingVm): boolean {
    const freeUsb = usb.filter(({ inUseByHost, claimedBy }) => !inUseByHost && claimedBy === null)
    const closed = new Set(
      usb.filter(({ claimedBy }) => claimedBy !== null).map(({ controller }) => controller),
    )
    const pciWays = ways(
      requests,
      devices.filter((one) => !closed.has(one.address)),
      (one, pci) => one.selector.address === null || one.selector.address === pci.address,
    )
    const usbWays = ways(blocks, freeUsb, usbMatches)
    return pciWays.some((pci) =>
      usbWays.some((chosen) =>
        chosen.every(({ controller }) => !pci.some((one) => one.address === controller)),
      ),
    )
  }

  function ways<B, D>(blocks: readonly B[], from: readonly D[], fits: (block: B, one: D) => boolean): D[][] {
    const [block, ...rest] = blocks
    if (block === undefined) return [[]]
    return from
      .filter((one) => fits(block, one))
      .flatMap((one) =>
        ways(
          rest,
          from.filter((other) => other !== one),
          fits,
        ).map((way) => [one, ...way]),
      )
  }

  test('one VM on one host: placed exactly when there is a way, and what judging says', () => {
    fc.assert(
      fc.property(anyUsb, anyVm(1), (usb, wanted) => {
        const there = withUsb(0, usb)
        const { placements, rejections } = plan([there], wanted)
        expect(placements.length === 1).toBe(possible(there, wanted))
        expect(judgeHosts({ hosts: [there] }, wanted).fitting.length).toBe(placements.length)
        for (const { refusals } of rejections) expect(refusals).toHaveLength(1)
      }),
      { numRuns: 500 },
    )
  })

  test('several VMs on two hosts: nobody has what another has, nor what hangs on it; the order of the input changes nothing', () => {
    fc.assert(
      fc.property(anyUsb, anyUsb, fc.tuple(anyVm(1), anyVm(2), anyVm(3), anyVm(4)), (a, b, vms) => {
        const hosts = [withUsb(0, a), withUsb(1, b)]
        const found = plan(hosts, ...vms)
        for (const { id: hostId, usb = [] } of hosts) {
          const here = found.placements.filter((placement) => placement.host === hostId)
          const keys = here.flatMap((placement) => placement.usb?.map(({ key }) => key) ?? [])
          expect(new Set(keys).size).toBe(keys.length)
          const controllers = keys.map((key) => usb.find((one) => one.key === key)?.controller)
          const passed = here.flatMap(({ devices }) => devices.map((one) => one.address))
          expect(passed.filter((one) => controllers.includes(one))).toEqual([])
          for (const key of keys)
            expect(usb.find((one) => one.key === key)).toMatchObject({ claimedBy: null, inUseByHost: false })
        }
        for (const { refusals } of found.rejections)
          expect(refusals.flatMap((one) => one.hosts)).toHaveLength(2)
        const turned = [...hosts].reverse().map((one) => ({ ...one, usb: [...(one.usb ?? [])].reverse() }))
        expect(plan(turned, ...[...vms].reverse()).placements).toEqual(found.placements)
      }),
      { numRuns: 200 },
    )
  })
})
