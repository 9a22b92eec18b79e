/** Agents that lose answers, restart, fall silent and are fenced, in an order that chance makes: no double claim, no VM twice, none lost. */
import { expect, test } from 'vitest'
import { createListener } from '../../src/controller/silence.ts'
import { forgetComparisons, markHeard } from '../../src/database/agents.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listVms } from '../../src/database/vms.ts'
import type { AgentMessage, HandedOrder } from '../../src/model/agent-protocol.ts'
import { BerthError } from '../../src/model/errors.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { reported } from '../support/reports.ts'
import { type AgentWorld, agentWorld, type ScriptedAgent } from '../support/scripted-agent.ts'

const GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de" ]'

/** The same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Remembers on disk what it was told and what it has to tell, as src/agent does. */
interface Remembering {
  readonly agent: ScriptedAgent
  readonly seen: Map<number, { readonly attempt: number; readonly event: HostEvent }>
  outbox: AgentMessage[]
  /** Number of the first in the outbox, of this start. */
  first: number
}

class Chaos {
  readonly world: AgentWorld
  readonly hosts: readonly Remembering[]
  readonly random: () => number
  lossy = true

  constructor(world: AgentWorld, agents: readonly ScriptedAgent[], random: () => number) {
    this.world = world
    this.random = random
    this.hosts = agents.map((agent) => ({ agent, seen: new Map(), outbox: [], first: 1 }))
  }

  pick<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.random() * all.length)]
  }

  isLost(): boolean {
    return this.lossy && this.random() < 0.3
  }

  async poll(host: Remembering): Promise<void> {
    const { agent, outbox, seen } = host
    const untold = new Set(outbox.flatMap((one) => (one.kind === 'event' ? [one.event.order] : [])))
    agent.known.clear()
    for (const [order, { attempt }] of seen) if (untold.has(order)) agent.known.set(order, attempt)
    const { orders, full } = await agent.poll()
    if (this.isLost()) return
    for (const handed of orders) this.carryOut(host, handed)
    if (full) await this.report(host)
  }

  carryOut(host: Remembering, handed: HandedOrder): void {
    const { order, attempt } = handed
    const before = host.seen.get(order.id)
    const event = before?.attempt === attempt ? before.event : host.agent.carryOut(handed)
    host.seen.set(order.id, { attempt, event })
    host.outbox.push({ kind: 'event', attempt, event })
  }

  async tell(host: Remembering): Promise<void> {
    const { incarnation } = host.agent
    const messages = host.outbox.map((message, index) => ({ number: host.first + index, message }))
    if (messages.length === 0) return
    const answer = await host.agent.call('messages', { incarnation, messages })
    expect(answer.status).toBe(200)
    if (this.isLost()) return
    const gone = answer.body.taken - host.first + 1
    host.outbox = host.outbox.slice(gone)
    host.first += gone
  }

  async report({ agent }: Remembering): Promise<void> {
    const observedAt = this.world.now - (this.lossy ? Math.floor(this.random() * 3000) : 0)
    const answer = await agent.send({ observedAt })
    if (answer.body?.code === 'report-base-unknown') await agent.send({ observedAt })
  }

  async restart(host: Remembering): Promise<void> {
    await host.agent.hello()
    host.first = 1
    await this.report(host)
  }

  /** The others are heard meanwhile. Switched off, it loses what ran there. */
  async silence(host: Remembering, fence: boolean): Promise<void> {
    const { world } = this
    const others = this.hosts.filter((one) => one !== host).map(({ agent }) => agent.id)
    await world.listen()
    const listener = createListener(world.deps)
    for (let second = 0; second < 65; second++) {
      world.now += 1000
      await markHeard(world.database.kysely, others, world.now)
      await listener.check()
    }
    if (!fence) return
    host.agent.machine.domains = []
    host.outbox = []
    host.seen.clear()
    await world.ask('POST', `/v1/hosts/${host.agent.name}/fence`)
  }

  async operate(): Promise<void> {
    const { ask } = this.world
    const vm = this.pick(await listVms(this.world.database.kysely))
    const action = this.pick(['create', 'create', 'stop', 'start', 'terminate'])
    if (action === 'create') await ask('POST', '/v1/vms', { template: GPU, name: 'vm' })
    // Whether that is possible in its state, or not.
    else if (vm) await ask('POST', `/v1/vms/${vm.id}/${action}`, action === 'start' ? {} : { hard: true })
  }

  async step(): Promise<void> {
    const host = this.pick(this.hosts)
    if (host === undefined) return
    const dice = this.random()
    if (dice < 0.22) await this.poll(host)
    else if (dice < 0.4) await this.tell(host)
    else if (dice < 0.52) await this.report(host)
    else if (dice < 0.72) await this.operate()
    else if (dice < 0.88) await this.world.cycle()
    else if (dice < 0.92) await this.restart(host)
    else if (dice < 0.94) await this.world.database.transaction(forgetComparisons)
    else if (dice < 0.96) host.agent.machine.domains = host.agent.machine.domains.slice(1)
    else await this.silence(host, dice > 0.98)
    this.world.now += 500
  }

  /** The network is whole again, and everybody gets round to everything. */
  async calm(): Promise<void> {
    this.lossy = false
    for (let round = 0; round < 8; round++) {
      for (const host of this.hosts) {
        await this.poll(host)
        await this.tell(host)
        await this.poll(host)
        this.world.now += 10
        await this.report(host)
      }
      await this.world.listen()
      await this.world.cycle()
      this.world.now += 20_000
      await markHeard(
        this.world.database.kysely,
        this.hosts.map(({ agent }) => agent.id),
        this.world.now,
      )
    }
  }

  async sound(): Promise<void> {
    const { database } = this.world
    expect(await database.read((q) => checkDatabase(q))).toEqual([])
    const running = this.hosts.flatMap(({ agent }) => agent.machine.domains.map(({ berth }) => berth?.vm))
    expect(running).toEqual([...new Set(running)])
    const used = this.hosts.map(({ agent }) => agent.machine.domains.flatMap(({ hostdevs }) => hostdevs))
    for (const hostdevs of used) expect(hostdevs).toEqual([...new Set(hostdevs)])
  }
}

test.each([1, 2, 3, 4, 5, 6])('whatever happens (%i), all is caught up with in the end', async (seed) => {
  const world = await agentWorld(':memory:')
  const devices = () => [1, 2, 3].map((n) => reported(`0000:0${n}:00.0`, { iommuGroup: 10 + n }))
  const agents = []
  for (const name of ['kvm-a', 'kvm-b', 'kvm-c']) agents.push(await world.host(name, devices()))
  for (const agent of agents) await agent.start()
  const chaos = new Chaos(world, agents, chance(seed))
  for (let step = 0; step < 120; step++) {
    try {
      await chaos.step()
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
    }
    await chaos.sound()
  }
  await chaos.calm()
  await chaos.sound()
  const vms = await listVms(world.database.kysely)
  const settled = ['RUNNING', 'POWEROFF', 'PENDING', 'BOOT_FAILURE']
  expect(vms.filter(({ state }) => !settled.includes(state))).toEqual([])
  const there = agents.flatMap(({ id, machine }) =>
    machine.domains.map(({ berth }) => `${berth?.vm}.${berth?.epoch} on ${id}`),
  )
  const meant = vms
    .filter(({ state }) => state === 'RUNNING')
    .map(({ id, epoch, host }) => `${id}.${epoch} on ${host}`)
  expect(there.sort()).toEqual(meant.sort())
  // Nobody waits while there is room: nine devices, one for each.
  const waiting = vms.filter(({ state }) => state === 'PENDING')
  expect(waiting.length === 0 || meant.length === 9).toBe(true)
})
