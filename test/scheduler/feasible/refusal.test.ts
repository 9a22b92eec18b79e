import { describe, expect, test } from 'vitest'
import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import { planCluster } from '../../../scheduler/plan/plan.ts'
import type { Refusal, RefusalCode } from '../../../src/model/refusal.ts'
import type { PendingVm, SnapshotDevice, SnapshotHost } from '../../../src/model/snapshot.ts'
import { address, device, host, request, vm } from '../build.ts'

const GPU = '10de:20b0:0302'
const AUDIO = '10de:1aef:0403'

function refusalOf(h: SnapshotHost, wants: PendingVm): Refusal | undefined {
  const { fitting, refusals } = judgeHosts({ hosts: [h] }, wants)
  expect(fitting).toEqual([])
  const planned = planCluster({ hosts: [h], vms: [wants], policy: 'pack' })
  expect(planned.rejections[0]?.refusals).toEqual(refusals)
  return refusals[0]?.refusal
}

const gpus = (count: number, facts: Partial<SnapshotDevice> = {}) =>
  Array.from({ length: count }, (_, n) => device(`3b:0${n}.0`, GPU, facts))

const one = vm(1, [request('10de:20b0:')])
const two = vm(1, [request('10de:20b0:', { count: 2 })])

/** Each code, what leads to it, and the facts that matter to a person. */
const ROWS: [RefusalCode, string, SnapshotHost, PendingVm, Partial<Record<string, unknown>>][] = [
  [
    'host-state',
    'the host is disabled',
    host(0, [], { state: 'disabled' }),
    vm(1, []),
    { state: 'disabled' },
  ],
  ['other-host', 'the VM is bound to another host', host(0, []), vm(1, [], { onlyHost: 3 }), {}],
  ['not-ready', 'the host cannot pass devices', host(0, gpus(1), { passthroughReady: false }), one, {}],
  [
    'no-firmware',
    'the VM boots with UEFI, and the host has no firmware',
    host(0, [], { noUefi: true }),
    vm(1, [], { uefi: true }),
    {},
  ],
  [
    'requirements',
    'SCHED_REQUIREMENTS name an attribute that the host lacks',
    host(0, []),
    vm(1, [], { requirement: { type: 'comparison', attribute: 'RACK', operator: '!=', value: '7' } }),
    {},
  ],
  [
    'cpu',
    'too few cores are free',
    host(0, [], { cpu: 400, usedCpu: 300 }),
    vm(1, [], { cpu: 200 }),
    { wanted: 200, free: 100 },
  ],
  [
    'memory',
    'too little memory is free',
    host(0, [], { memoryMiB: 8 }),
    vm(1, [], { memoryMiB: 9 }),
    { wanted: 9, free: 8 },
  ],
  [
    'no-such-device',
    'no device fits',
    host(0, [device('3b:00.0', AUDIO)]),
    one,
    { request: 0, wanted: 1, free: 0, fitting: 0 },
  ],
  [
    'not-enough-free',
    'others hold them',
    host(0, [...gpus(2, { claimedBy: 9 }), device('af:00.0', GPU, { claimedBy: 4 })]),
    one,
    { free: 0, fitting: 3, heldBy: [4, 9], example: null },
  ],
  [
    'not-enough-free',
    'one holder more than are named tells that there are others',
    host(
      0,
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((id) => device(`${id}:00.0`, GPU, { claimedBy: id })),
    ),
    vm(11, [request('10de:20b0:')]),
    { fitting: 10, heldBy: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
  ],
  [
    'not-enough-free',
    'nine of eight',
    host(0, gpus(8)),
    vm(1, [request('10de::', { count: 9 })]),
    { wanted: 9, free: 8, fitting: 8 },
  ],
  [
    'not-enough-free',
    'waiting for a claim would do, though another is out of service',
    host(0, [device('3b:00.0', GPU, { claimedBy: 9 }), device('3c:00.0', GPU, { health: 'drained' })]),
    one,
    { heldBy: [9] },
  ],
  [
    'group-not-viable',
    'a group mate is in use by the host',
    host(0, [
      device('3b:00.0', GPU, { iommuGroup: 5 }),
      device('3b:00.1', AUDIO, { iommuGroup: 5, inUseByHost: true }),
    ]),
    one,
    {
      example: {
        address: address('3b:00.0'),
        obstacle: {
          code: 'group-not-viable',
          group: 5,
          mate: address('3b:00.1'),
          why: { code: 'in-use-by-host' },
        },
      },
    },
  ],
  [
    'pf-has-vfs',
    'the PF has VFs',
    host(0, [
      device('3b:00.0', GPU, { kind: 'pf' }),
      device('3b:00.4', '10de:20b1:0302', { kind: 'vf', parent: address('3b:00.0') }),
    ]),
    one,
    { example: { address: address('3b:00.0'), obstacle: { code: 'pf-has-vfs', vf: address('3b:00.4') } } },
  ],
  ['in-use-by-host', 'the host uses it', host(0, gpus(1, { inUseByHost: true })), one, { fitting: 1 }],
  [
    'no-iommu-group',
    'a real host has it in no group',
    host(0, gpus(1), { ungroupedAllowed: false }),
    one,
    { fitting: 1 },
  ],
  ['device-out-of-service', 'it is drained', host(0, gpus(1, { health: 'drained' })), one, { fitting: 1 }],
  [
    'device-out-of-service',
    'it is quarantined',
    host(0, gpus(1, { health: 'quarantined' })),
    one,
    { fitting: 1 },
  ],
  [
    'never-assignable',
    'it is a bridge',
    host(0, [device('00:01.0', '8086:1901:0604')]),
    vm(1, [request('::0604')]),
    { fitting: 1 },
  ],
  ['never-assignable', 'it is not offered', host(0, gpus(1, { offered: false })), one, { fitting: 1 }],
  [
    'functions',
    'FUNCTIONS = ALL: the audio function is drained',
    host(0, [device('3b:00.0', GPU), device('3b:00.1', AUDIO, { health: 'drained' })]),
    vm(1, [request('10de:20b0:', { allFunctions: true })]),
    { free: 0, fitting: 1, example: { address: address('3b:00.1'), obstacle: { code: 'drained' } } },
  ],
  [
    'combination',
    'each request could be served alone',
    host(0, gpus(2)),
    vm(1, [request('10de::', { count: 2 }), request('::0302')]),
    { wanted: 3, free: 2 },
  ],
  [
    'numa',
    'there are enough, but not on one node',
    host(0, [device('3b:00.0', GPU, { numaNode: 0 }), device('af:00.0', GPU, { numaNode: 1 })]),
    { ...two, numaPolicy: 'required' },
    {},
  ],
]

describe('why a host refuses a VM', () => {
  test.each(ROWS)('%s: %s', (code, _, h, wants, facts) => {
    expect(refusalOf(h, wants)).toMatchObject({ code, ...facts })
  })

  test('the first required request that cannot be served alone gives the reason', () => {
    const wants = vm(1, [request('10de::'), request('::0200', { optional: true }), request('::0108')])
    expect(refusalOf(host(0, gpus(1)), wants)).toMatchObject({ code: 'no-such-device', request: 2 })
  })

  test('the checks go in the order state, readiness, requirements, CPU, memory, PCI', () => {
    const wants = vm(1, [request('::0200')], {
      cpu: 200,
      memoryMiB: 9,
      requirement: { type: 'constant', value: false },
    })
    const worst: Partial<SnapshotHost> = { state: 'off', passthroughReady: false, cpu: 100, memoryMiB: 8 }
    const better: Partial<SnapshotHost>[] = [{ state: 'on' }, { passthroughReady: true }]
    const codes = [worst, ...better.map((_, n) => Object.assign({}, worst, ...better.slice(0, n + 1)))].map(
      (facts) => refusalOf(host(0, [], facts), wants)?.code,
    )
    const anywhere = { ...wants, requirement: null }
    const later = [{ cpu: 100, memoryMiB: 8 }, { memoryMiB: 8 }, {}].map(
      (facts) => refusalOf(host(0, [], facts), anywhere)?.code,
    )
    expect([...codes, ...later]).toEqual([
      'host-state',
      'not-ready',
      'requirements',
      'cpu',
      'memory',
      'no-such-device',
    ])
  })

  test('hosts with the same refusal share one entry', () => {
    const hosts = [host(3, gpus(1)), host(0, []), host(1, []), host(2, [], { state: 'off' })]
    const { fitting, refusals } = judgeHosts({ hosts }, one)
    expect(fitting).toEqual([3])
    expect(refusals.map((r) => [r.refusal.code, r.hosts])).toEqual([
      ['no-such-device', [0, 1]],
      ['host-state', [2]],
    ])
  })

  test('a rejection tells the hosts as they were at the VM’s turn, not as the plan left them', () => {
    const hosts = [host(0, gpus(1), { cpu: 400 })]
    const vms = [vm(1, [], { cpu: 500 }), vm(2, [], { cpu: 300 })]
    const { rejections } = planCluster({ hosts, vms, policy: 'pack' })
    expect(rejections[0]?.refusals[0]?.refusal).toEqual({ code: 'cpu', wanted: 500, free: 400 })
  })

  test('a bounded search that finds nothing says so', () => {
    const places = Array.from({ length: 16 }, (_, n) => n)
    const audio = (n: number) => `10de:${(0x2000 + n).toString(16)}:0403`
    const cards = places.flatMap((n) => {
      const slot = `3b:${(n + 1).toString(16).padStart(2, '0')}`
      return [device(`${slot}.0`, GPU), device(`${slot}.1`, audio(n))]
    })
    const wants = vm(1, [
      request('10de:20b0:', { allFunctions: true, count: 8 }),
      request('::0403', { count: 9 }),
      ...places.map((n) => request(audio(n), { optional: true })),
    ])
    expect(refusalOf(host(0, cards), wants)).toEqual({ code: 'search-limit' })
  })
})
