/** The loops of `serve`: plans follow changes, not the clock; one at a time works, and on PostgreSQL a second one stands by. */
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { SERVE_LEASE, serve } from '../../src/controller/serve.ts'
import { findAgent } from '../../src/database/agents.ts'
import { findLease, takeLease } from '../../src/database/leases.ts'
import { getVm } from '../../src/database/vms.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { carryOut, fakeHost } from '../api/world.ts'
import { startEngines } from '../support/engines.ts'
import { report, reported } from '../support/reports.ts'
import { type AgentWorld, agentWorld } from '../support/scripted-agent.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de" ]'
const gpu = () => reported('0000:3b:00.0', { iommuGroup: 12 })
/** No cycle but the first comes by the clock. */
const NEVER_MS = 3_600_000
const PATIENCE = { timeout: 20_000, interval: 20 }

const realTime = (world: AgentWorld): ControllerDeps => ({
  ...world.deps,
  clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))) },
})

/** Serves while `work` goes on. */
async function serving(deps: ControllerDeps, work: () => Promise<void>): Promise<void> {
  const end = new AbortController()
  const served = serve(deps, NEVER_MS, end.signal)
  try {
    await work()
  } finally {
    end.abort()
    await served
  }
}

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('serve', () => {
    test('places a VM when it is created and when a device is freed, on in-process hosts without another probe', async () => {
      const world = await agentWorld(await fresh())
      const machine = fakeHost([gpu()])
      let probes = 0
      const took: string[] = []
      const deps: ControllerDeps = {
        ...realTime(world),
        observer: { took: (part) => took.push(part), waiting: () => {}, standingBy: () => {} },
        connect: async () => ({
          report: async () => {
            probes++
            return report(machine.devices, { domains: machine.domains })
          },
          nodeDevices: async () => null,
          carryOut: async (order) => carryOut(machine, order),
        }),
      }
      const { database } = world
      const wish = { cluster: 'default', driver: 'simulator', uri: '/x', enabled: true } as const
      const { id } = await addHost(database, { ...wish, name: 'here', filter: null, attributes: {} })
      await serving(deps, async () => {
        const state = async (vm: number) => (await getVm(database.kysely, vm)).state
        await vi.waitFor(() => expect(probes).toBe(1), PATIENCE)
        const first = await createVm(database, GPU, { name: 'first' }, Date.now())
        const placed = async () => expect((await getVm(database.kysely, first.id)).host).toBe(id)
        await vi.waitFor(placed, PATIENCE)
        expect(probes).toBe(1)
        // The plan between two cycles is told of, too.
        await vi.waitFor(() => expect(took).toEqual(['intake', 'schedule', 'schedule']), PATIENCE)
        await vi.waitFor(async () => expect(await state(first.id)).toBe('RUNNING'), PATIENCE)
        const second = await createVm(database, GPU, { name: 'second' }, Date.now())
        await terminateVm(database, first.id, { graceSeconds: 0 }, Date.now())
        await vi.waitFor(async () => expect(await state(second.id)).toBe('RUNNING'), PATIENCE)
      })
    })

    test('lets hosts behind agents be compared anew when it starts, and then places by their word', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', [gpu()])
      await agent.start()
      const { database } = world
      await database.kysely.updateTable('agents').set({ heard_at: Date.now() }).execute()
      await serving(realTime(world), async () => {
        const compared = async () => (await findAgent(database.kysely, agent.id))?.compared
        await vi.waitFor(async () => expect(await compared()).toBe(false), PATIENCE)
        const { id } = await createVm(database, GPU, { name: 'vm' }, Date.now())
        const why = async () => (await getVm(database.kysely, id)).message
        await vi.waitFor(async () => expect(await why()).not.toBeNull(), PATIENCE)
        // Of all that, nothing is left to be looked at: only the comparison is news.
        await new Promise((resolve) => setTimeout(resolve, 800))
        world.now = Date.now()
        await agent.work()
        const state = async () => (await getVm(database.kysely, id)).state
        await vi.waitFor(async () => expect(await state()).toBe('BOOT'), PATIENCE)
        await agent.work()
        expect(await state()).toBe('RUNNING')
      })
    })

    test('with another one at work: refused on SQLite, on PostgreSQL it stands by until that one is gone', async () => {
      const world = await agentWorld(await fresh())
      const { database } = world
      const { kysely } = database
      let expiresAt = Date.now() + 15_000
      const other = setInterval(
        () =>
          void takeLease(kysely, { name: SERVE_LEASE, holder: 'other', expiresAt: ++expiresAt }, 0).catch(
            () => {},
          ),
        10,
      )
      await takeLease(kysely, { name: SERVE_LEASE, holder: 'other', expiresAt }, Date.now())
      try {
        if (database.dialect === 'sqlite') {
          const refused = serve(realTime(world), NEVER_MS, new AbortController().signal)
          await expect(refused).rejects.toMatchObject({ code: 'lease-held' })
          return
        }
        await serving(realTime(world), async () => {
          const said = () =>
            world.logged.filter((line) => line.startsWith('standing by: another serve (other)'))
          await vi.waitFor(() => expect(said()).toHaveLength(1), PATIENCE)
          clearInterval(other)
          await new Promise((resolve) => setTimeout(resolve, 50))
          await kysely.deleteFrom('leases').execute()
          const holder = async () => (await findLease(kysely, SERVE_LEASE, Date.now()))?.holder
          await vi.waitFor(async () => expect(await holder()).toBe(world.deps.holder), PATIENCE)
          expect(said()).toHaveLength(1)
        })
      } finally {
        clearInterval(other)
      }
    })
  })
})
