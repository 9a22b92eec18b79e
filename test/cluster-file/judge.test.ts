import { expect, test } from 'vitest'
import type { JudgedCluster, JudgedDevice, JudgedHost, JudgedRequest, JudgedVm } from './clusters.ts'
import { type JudgedPlan, judge } from './judge.ts'

const device = (address: string, facts: Partial<JudgedDevice> = {}): JudgedDevice => ({
  address: `0000:${address}`,
  vendor: '10de',
  device: '20b0',
  class: '0302',
  numaNode: null,
  iommuGroup: null,
  kind: 'plain',
  parent: null,
  driver: null,
  bridge: false,
  claimedBy: null,
  inUseByHost: false,
  health: 'ok',
  ...facts,
})
const request = (facts: Partial<JudgedRequest> = {}): JudgedRequest => ({
  vendor: '10de',
  device: null,
  class: null,
  address: null,
  count: 1,
  kind: 'ANY',
  all: false,
  optional: false,
  ...facts,
})
const cluster = (
  devices: JudgedDevice[],
  requests: JudgedRequest[],
  vm: Partial<JudgedVm> = {},
  host: Partial<JudgedHost> = {},
): JudgedCluster => ({
  hosts: [
    {
      id: 0,
      state: 'on',
      cpu: null,
      usedCpu: 0,
      memoryMiB: null,
      usedMemoryMiB: 0,
      attributes: {},
      devices,
      ...host,
    },
  ],
  vms: [
    {
      id: 1,
      priority: 0,
      cpu: 0,
      memoryMiB: 0,
      requests,
      numa: 'NONE',
      requirement: { text: '', value: () => true },
      rank: { text: '', value: () => 0 },
      ...vm,
    },
  ],
})
/** VM 1 on host 0 with these rows, `request address`. */
const given = (...rows: string[]): JudgedPlan => ({
  placements: [
    {
      vm: 1,
      host: 0,
      devices: rows.map((row) => ({ request: Number(row[0]), address: `0000:${row.slice(2)}` })),
    },
  ],
  rejections: [],
})
const refused = (code: string): JudgedPlan => ({
  placements: [],
  rejections: [{ vm: 1, message: '', reasons: [{ host: 0, code, message: '' }] }],
})

const one = device('3b:00.0')
const two = device('3b:00.1')

test.each<[string, JudgedCluster, JudgedPlan]>([
  ['a free device', cluster([one], [request()]), given('0 3b:00.0')],
  ['no free device', cluster([{ ...one, claimedBy: 9 }], [request()]), refused('not-enough-free')],
  ['the whole slot', cluster([one, two], [request({ all: true })]), given('0 3b:00.0', '0 3b:00.1')],
  [
    'one group',
    cluster(
      [
        { ...one, iommuGroup: 1 },
        { ...two, iommuGroup: 1 },
      ],
      [request({ count: 2 })],
    ),
    given('0 3b:00.0', '0 3b:00.1'),
  ],
])('the judge accepts a right plan: %s', (_title, problem, plan) => {
  expect(judge(problem, plan)).toEqual([])
})

test.each<[string, JudgedCluster, JudgedPlan, string]>([
  [
    'refused though a device is free',
    cluster([one], [request()]),
    refused('no-such-device'),
    'host 0 can take it',
  ],
  [
    'neither placed nor refused',
    cluster([one], [request()]),
    { placements: [], rejections: [] },
    'placed or rejected',
  ],
  [
    'a claimed device',
    cluster([{ ...one, claimedBy: 1 }, two], [request()]),
    given('0 3b:00.0'),
    'may not have',
  ],
  [
    'a device whose group mate the host uses',
    cluster(
      [{ ...one, iommuGroup: 1 }, { ...two, iommuGroup: 1, inUseByHost: true }, device('d8:00.0')],
      [request()],
    ),
    given('0 3b:00.0'),
    'may not have',
  ],
  [
    'a PF with a VF',
    cluster([{ ...one, kind: 'pf' }, device('3b:00.1', { kind: 'vf', parent: one.address })], [request()]),
    given('0 3b:00.0'),
    'may not have',
  ],
  [
    'a device that does not match',
    cluster([{ ...one, vendor: '8086' }, two], [request()]),
    given('0 3b:00.0'),
    'may not have',
  ],
  [
    'one device twice',
    cluster([one, two], [request(), request()]),
    given('0 3b:00.0', '1 3b:00.0'),
    'a device twice',
  ],
  ['too few', cluster([one, two], [request({ count: 2 })]), given('0 3b:00.0'), 'got 1 of 2'],
  ['half a slot', cluster([one, two], [request({ all: true })]), given('0 3b:00.0'), 'may not have'],
  [
    'an optional device forgotten',
    cluster([one, two], [request(), request({ optional: true })]),
    given('0 3b:00.0'),
    'possible on its host 0,1',
  ],
  [
    'two nodes',
    cluster([{ ...one, numaNode: 0 }, { ...two, numaNode: 1 }, device('d8:00.0')], [request({ count: 2 })], {
      numa: 'REQUIRED',
    }),
    given('0 3b:00.0', '0 3b:00.1'),
    'several nodes',
  ],
  [
    'rows out of order',
    cluster([one, two], [request({ count: 2 })]),
    given('0 3b:00.1', '0 3b:00.0'),
    'not sorted',
  ],
  ['more CPU than there is', cluster([], [], { cpu: 1001 }, { cpu: 100 }), given(), 'cannot: cpu'],
  ['a host that is off', cluster([], [], {}, { state: 'off' }), given(), 'cannot: host-state'],
  ['the wrong reason', cluster([], [], { cpu: 1001 }, { cpu: 100 }), refused('memory'), 'expected cpu'],
])('the judge objects to %s', (_title, problem, plan, words) => {
  expect(judge(problem, plan).join('; ')).toContain(words)
})
