/** Whatever the cloud looks like, with everything at once in it: what a plan must never do, told again without a look at the placer. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planPools } from '../../src/opennebula/placement/plan.ts'
import { readPolicy } from '../../src/opennebula/policy.ts'
import { readAction } from '../../src/opennebula/xml/action.ts'
import { action, datastore, group, host, node, vm } from './build.ts'

const GPU = '10de:20b0:0302'
const STORES = [
  { id: 0, clusters: [0], shared: true, free: 120 },
  { id: 1, clusters: [0, 1], shared: false, free: 0 },
]
const PENDING = 1
const ACTIVE = 3

const hostOf = fc.record({
  state: fc.constantFrom(2, 2, 2, 1, 0, 3, 4),
  cluster: fc.constantFrom(0, 0, 1),
  cpu: fc.integer({ min: 0, max: 8 }),
  /** Cores by NUMA node. */
  nodes: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  devices: fc.integer({ min: 0, max: 3 }),
  freeDisk: fc.constantFrom(0, 50, 100),
})
const vmOf = fc.record({
  life: fc.constantFrom('new', 'new', 'new', 'moving', 'running', 'held', 'off'),
  on: fc.nat(3),
  cpu: fc.integer({ min: 0, max: 3 }),
  devices: fc.integer({ min: 0, max: 2 }),
  /** Whole cores of one NUMA node. */
  pinned: fc.constantFrom(0, 0, 1, 2),
  disk: fc.constantFrom(0, 20, 60),
  role: fc.constantFrom('none', 'none', 'together', 'apart'),
  allowed: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
})
const cloud = fc.record({
  hosts: fc.array(hostOf, { minLength: 1, maxLength: 4 }),
  vms: fc.array(vmOf, { minLength: 1, maxLength: 7 }),
})
type Cloud = typeof cloud extends fc.Arbitrary<infer T> ? T : never
type OneVm = Cloud['vms'][number]

const STATES = { new: PENDING, moving: ACTIVE, running: ACTIVE, held: 2, off: 8 }
const isEligible = ({ life }: OneVm): boolean => life === 'new' || life === 'moving'
const isActive = ({ life }: OneVm): boolean => STATES[life] === ACTIVE

/** Where it is, or was: those who must be together are together. */
const homeOf = ({ hosts }: Cloud, { on, role }: OneVm): number =>
  role === 'together' ? 0 : on % hosts.length

/** OpenNebula does not name the host that a VM is to leave. */
const allowedFor = (made: Cloud, one: OneVm): number[] =>
  [...made.hosts.keys()].filter(
    (id) => one.allowed[id] === true && !(one.life === 'moving' && homeOf(made, one) === id),
  )

const members = ({ vms }: Cloud, role: OneVm['role']): number[] =>
  vms.flatMap((one, id) => (one.role === role ? [id] : []))

function planOf(made: Cloud) {
  const coresOf = (counts: readonly number[]) =>
    counts.map((cores, id) =>
      node(
        id,
        Array.from({ length: cores }, (_, n) => id * 8 + n),
      ),
    )
  const xml = action({
    hosts: made.hosts.map(({ state, cluster, cpu, nodes, devices, freeDisk }, id) =>
      host({
        id,
        state,
        cluster,
        freeDisk,
        share: { MAX_CPU: cpu * 100 },
        nodes: coresOf(nodes),
        devices: Array.from({ length: devices }, (_, n) => `0${n + 1}:00.0 ${GPU}`),
        vms: made.vms.flatMap((one, n) => (one.life !== 'new' && homeOf(made, one) === id ? [n] : [])),
      }),
    ),
    vms: made.vms.map((one, id) => vm(shapeOf(made, one, id))),
    datastores: STORES.map(({ id, clusters, shared, free }) =>
      datastore({ id, clusters, free, template: { SHARED: shared ? 'YES' : 'NO' } }),
    ),
    groups: [
      group([
        { name: 'together', vms: members(made, 'together'), policy: 'AFFINED' },
        { name: 'apart', vms: members(made, 'apart'), policy: 'ANTI_AFFINED' },
      ]),
    ],
    allowed: made.vms.map((one, id) => ({ vm: id, hosts: allowedFor(made, one), datastores: [0, 1] })),
  })
  return planPools(readAction(xml), readPolicy('MAX_HOST = 0'))
}

function shapeOf(made: Cloud, one: OneVm, id: number) {
  return {
    id,
    state: STATES[one.life],
    resched: one.life === 'moving',
    cpu: one.cpu,
    // A moved VM's blocks have what the core wrote into them.
    pci: Array.from({ length: one.devices }, () => ({
      VENDOR: '10de',
      ...(one.life === 'moving' && { SHORT_ADDRESS: '09:00.0' }),
    })),
    disks: one.disk === 0 ? [] : [{ TYPE: 'fs', SIZE: one.disk }],
    ...(one.pinned > 0 && {
      topology: { PIN_POLICY: 'CORE' },
      nodes: [{ TOTAL_CPUS: one.pinned, MEMORY: 1024 }],
    }),
    ...(one.life !== 'new' && { history: { HID: homeOf(made, one), DS_ID: 1 } }),
  }
}

interface Placed {
  readonly one: OneVm
  readonly id: number
  readonly on: number
  readonly datastore: number | null
  readonly operation: string
}

function placedIn(made: Cloud): readonly Placed[] {
  return planOf(made).placements.map(({ vm: id, host: on, datastore: store, operation }) => {
    const one = made.vms[id]
    if (one === undefined) throw new Error('nobody asked')
    return { one, id, on, datastore: store, operation }
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)

/** Whether every VM's cores can be on one node, in some way. */
function canPack(nodes: readonly number[], [first, ...rest]: readonly number[]): boolean {
  if (first === undefined) return true
  return nodes.some(
    (cores, n) =>
      cores >= first &&
      canPack(
        nodes.map((left, other) => (other === n ? left - first : left)),
        rest,
      ),
  )
}

const always = (title: string, holds: (made: Cloud) => void): void =>
  test(title, () => fc.assert(fc.property(cloud, holds), { numRuns: 400 }))

always('only VMs that wait for a host or are to be moved are spoken of, each once', (made) => {
  const { placements, waiting } = planOf(made)
  const told = [...placements, ...waiting].map(({ vm: id }) => id).sort((a, b) => a - b)
  expect(told).toEqual(made.vms.flatMap((one, id) => (isEligible(one) ? [id] : [])))
})

always('an allowed host that is monitored, to deploy on or to move to', (made) => {
  for (const { one, on, operation } of placedIn(made)) {
    expect(allowedFor(made, one)).toContain(on)
    expect([1, 2]).toContain(made.hosts[on]?.state)
    expect(operation).toBe(one.life === 'moving' ? 'migrate' : 'deploy')
  }
})

always('never more cores, devices, or pinned cores of a node than a host has', (made) => {
  const placed = placedIn(made)
  for (const [id, { cpu, devices, nodes }] of made.hosts.entries()) {
    const here = placed.filter(({ on }) => on === id).map(({ one }) => one)
    expect(sum(here.map((one) => one.cpu))).toBeLessThanOrEqual(cpu)
    expect(sum(here.map((one) => one.devices))).toBeLessThanOrEqual(devices)
    expect(
      canPack(
        nodes,
        here.map(({ pinned }) => pinned).filter((n) => n > 0),
      ),
    ).toBe(true)
  }
})

always(
  'a datastore of the host’s cluster, never fuller than OpenNebula lets it be; who moves keeps its own',
  (made) => {
    const used = new Map<string, number>()
    for (const { one, on, datastore: id } of placedIn(made)) {
      const store = STORES.find((candidate) => candidate.id === id)
      const there = made.hosts[on]
      if (store === undefined || there === undefined) throw new Error('there is no such datastore')
      expect(store.clusters).toContain(there.cluster)
      if (one.life === 'moving') expect(id).toBe(1)
      const space = store.shared ? 'shared' : `local ${on}`
      const before = used.get(space) ?? 0
      const free = store.shared ? store.free : there.freeDisk
      if (!store.shared || one.disk > 0) expect(before + one.disk).toBeLessThan(free)
      used.set(space, before + one.disk)
    }
  },
)

always('affined VMs end on one host, anti-affined ones on different ones', (made) => {
  const placed = new Map(placedIn(made).map(({ id, on }) => [id, on]))
  const placeOf = (id: number): number | undefined => {
    const one = made.vms[id]
    return placed.get(id) ?? (one !== undefined && isActive(one) ? homeOf(made, one) : undefined)
  }
  const together = members(made, 'together').flatMap((id) => placeOf(id) ?? [])
  expect(new Set(together).size).toBeLessThanOrEqual(1)
  for (const id of members(made, 'apart'))
    for (const other of members(made, 'apart'))
      if (id !== other && placed.has(id)) expect(placeOf(other)).not.toBe(placed.get(id))
})
