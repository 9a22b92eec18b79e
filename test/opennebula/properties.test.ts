/** Whatever the cloud looks like: a plan stays within what OpenNebula allows, and its core would carry all of it out. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planPools } from '../../src/opennebula/placement/plan.ts'
import { readPolicy } from '../../src/opennebula/policy.ts'
import { readAction } from '../../src/opennebula/xml/action.ts'
import { action, host, vm } from './build.ts'
import { type Block, give, type NaiveDevice } from './naive-core.ts'

const TYPES = ['10de:20b0:0302', '10de:1db4:0302', '15b3:101e:0200']

const hostOf = fc.record({
  devices: fc.uniqueArray(
    fc.record({
      bus: fc.integer({ min: 1, max: 8 }),
      type: fc.constantFrom(...TYPES),
      taken: fc.boolean(),
      /** Bus in its SHORT_ADDRESS: its own, or one that several have. */
      told: fc.option(fc.constantFrom(2, 3), { freq: 3 }),
    }),
    { maxLength: 6, selector: ({ bus }) => bus },
  ),
  cpu: fc.integer({ min: 0, max: 8 }),
})
const block: fc.Arbitrary<Block> = fc.constantFrom<Block>(
  { CLASS: '0302' },
  { VENDOR: '10de' },
  { VENDOR: '10de', DEVICE: '1db4' },
  { VENDOR: '15b3', DEVICE: '101e' },
  { SHORT_ADDRESS: '03:00.0' },
  { SHORT_ADDRESS: '03:00.0', VENDOR: '10de' },
)
const vmOf = fc.record({
  cpu: fc.integer({ min: 1, max: 4 }),
  pci: fc.array(block, { maxLength: 3 }),
  priority: fc.integer({ min: 0, max: 2 }),
  allowed: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
})
const cloud = fc.record({
  hosts: fc.array(hostOf, { minLength: 1, maxLength: 4 }),
  vms: fc.array(vmOf, { minLength: 1, maxLength: 7 }),
  most: fc.integer({ min: 0, max: 2 }),
})
type Cloud = typeof cloud extends fc.Arbitrary<infer T> ? T : never

const shortOf = (bus: number): string => `0${bus}:00.0`
const allowedFor = ({ hosts }: Cloud, { allowed }: Cloud['vms'][number]): number[] =>
  [...hosts.keys()].filter((id) => allowed[id] === true)

function documentOf(made: Cloud): string {
  return action({
    hosts: made.hosts.map(({ devices, cpu }, id) =>
      host({
        id,
        share: { MAX_CPU: cpu * 100 },
        devices: devices.map(
          ({ bus, type, taken, told }) =>
            `${shortOf(bus)} ${type} short=${shortOf(told ?? bus)}${taken ? ' vm=99' : ''}`,
        ),
      }),
    ),
    vms: made.vms.map(({ cpu, pci, priority }, id) =>
      vm({ id, cpu, pci: pci.map((one) => ({ ...one })), user: { USER_PRIORITY: priority } }),
    ),
    allowed: made.vms.map((one, id) => ({ vm: id, hosts: allowedFor(made, one) })),
  })
}

function naiveHosts({ hosts }: Cloud): NaiveDevice[][] {
  return hosts.map(({ devices }) =>
    devices.map(({ bus, type, taken, told }) => {
      const [VENDOR = '', DEVICE = '', CLASS = ''] = type.split(':')
      return {
        address: `0000:${shortOf(bus).replace('.', ':')}`,
        short: shortOf(told ?? bus),
        ids: { VENDOR, DEVICE, CLASS },
        vm: taken ? 99 : -1,
      }
    }),
  )
}

const planOf = (made: Cloud) => planPools(readAction(documentOf(made)), readPolicy(`MAX_HOST = ${made.most}`))

test('never a host that was not allowed, never more than it has, never more VMs than the limit, every VM spoken of once', () => {
  fc.assert(
    fc.property(cloud, (made) => {
      const { placements, waiting } = planOf(made)
      const used = made.hosts.map(() => ({ cpu: 0, vms: 0 }))
      for (const { vm: id, host: on } of placements) {
        const asking = made.vms[id]
        const host = used[on]
        if (asking === undefined || host === undefined) throw new Error('nobody asked')
        expect(allowedFor(made, asking)).toContain(on)
        host.cpu += asking.cpu
        host.vms += 1
      }
      used.forEach(({ cpu, vms }, id) => {
        expect(cpu).toBeLessThanOrEqual(made.hosts[id]?.cpu ?? -1)
        if (made.most > 0) expect(vms).toBeLessThanOrEqual(made.most)
      })
      const told = [...placements, ...waiting].map(({ vm: id }) => id).sort((a, b) => a - b)
      expect(told).toEqual([...made.vms.keys()])
    }),
    { numRuns: 300 },
  )
})

test('the core gives every planned VM all of its devices, in the order of the plan, and none twice', () => {
  fc.assert(
    fc.property(cloud, (made) => {
      const hosts = naiveHosts(made)
      for (const { vm: id, host: on } of planOf(made).placements)
        expect(give(hosts[on] ?? [], made.vms[id]?.pci ?? [], id)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('a VM waits only where, at its turn, no allowed host has room and serves its blocks', () => {
  fc.assert(
    fc.property(cloud, (made) => {
      const { placements } = planOf(made)
      const devices = naiveHosts(made)
      const used = made.hosts.map(() => ({ cpu: 0, vms: 0 }))
      const inTurn = [...made.vms.entries()].sort(([a, x], [b, y]) => y.priority - x.priority || a - b)
      for (const [id, { cpu, pci, ...asking }] of inTurn) {
        const hasRoom = (on: number): boolean =>
          (used[on]?.cpu ?? 0) + cpu <= (made.hosts[on]?.cpu ?? 0) &&
          (made.most === 0 || (used[on]?.vms ?? 0) < made.most) &&
          give(structuredClone(devices[on] ?? []), pci, id)
        const placed = placements.find((one) => one.vm === id)
        if (placed === undefined)
          expect(allowedFor(made, { cpu, pci, ...asking }).filter(hasRoom)).toEqual([])
        else {
          expect(hasRoom(placed.host)).toBe(true)
          give(devices[placed.host] ?? [], pci, id)
          const on = used[placed.host]
          if (on !== undefined) Object.assign(on, { cpu: on.cpu + cpu, vms: on.vms + 1 })
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('the same document gives the same plan', () => {
  fc.assert(
    fc.property(cloud, (made) => {
      expect(planOf(made)).toEqual(planOf(made))
    }),
    { numRuns: 50 },
  )
})
