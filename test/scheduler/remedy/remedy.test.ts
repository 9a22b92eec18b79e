import { describe, expect, test } from 'vitest'
import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import { type Remedies, remediesFor } from '../../../scheduler/remedy/remedies.ts'
import { remedyFor } from '../../../scheduler/remedy/remedy.ts'
import type { Situation } from '../../../scheduler/remedy/situation.ts'
import type { Remedy } from '../../../src/model/remedy.ts'
import type {
  PendingVm,
  SnapshotDevice,
  SnapshotHost,
  SnapshotUsbDevice,
} from '../../../src/model/snapshot.ts'
import { address, device, host, id, request, vm } from '../build.ts'
import { fits } from './every-subset.ts'

const AUDIO = '10de:1aef:0403'
const NIC = '8086:1572:0200'
const VF = '8086:154c:0200'
const XHCI = '8086:a36d:0c03'
const [A, B] = [address('3b:00.0'), address('3c:00.0')]

const gpu = (where: string, facts: Partial<SnapshotDevice> = {}) => device(where, '10de:20b0:0302', facts)
const wantsGpus = (count: number, facts: Partial<PendingVm> = {}) =>
  vm(1, [request('10de:20b0:', { count })], facts)
const one = wantsGpus(1)
const pfAndVfs = (count: number, facts: Partial<SnapshotDevice> = {}) => [
  device('3b:00.0', NIC, { kind: 'pf' }),
  ...Array.from({ length: count }, (_, n) => device(`3b:02.${n}`, VF, { kind: 'vf', parent: A, ...facts })),
]
const wantsPf = vm(1, [request(NIC)])

const dongle = (facts: Partial<SnapshotUsbDevice> = {}): SnapshotUsbDevice => ({
  ...{ key: 'd', bus: 1, device: 4, port: '1-3', vendorId: id('0529'), productId: id('0001'), hub: false },
  ...{ controller: null, claimedBy: null, inUseByHost: false, swapped: false },
  ...facts,
})
const wantsDongle = vm(1, [], {
  usb: [
    { index: 0, selector: { vendorId: id('0529'), productId: null, bus: null, device: null, port: null } },
  ],
})

function remedyOf(h: SnapshotHost, wants: PendingVm, facts: Partial<Situation> = {}): Remedy | null {
  const situation: Situation = { host: h, vm: wants, tenants: [], answers: true, ...facts }
  const remedy = remedyFor(situation, { left: 1_000_000 })
  if (remedy === 'unknown') throw new Error('there was plenty of time')
  if (remedy !== null) expect(fits(situation, remedy.changes)).toBe(true)
  return remedy
}

const NOTHING = { addresses: [], ports: [] }
const stop = (who: number, ...addresses: string[]) => ({ code: 'stop-vm', vm: who, ...NOTHING, addresses })

/** What is the matter, the host, the VM, the changes; then what else is known. */
const ROWS: [string, SnapshotHost, PendingVm, object[], Partial<Situation>?][] = [
  ['the host is disabled', host(0, [], { state: 'disabled' }), vm(1, []), [{ code: 'enable-host' }]],
  [
    'the host is disabled, and did not answer',
    host(0, [], { state: 'disabled' }),
    vm(1, []),
    [{ code: 'revive-host' }, { code: 'enable-host' }],
    { answers: false },
  ],
  ['the host is off', host(0, [], { state: 'off' }), vm(1, []), [{ code: 'revive-host' }]],
  ['the VM was sent elsewhere', host(0, []), vm(1, [], { onlyHost: 3 }), [{ code: 'send-here' }]],
  [
    'the host is not ready, and its devices are in no group before it is',
    host(0, [gpu('3b:00.0')], { passthroughReady: false, missing: ['kvm'], ungroupedAllowed: false }),
    one,
    [{ code: 'prepare-host', missing: ['kvm'] }],
  ],
  [
    'the VM boots with UEFI, and the host has no firmware',
    host(0, [], { noUefi: true }),
    vm(1, [], { uefi: true }),
    [{ code: 'install-firmware' }],
  ],
  [
    'SCHED_REQUIREMENTS do not hold',
    host(0, []),
    vm(1, [], { requirement: { type: 'constant', value: false } }),
    [{ code: 'relax-requirements' }],
  ],
  [
    'cores and memory are taken by what is not told of',
    host(0, [], { cpu: 400, usedCpu: 300, memoryMiB: 4096, usedMemoryMiB: 4000 }),
    vm(1, [], { cpu: 200, memoryMiB: 1024 }),
    [
      { code: 'free-cpu', missing: 100 },
      { code: 'free-memory', missing: 928 },
    ],
  ],
  [
    'one VM has enough of the memory, another has not',
    host(0, [], { memoryMiB: 4096, usedMemoryMiB: 4096 }),
    vm(1, [], { memoryMiB: 2048 }),
    [stop(8)],
    {
      tenants: [
        { vm: 7, cpu: 0, memoryMiB: 1024, leaving: false },
        { vm: 8, cpu: 0, memoryMiB: 3072, leaving: false },
      ],
    },
  ],
  [
    'memory is short by more than the VM frees that has the device',
    host(0, [gpu('3b:00.0', { claimedBy: 7 })], { memoryMiB: 4096, usedMemoryMiB: 4096 }),
    wantsGpus(1, { memoryMiB: 2048 }),
    [stop(7, A), { code: 'free-memory', missing: 1024 }],
    { tenants: [{ vm: 7, cpu: 0, memoryMiB: 1024, leaving: false }] },
  ],
  [
    'a VM has the device, a cheaper way than lifting a quarantine',
    host(0, [gpu('3b:00.0', { health: 'quarantined' }), gpu('3c:00.0', { claimedBy: 7 })]),
    one,
    [stop(7, B)],
  ],
  [
    'it is drained, a cheaper way than stopping a VM',
    host(0, [gpu('3b:00.0', { health: 'drained' }), gpu('3c:00.0', { claimedBy: 7 })]),
    one,
    [{ code: 'undrain', address: A }],
  ],
  [
    'the VM that has it is ending',
    host(0, [gpu('3b:00.0', { claimedBy: 7 }), gpu('3c:00.0', { health: 'drained' })]),
    one,
    [{ code: 'await-vm', vm: 7, ...NOTHING, addresses: [A] }],
    { tenants: [{ vm: 7, cpu: 0, memoryMiB: 0, leaving: true }] },
  ],
  [
    'of two VMs the one with both is stopped',
    host(0, [
      gpu('3b:00.0', { claimedBy: 7 }),
      gpu('3c:00.0', { claimedBy: 8 }),
      gpu('3d:00.0', { claimedBy: 8 }),
    ]),
    wantsGpus(2),
    [stop(8, B, address('3d:00.0'))],
  ],
  [
    'it is quarantined',
    host(0, [gpu('3b:00.0', { health: 'quarantined' })]),
    one,
    [{ code: 'clear-quarantine', address: A }],
  ],
  [
    'the host uses it, and its filter leaves it out',
    host(0, [gpu('3b:00.0', { inUseByHost: true, offered: false })]),
    one,
    [
      { code: 'allow-device', address: A },
      { code: 'offer-device', address: A, type: '10de:20b0:0302' },
    ],
  ],
  [
    'a domain that is no VM of this database has it, with a device that is not wanted',
    host(0, [
      gpu('3b:00.0', { inUseByHost: true, domain: 'win' }),
      device('3c:00.0', AUDIO, { inUseByHost: true, domain: 'win' }),
    ]),
    one,
    [{ code: 'end-domain', domain: 'win', ...NOTHING, addresses: [A] }],
  ],
  [
    'a group mate is in the way three times over',
    host(0, [
      gpu('3b:00.0', { iommuGroup: 5 }),
      device('3b:00.1', AUDIO, { iommuGroup: 5, health: 'quarantined', claimedBy: 7 }),
      device('3b:00.2', AUDIO, { iommuGroup: 5, inUseByHost: true }),
    ]),
    one,
    [
      stop(7, address('3b:00.1')),
      { code: 'clear-quarantine', address: address('3b:00.1') },
      { code: 'allow-device', address: address('3b:00.2') },
    ],
  ],
  [
    'a sibling function is drained, and FUNCTIONS = ALL asks for it',
    host(0, [gpu('3b:00.0'), device('3b:00.1', AUDIO, { health: 'drained' })]),
    vm(1, [request('10de:20b0:', { allFunctions: true })]),
    [{ code: 'undrain', address: address('3b:00.1') }],
  ],
  [
    'it has virtual functions that nobody has',
    host(0, pfAndVfs(4)),
    wantsPf,
    [{ code: 'remove-vfs', address: A, vfs: 4 }],
  ],
  [
    'it is to have virtual functions',
    host(0, [device('3b:00.0', NIC, { kind: 'pf', wantedVfs: 4 })]),
    wantsPf,
    [{ code: 'remove-vfs', address: A, vfs: 0 }],
  ],
  [
    'it has virtual functions that a VM has',
    host(0, pfAndVfs(2, { claimedBy: 7 })),
    wantsPf,
    [stop(7, address('3b:02.0'), address('3b:02.1')), { code: 'remove-vfs', address: A, vfs: 2 }],
  ],
  [
    'a virtual function is wanted, and a VM has the physical one',
    host(0, [device('3b:00.0', NIC, { kind: 'pf', claimedBy: 7 }), ...pfAndVfs(1).slice(1)]),
    vm(1, [request(VF, { kind: 'vf' })]),
    [stop(7, A)],
  ],
  [
    'virtual functions and the physical one cannot both be had: another card is undrained',
    host(0, [...pfAndVfs(1), device('3c:00.0', VF, { kind: 'vf', health: 'drained' })]),
    vm(1, [request(NIC), request(VF, { kind: 'vf' })]),
    [
      { code: 'remove-vfs', address: A, vfs: 1 },
      { code: 'undrain', address: B },
    ],
  ],
  [
    'there are enough, but not on one node',
    host(0, [gpu('3b:00.0', { numaNode: 0 }), gpu('af:00.0', { numaNode: 1 })]),
    wantsGpus(2, { numaPolicy: 'required' }),
    [{ code: 'relax-numa' }],
  ],
  [
    'a drained one on the same node is cheaper than the other node',
    host(0, [
      gpu('3b:00.0', { numaNode: 0 }),
      gpu('3c:00.0', { numaNode: 0, health: 'drained' }),
      gpu('af:00.0', { numaNode: 1 }),
    ]),
    wantsGpus(2, { numaPolicy: 'required' }),
    [{ code: 'undrain', address: B }],
  ],
  [
    'the USB device is with a VM',
    host(0, [], { usb: [dongle({ claimedBy: 7 })] }),
    wantsDongle,
    [{ code: 'detach-usb', vm: 7, port: '1-3' }],
  ],
  [
    "the USB device's controller is with a VM",
    host(0, [device('3b:00.0', XHCI, { claimedBy: 7 })], { usb: [dongle({ controller: A })] }),
    wantsDongle,
    [{ code: 'stop-vm', vm: 7, ...NOTHING }],
  ],
  [
    'a USB controller is wanted, and a VM has a device below it',
    host(0, [device('3b:00.0', XHCI, { usbUse: { port: '1-3', vm: 7 } })], {
      usb: [dongle({ controller: A, claimedBy: 7 })],
    }),
    vm(1, [request(XHCI)]),
    [{ code: 'detach-usb', vm: 7, port: '1-3' }],
  ],
  [
    'fewer are there than are wanted: the VM asks for fewer, and has all of them',
    host(0, [gpu('3b:00.0'), gpu('3c:00.0', { health: 'drained' })]),
    wantsGpus(4),
    [
      { code: 'undrain', address: B },
      { code: 'ask-for-fewer', request: 0, fewer: 2 },
    ],
  ],
  [
    'fewer are there than two blocks want: the last block is the first to change, so that the other keeps its number',
    host(0, [gpu('3b:00.0'), device('3c:00.0', NIC)]),
    vm(1, [request('10de:20b0:', { count: 2 }), request(NIC, { count: 3 })]),
    [
      { code: 'ask-for-fewer', request: 1, fewer: 2 },
      { code: 'ask-for-fewer', request: 0, fewer: 1 },
    ],
  ],
]

describe('what would let a VM go to a host', () => {
  test.each(ROWS)('%s', (_, h, wants, changes, facts) => {
    expect(remedyOf(h, wants, facts)).toMatchObject({ changes, exact: true })
  })

  const HOPELESS: [string, SnapshotHost, PendingVm][] = [
    ['the host has no such device', host(0, [device('3b:00.0', AUDIO)]), one],
    ['the host has less memory in all', host(0, [], { memoryMiB: 8 }), vm(1, [], { memoryMiB: 9 })],
    [
      'the device is in no IOMMU group of a host that is ready',
      host(0, [gpu('3b:00.0')], { ungroupedAllowed: false }),
      one,
    ],
    ['it is a bridge', host(0, [device('00:01.0', '8086:1901:0604')]), vm(1, [request('::0604')])],
    ['the host uses a virtual function', host(0, pfAndVfs(2, { inUseByHost: true })), wantsPf],
    ['the VM itself has it', host(0, [gpu('3b:00.0', { claimedBy: 1 })]), one],
    ['the host uses the USB device', host(0, [], { usb: [dongle({ inUseByHost: true })] }), wantsDongle],
    [
      'the chipset shares the group',
      host(0, [
        gpu('3b:00.0', { iommuGroup: 5 }),
        device('00:1f.0', '8086:a1c1:0601', { iommuGroup: 5, driver: 'lpc_ich' }),
      ]),
      one,
    ],
  ]
  test.each(HOPELESS)('nothing: %s', (_, h, wants) => {
    expect(remedyOf(h, wants)).toBeNull()
  })

  test('sixteen of forty equal devices with forty VMs are found, exactly, at once', () => {
    const devices = Array.from({ length: 40 }, (_, n) =>
      device(`3b:${(n >> 3).toString(16).padStart(2, '0')}.${n & 7}`, VF, { kind: 'vf', claimedBy: 100 + n }),
    )
    const budget = { left: 1_000_000 }
    const wants = vm(1, [request(VF, { count: 16 })])
    const remedy = remedyFor({ host: host(0, devices), vm: wants, tenants: [], answers: true }, budget)
    expect(remedy).toMatchObject({ cost: 16 * 101, exact: true })
    expect(1_000_000 - budget.left).toBeLessThan(150 * 60)
  })
})

test('SCHED_REQUIREMENTS may ask for what stopping a VM takes away: found, and not called exact', () => {
  const requirement = { type: 'comparison', attribute: 'RUNNING_VMS', operator: '>', value: 0 } as const
  const h = host(0, [gpu('3b:00.0', { claimedBy: 7 })], { runningVms: 1 })
  const tenants = [{ vm: 7, cpu: 0, memoryMiB: 0, leaving: false }]
  expect(remedyOf(h, wantsGpus(1, { requirement }), { tenants })).toMatchObject({
    changes: [stop(7, A), { code: 'relax-requirements' }],
    exact: false,
  })
})

test('a host with too many choices for the budget is left out, not called hopeless', () => {
  const cards = Array.from({ length: 12 }, (_, n) =>
    device(`${n + 1}:00.0`, NIC, { kind: 'pf', wantedVfs: 2 }),
  )
  const wants = vm(1, [request(NIC, { count: 11 })])
  const situation = { host: host(0, cards), vm: wants, tenants: [], answers: true }
  expect(remedyFor(situation, { left: 100 })).toBe('unknown')
})

describe('over all hosts', () => {
  const hosts = [
    host(1, [gpu('3b:00.0', { claimedBy: 7 })]),
    host(2, [gpu('3b:00.0', { health: 'drained' })]),
    host(3, [gpu('3b:00.0', { health: 'drained' })]),
    host(4, []),
  ]
  const steps = (all: readonly SnapshotHost[], devices?: number) =>
    remediesFor(
      all,
      one,
      judgeHosts({ hosts: all }, one).refusals,
      { tenants: new Map(), silent: new Set() },
      devices,
    )
  const ask = (all: readonly SnapshotHost[], devices?: number): Remedies => {
    const each = steps(all, devices)
    for (;;) {
      const step = each.next()
      if (step.done) return step.value
    }
  }

  test('others can be served between one host that is worked out and the next', () => {
    expect([...steps(hosts)]).toHaveLength(3)
  })

  test('the cheapest is the smallest, of equal ones the host with the lowest id; each host has its own', () => {
    const { byHost, smallest } = ask(hosts)
    expect(smallest).toBe(2)
    expect([...byHost].map(([at, remedy]) => [at, remedy?.changes.map(({ code }) => code) ?? null])).toEqual(
      expect.arrayContaining([
        [1, ['stop-vm']],
        [2, ['undrain']],
        [3, ['undrain']],
        [4, null],
      ]),
    )
  })

  test('when the budget is spent the rest is left out, and hosts without such a device cost none', () => {
    const { byHost } = ask(hosts, 1)
    expect(byHost.size).toBe(2)
    expect(byHost.get(4)).toBeNull()
  })

  test('the order of the hosts changes nothing', () => {
    const [forth, back] = [ask(hosts, 300), ask([...hosts].reverse(), 300)]
    expect(back).toEqual(forth)
  })
})
