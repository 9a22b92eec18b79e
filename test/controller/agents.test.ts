/** VMs on hosts behind agents, on every engine: their life, silence and return, fencing, restarts, older copies, two API servers at once. */
import { afterAll, describe, expect, test } from 'vitest'
import { createListener } from '../../src/controller/silence.ts'
import { findAgent, forgetComparisons, replaceCredential } from '../../src/database/agents.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listJournal } from '../../src/database/journal.ts'
import { lastOrderNumber } from '../../src/database/order-numbers.ts'
import { openOrder } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { startVm, stopVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { isVmOrder } from '../../src/model/order.ts'
import { startEngines } from '../support/engines.ts'
import { reported } from '../support/reports.ts'
import { type AgentWorld, agentWorld, elsewhere, type ScriptedAgent } from '../support/scripted-agent.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de" ]'
const gpus = () => [
  reported('0000:3b:00.0', { iommuGroup: 12 }),
  reported('0000:3c:00.0', { iommuGroup: 13 }),
]

async function pending(world: AgentWorld): Promise<number> {
  return (await createVm(world.database, GPU, { name: 'vm' }, world.deps.clock.now())).id
}

const vmOf = (world: AgentWorld, id: number) => getVm(world.database.kysely, id)

/** A VM that runs there. */
async function running(world: AgentWorld, agent: ScriptedAgent): Promise<number> {
  const id = await pending(world)
  await world.cycle()
  await agent.work()
  expect(await vmOf(world, id)).toMatchObject({ state: 'RUNNING', host: agent.id })
  return id
}

/** Nobody hears anything of any agent for so long; the controller is awake. */
async function hush(world: AgentWorld, seconds: number): Promise<readonly string[]> {
  const listener = createListener(world.deps)
  const lines: string[] = []
  for (let second = 0; second <= seconds; second++) {
    lines.push(...(await listener.check()))
    world.now += 1000
  }
  return lines
}

async function sound({ database }: AgentWorld): Promise<void> {
  expect(await database.read((q) => checkDatabase(q))).toEqual([])
}

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('a VM on a host behind an agent', () => {
    test('lives from its placement to its end, each step told and kept', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      const id = await pending(world)
      await world.cycle()
      expect((await vmOf(world, id)).state).toBe('PENDING')
      await agent.start()
      await world.cycle()
      expect((await vmOf(world, id)).state).toBe('BOOT')
      const { orders } = await agent.poll()
      const [handed] = orders
      if (handed === undefined) throw new Error('no order')
      const entry = { step: 'bind', state: 'begun', facts: { address: '0000:3b:00.0' } } as const
      const { order, attempt } = handed
      const event = agent.carryOut(handed)
      await agent.tell(
        { kind: 'step', order: order.id, at: 1, entry },
        { kind: 'progress', order: order.id, text: 'binding' },
        { kind: 'event', attempt, event },
      )
      expect((await vmOf(world, id)).state).toBe('RUNNING')
      expect(await listJournal(world.database.kysely, order.id)).toEqual([entry])
      expect(world.logged).toContain(`VM ${id} on kvm-a: binding`)
      await stopVm(world.database, id, {}, world.deps.clock.now())
      const release = await agent.work()
      // An agent that lost its own memory gives back what the deploy was given.
      expect(release.orders).toMatchObject([{ order: { kind: 'release' }, journal: [], giving: [entry] }])
      expect((await vmOf(world, id)).state).toBe('POWEROFF')
      expect(await listClaims(world.database.kysely, {})).toEqual([])
      await sound(world)
    })

    test('is placed only once the host was compared: after a start, a hello, and a restart of the controller', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.hello()
      const id = await pending(world)
      await world.cycle()
      expect(await vmOf(world, id)).toMatchObject({ state: 'PENDING' })
      await agent.send()
      await world.database.transaction(forgetComparisons)
      await world.cycle()
      expect(await vmOf(world, id)).toMatchObject({ state: 'PENDING' })
      expect((await agent.poll()).full).toBe(true)
      await agent.work()
      expect((await agent.poll()).full).toBe(false)
      await world.cycle()
      expect(await vmOf(world, id)).toMatchObject({ state: 'BOOT' })
    })

    test('on a host that cannot be looked at since its agent started is UNKNOWN, and the host says why', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      await agent.hello()
      const why = '/sys/bus/pci/devices cannot be read'
      for (let n = 0; n < 3; n++) await agent.poll(0, why)
      expect((await vmOf(world, id)).state).toBe('UNKNOWN')
      const shown = await world.ask('GET', '/v1/hosts/kvm-a')
      expect(shown.body).toMatchObject({ failure: why })
      expect(world.logged.filter((line) => line.includes(why))).toHaveLength(1)
      await agent.work()
      expect((await vmOf(world, id)).state).toBe('RUNNING')
      expect((await world.ask('GET', '/v1/hosts/kvm-a')).body).toMatchObject({ failure: null })
    })

    test('whose domain ends behind our back gives its devices back', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      agent.machine.domains = []
      await agent.poll()
      await agent.send()
      expect((await vmOf(world, id)).state).toBe('SHUTDOWN')
      await agent.work()
      expect((await vmOf(world, id)).state).toBe('POWEROFF')
      await sound(world)
    })

    test('is not judged by a report that is older than its last change', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const before = world.now
      const id = await running(world, agent)
      const domains = agent.machine.domains
      agent.machine.domains = []
      // A slow host: it looked before the deploy, and tells only now.
      await agent.send({ observedAt: before })
      expect((await vmOf(world, id)).state).toBe('RUNNING')
      // A clock that goes wrong there makes nothing newer than it is.
      agent.machine.domains = domains
      await agent.send({ observedAt: before + 10 ** 12 })
      expect((await vmOf(world, id)).state).toBe('RUNNING')
    })

    test('after a silence is not given up for compared by a look that is older than it, and came late', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      const before = world.now
      await hush(world, 70)
      expect((await vmOf(world, id)).state).toBe('UNKNOWN')
      await agent.send({ observedAt: before })
      expect((await agent.poll()).full).toBe(true)
      await agent.send()
      expect((await vmOf(world, id)).state).toBe('RUNNING')
      expect((await agent.poll()).full).toBe(false)
    })

    test('a report that knows of the domain before its event came changes nothing', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await pending(world)
      await world.cycle()
      const [handed] = (await agent.poll()).orders
      if (handed === undefined) throw new Error('no order')
      const event = agent.carryOut(handed)
      await agent.poll()
      await agent.send()
      expect((await vmOf(world, id)).state).toBe('BOOT')
      await agent.tell({ kind: 'event', attempt: handed.attempt, event })
      expect((await vmOf(world, id)).state).toBe('RUNNING')
      await sound(world)
    })
  })

  describe.skipIf(skip)('orders', () => {
    test('are told again until their end is heard, and counted once', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await pending(world)
      await world.cycle()
      const [first] = (await agent.poll()).orders
      const [again] = (await agent.poll()).orders
      expect(again).toEqual(first)
      expect(again?.attempt).toBe(1)
      agent.known.set(again?.order.id ?? 0, 1)
      const known = await agent.poll()
      expect(known.orders).toEqual([])
      expect(known.ended).toBeUndefined()
      expect(await openOrder(world.database.kysely, id)).toMatchObject({ attempts: 1, state: 'taken' })
    })

    test('go on in the same attempt where an agent starts anew, and the one before is superseded', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await pending(world)
      await world.cycle()
      const [handed] = (await agent.poll()).orders
      if (handed === undefined) throw new Error('no order')
      const { incarnation } = agent
      await agent.tell({
        kind: 'step',
        order: handed.order.id,
        at: 1,
        entry: { step: 'create', state: 'begun', facts: {} },
      })
      await agent.hello()
      const stale = await agent.call('poll', {
        ...{ incarnation, orders: [], errands: [], settings: 'a'.repeat(64), wait: 0 },
      })
      expect(stale).toMatchObject({
        status: 409,
        body: {
          code: 'agent-superseded',
          facts: { present: agent.incarnation, heardAt: expect.any(Number) },
        },
      })
      const [again] = (await agent.poll()).orders
      expect(again).toMatchObject({ attempt: 1, journal: [{ step: 'create' }] })
      await agent.work()
      expect((await vmOf(world, id)).state).toBe('RUNNING')
    })

    test('that were put off come with the next attempt, no sooner, and an end that is told twice counts once', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      await stopVm(world.database, id, {}, world.deps.clock.now())
      const [handed] = (await agent.poll()).orders
      if (handed === undefined || !isVmOrder(handed.order)) throw new Error('no order')
      const { order, attempt } = handed
      agent.known.set(order.id, attempt)
      const about = { order: order.id, vm: id, host: agent.id, epoch: order.epoch }
      const why = { code: 'busy', message: 'it is busy', faults: [] }
      const event: HostEvent = { kind: 'release-failed', ...about, ...why }
      await agent.tell({ kind: 'event', attempt, event }, { kind: 'event', attempt, event })
      expect((await openOrder(world.database.kysely, id))?.attempts).toBe(1)
      expect((await agent.poll()).orders).toEqual([])
      world.now += 11_000
      expect(await agent.work()).toMatchObject({ orders: [{ attempt: 2 }] })
      expect((await vmOf(world, id)).state).toBe('POWEROFF')
    })

    test('are handed once where two API servers are asked at once', async () => {
      if (skip) return
      const url = await fresh()
      const world = await agentWorld(url)
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const other = elsewhere(agent, await agentWorld(url, world))
      for (let round = 0; round < 3; round++) {
        const id = await pending(world)
        await world.cycle()
        const answers = await Promise.all([agent.poll(), other.poll(), agent.poll(), other.poll()])
        expect(new Set(answers.flatMap(({ orders }) => orders.map(({ attempt }) => attempt)))).toEqual(
          new Set([1]),
        )
        expect(await openOrder(world.database.kysely, id)).toMatchObject({ attempts: 1 })
        await Promise.all([agent.work(), other.poll()])
        expect((await vmOf(world, id)).state).toBe('RUNNING')
        await stopVm(world.database, id, { graceSeconds: 0 }, world.deps.clock.now())
        await agent.work()
      }
      await sound(world)
    })

    test('and what is told of them, to two API servers at once, is taken in once', async () => {
      const url = await fresh()
      const world = await agentWorld(url)
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      await pending(world)
      await world.cycle()
      const [handed] = (await agent.poll()).orders
      const beside = await agentWorld(url, world)
      const other = elsewhere(agent, beside)
      const say = (number: number) => ({
        number,
        message: { kind: 'progress', order: handed?.order.id, text: `binding ${number}` },
      })
      const body = { incarnation: agent.incarnation, messages: [1, 2, 3, 4, 5].map(say) }
      const told = await Promise.all([agent, other, agent, other].map((one) => one.call('messages', body)))
      expect(told.map((answer) => answer.body)).toEqual(told.map(() => ({ taken: 5 })))
      const lines = [...world.logged, ...beside.logged].filter((line) => line.includes('binding'))
      expect(lines).toHaveLength(5)
      const { report } = agent
      const sent = await Promise.all(
        [agent, other, agent, other].map((one) => one.send({ number: report, observedAt: world.now })),
      )
      const statuses = sent.map(({ status }) => status).sort()
      expect(statuses[0]).toBe(204)
      // Too soon after another one of the host's, or the same number again.
      for (const status of statuses.slice(1)) expect([409, 429]).toContain(status)
    })

    test('wake a long poll that waits at another API server', async () => {
      const url = await fresh()
      const world = await agentWorld(url)
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const other = elsewhere(agent, await agentWorld(url, world))
      const waiting = other.poll(20)
      await pending(world)
      await world.cycle()
      expect((await waiting).orders).toHaveLength(1)
    })
  })

  describe.skipIf(skip)('a controller that ends', () => {
    test('lets nobody wait, and says nothing of what it has not done', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const waiting = agent.poll(25)
      await new Promise((resolve) => setTimeout(resolve, 20))
      await world.port.close()
      expect(await waiting).toMatchObject({ orders: [], errands: [], full: false })
    })
  })

  describe.skipIf(skip)('an agent that lies', () => {
    test('fills no memory with the journal of its orders', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      await pending(world)
      await world.cycle()
      const [handed] = (await agent.poll()).orders
      if (handed === undefined) throw new Error('no order')
      const { id } = handed.order
      const entry = { step: 'bind', state: 'begun', facts: { words: 'x'.repeat(900_000) } } as const
      for (let at = 1; at <= 8; at++) await agent.tell({ kind: 'step', order: id, at, entry })
      expect(await listJournal(world.database.kysely, id)).toHaveLength(4)
      expect(world.logged.join()).toContain('whose journal is full: ignored')
    })
  })

  describe.skipIf(skip)('an agent that uses up numbers', () => {
    test('does not get to the end of those of orders in many steps', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      const last = () => world.database.read(lastOrderNumber)
      expect((await agent.hello({ highestOrder: 900_000 })).status).toBe(200)
      expect((await agent.hello({ highestOrder: 1_800_000 })).body.code).toBe('order-number-implausible')
      expect(await last()).toBe(900_000)
    })

    test('makes no VM unplaceable elsewhere', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await pending(world)
      await world.cycle()
      const [handed] = (await agent.poll()).orders
      if (handed === undefined) throw new Error('no order')
      await agent.tell({
        ...{ kind: 'refused', order: handed.order.id, attempt: 1, code: 'order-stale' },
        ...{ message: 'no', seenEpoch: 2_147_483_647 },
      })
      expect(await vmOf(world, id)).toMatchObject({ state: 'PENDING', epoch: 100_001 })
    })
  })

  describe.skipIf(skip)('a host that falls silent', () => {
    test('keeps its VMs as UNKNOWN, gets none, and has them back when it returns', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      expect(await hush(world, 50)).toEqual([])
      await agent.poll()
      await world.listen()
      expect(await hush(world, 59)).toEqual([])
      world.now += 2000
      const lines = await hush(world, 62)
      expect(lines).toEqual([expect.stringContaining(`host kvm-a is silent`)])
      expect(await vmOf(world, id)).toMatchObject({
        state: 'UNKNOWN',
        message: expect.stringContaining('its agent was last heard at 2026-11-26T12:'),
      })
      expect(await listClaims(world.database.kysely, { vm: id })).not.toEqual([])
      const second = await pending(world)
      await world.cycle()
      expect((await vmOf(world, second)).state).toBe('PENDING')
      const shown = await world.ask('GET', '/v1/hosts/kvm-a')
      expect(shown.body).toMatchObject({ state: 'unknown', agent: { silentSeconds: expect.any(Number) } })
      // Heard again, it is not trusted before it was compared.
      expect((await agent.poll()).full).toBe(true)
      expect((await vmOf(world, id)).state).toBe('UNKNOWN')
      await agent.work()
      await world.listen()
      expect((await vmOf(world, id)).state).toBe('RUNNING')
      expect((await world.ask('GET', '/v1/hosts/kvm-a')).body).toMatchObject({
        state: 'on',
        failure: null,
        agent: { silentSeconds: null, compared: true },
      })
      await world.cycle()
      expect((await vmOf(world, second)).state).toBe('BOOT')
      await sound(world)
    })

    test('returns without the domain: POWEROFF, its devices verified back', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      await hush(world, 70)
      expect((await vmOf(world, id)).state).toBe('UNKNOWN')
      agent.machine.domains = []
      agent.machine.bootId = 'boot-2'
      await agent.start()
      await agent.work()
      expect((await vmOf(world, id)).state).toBe('POWEROFF')
      await sound(world)
    })

    test('is not called silent by a controller that slept itself', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const listener = createListener(world.deps)
      world.now += 3_600_000
      expect(await listener.check()).toEqual([])
      expect((await findAgent(world.database.kysely, agent.id))?.compared).toBe(true)
    })

    test('is called silent, too, where each cycle takes longer than a sleep would', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      const listener = createListener(world.deps)
      for (let second = 0; second <= 90; second++) {
        world.now += 1000
        // Timers go on while a host in this process is probed.
        listener.tick()
        if (second % 10 === 0) await listener.check()
      }
      expect((await vmOf(world, id)).state).toBe('UNKNOWN')
    })

    test('can be fenced where its machine joined anew and never said hello', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      const joined = { host: agent.id, credentialHash: 'another', joinedAt: world.now }
      await world.database.transaction((q) => replaceCredential(q, joined))
      await hush(world, 70)
      expect((await vmOf(world, id)).state).toBe('UNKNOWN')
      expect((await world.ask('POST', '/v1/hosts/kvm-a/fence')).body).toMatchObject({ fenced: true })
    })

    test('does not answer where nobody has joined for its host', async () => {
      const world = await agentWorld(await fresh())
      await world.ask('POST', '/v1/hosts', { name: 'kvm-x', agent: true })
      expect((await world.ask('GET', '/v1/hosts/kvm-x/fence')).body).toMatchObject({
        answers: false,
        vms: [],
      })
    })

    test('is fenced on an operator’s word, which says first what it means; one that answers is not', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      expect(await world.ask('POST', '/v1/hosts/kvm-a/fence')).toMatchObject({
        status: 409,
        body: { code: 'host-answers' },
      })
      await hush(world, 70)
      const plan = await world.ask('GET', '/v1/hosts/kvm-a/fence')
      expect(plan.body).toMatchObject({
        fenced: false,
        vms: [{ vm: id, from: 'UNKNOWN', to: 'POWEROFF', devices: [expect.any(String)] }],
      })
      expect((await vmOf(world, id)).state).toBe('UNKNOWN')
      // Heard again, but not compared yet: it lives.
      await agent.poll()
      await world.listen()
      expect((await world.ask('POST', '/v1/hosts/kvm-a/fence')).status).toBe(409)
      await hush(world, 70)
      expect((await world.ask('POST', '/v1/hosts/kvm-a/fence')).body).toMatchObject({ fenced: true })
      expect(await vmOf(world, id)).toMatchObject({ state: 'POWEROFF', host: null })
      expect(await listClaims(world.database.kysely, {})).toEqual([])
      await sound(world)
    })

    test('fenced, it comes back with the VM still running: no VM runs twice, the domain is an orphan and keeps its device', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus().slice(0, 1))
      const other = await world.host('kvm-b', gpus())
      await agent.start()
      const id = await running(world, agent)
      await hush(world, 70)
      await world.ask('POST', '/v1/hosts/kvm-a/fence')
      await agent.work()
      await other.start()
      await startVm(world.database, id, world.deps.clock.now())
      const second = await pending(world)
      await world.cycle()
      expect(await vmOf(world, id)).toMatchObject({
        state: 'PENDING',
        message: expect.stringContaining('must not run twice'),
      })
      // What the orphan holds is given to nobody.
      expect(await vmOf(world, second)).toMatchObject({ state: 'BOOT', host: other.id })
      const shown = await world.ask('GET', '/v1/hosts/kvm-a')
      expect(shown.body.orphans).toMatchObject([{ vm: id }])
      expect(agent.machine.domains).toHaveLength(1)
      agent.machine.domains = []
      await agent.poll()
      await agent.send()
      await world.cycle()
      expect((await vmOf(world, id)).state).toBe('BOOT')
      await sound(world)
    })

    test('fenced in the middle of a deploy, what it tells late is of no consequence', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await pending(world)
      await world.cycle()
      const [handed] = (await agent.poll()).orders
      if (handed === undefined) throw new Error('no order')
      await hush(world, 70)
      await world.ask('POST', '/v1/hosts/kvm-a/fence')
      expect((await vmOf(world, id)).state).toBe('POWEROFF')
      const event = agent.carryOut(handed)
      // One that was interrupted is not gone on with: the VM may run elsewhere by now.
      expect((await agent.poll()).ended).toEqual([handed.order.id])
      expect(await agent.tell({ kind: 'event', attempt: 1, event })).toMatchObject({ body: { taken: 1 } })
      expect((await vmOf(world, id)).state).toBe('POWEROFF')
      await agent.work()
      expect((await world.ask('GET', '/v1/hosts/kvm-a')).body.orphans).toMatchObject([{ vm: id }])
    })
  })

  describe.skipIf(skip)('a database that was restored from an older copy', () => {
    test('goes on behind the numbers that its hosts have seen', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.hello({ highestOrder: 4711 })
      await agent.work()
      const id = await running(world, agent)
      await stopVm(world.database, id, {}, world.deps.clock.now())
      expect((await openOrder(world.database.kysely, id))?.order.id).toBe(4713)
      await agent.hello({ highestOrder: 12 })
      await agent.work()
      expect(await vmOf(world, id)).toMatchObject({ state: 'POWEROFF' })
      expect(await agent.hello({ highestOrder: 2_000_000_000 })).toMatchObject({
        status: 409,
        body: { code: 'order-number-implausible' },
      })
    })

    test('a deploy that the host refuses fails, and the next one is above what the host has seen', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await pending(world)
      await world.cycle()
      const [handed] = (await agent.poll()).orders
      if (handed === undefined) throw new Error('no order')
      await agent.tell({
        ...{ kind: 'refused', order: handed.order.id, attempt: 1, code: 'order-stale' },
        ...{ message: 'older than what this host has seen', seenEpoch: 7, highestOrder: 90 },
      })
      expect(await vmOf(world, id)).toMatchObject({
        ...{ state: 'PENDING', epoch: 7 },
        message: expect.stringContaining('older than what this host has seen'),
      })
      world.now += 11_000
      await world.listen()
      await world.cycle()
      const [next] = (await agent.poll()).orders
      expect(next?.order).toMatchObject({ id: 91, epoch: 8 })
      await agent.work()
      expect((await vmOf(world, id)).state).toBe('RUNNING')
      await sound(world)
    })

    test('a release that the host refuses is written anew above what it has seen, and ends no domain that is not known', async () => {
      const world = await agentWorld(await fresh())
      const agent = await world.host('kvm-a', gpus())
      await agent.start()
      const id = await running(world, agent)
      await stopVm(world.database, id, {}, world.deps.clock.now())
      const [handed] = (await agent.poll()).orders
      if (handed === undefined) throw new Error('no order')
      await agent.tell({
        ...{ kind: 'refused', order: handed.order.id, attempt: 1, code: 'order-stale' },
        ...{ message: 'older than what this host has seen', seenEpoch: 5 },
      })
      expect(await vmOf(world, id)).toMatchObject({ state: 'SHUTDOWN', epoch: 6 })
      world.now += 11_000
      const [next] = (await agent.poll()).orders
      expect(next).toMatchObject({ attempt: 1, order: { kind: 'release', epoch: 6 } })
      await agent.work()
      expect((await vmOf(world, id)).state).toBe('POWEROFF')
      await sound(world)
    })
  })

  describe.skipIf(skip)('the controller, killed and started again', () => {
    test.each(['placed', 'handed', 'done', 'told'])(
      'when a deploy was %s, brings the VM up',
      async (phase) => {
        const url = await fresh()
        const before = await agentWorld(url)
        const agent = await before.host('kvm-a', gpus())
        await agent.start()
        const id = await pending(before)
        await before.cycle()
        let event = null
        let attempt = 0
        if (phase !== 'placed') {
          const [handed] = (await agent.poll()).orders
          if (handed === undefined) throw new Error('no order')
          attempt = handed.attempt
          agent.known.set(handed.order.id, attempt)
          if (phase !== 'handed') event = agent.carryOut(handed)
          else agent.known.clear()
          if (phase === 'told' && event) await agent.tell({ kind: 'event', attempt, event })
        }
        const after = await agentWorld(url, before)
        await after.database.transaction(forgetComparisons)
        const same = elsewhere(agent, after)
        same.message = phase === 'told' ? 1 : agent.message
        same.report = agent.report
        for (const [order, known] of agent.known) same.known.set(order, known)
        // What it does not know to be taken in, it tells again.
        if (event) await same.tell({ kind: 'event', attempt, event })
        await same.work()
        await same.work()
        expect((await vmOf(after, id)).state).toBe('RUNNING')
        expect(agent.machine.domains).toHaveLength(1)
        await sound(after)
      },
    )
  })
})
