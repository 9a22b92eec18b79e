/** The agent's program: alone on its state, offline and back, unwelcome, superseded, and its orderly end. */
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { writeMembership } from '../../src/agent/membership.ts'
import { putMessage } from '../../src/agent/memory/outbox.ts'
import { agentStatus } from '../../src/agent/status.ts'
import { bundle } from '../support/bundle.ts'
import { DEPLOY, handed, RELEASE, startAgent, until, type World, world } from './world.ts'

const kinds = ({ controller }: World) => controller.told('event').map(({ event }) => event.kind)

test('a second agent on the same state is refused, whichever process it is in, and the first goes on', async () => {
  const at = await world()
  startAgent(at)
  expect(() => startAgent(at)).toThrow(expect.objectContaining({ code: 'agent-running' }))
  const runner = await bundle('agent-runner.ts', 'sqlite')
  const { url } = at.controller
  const input = { state: at.state, host: at.host.dir, server: url, kill: null }
  const other = await execa(process.execPath, [runner, JSON.stringify(input)], { reject: false })
  expect(other.stderr).toContain('an agent runs with the state in')
  at.controller.orders.push(handed(DEPLOY))
  await until(() => expect(kinds(at)).toEqual(['running']))
})

test('once another agent speaks for the host, this one ends and touches nothing more', async () => {
  const at = await world()
  const { controller } = at
  const agent = startAgent(at)
  await until(() => expect(controller.reports).not.toEqual([]))
  controller.incarnation = 'another'
  controller.orders.push(handed(DEPLOY))
  await expect(agent.ended).rejects.toMatchObject({ code: 'agent-superseded' })
  expect(await at.host.hypervisor.list()).toEqual([])
})

test.each([
  ['one of its own starts of before', true],
  ['no agent at all', false],
])('a controller that was restored and knows %s is greeted once more, and all goes on', async (_, former) => {
  const at = await world()
  const { controller } = at
  const first = startAgent(at)
  await until(() => expect(controller.reports).not.toEqual([]))
  const { incarnation } = controller
  await first.stop()
  const agent = startAgent(at)
  controller.orders.push(handed(DEPLOY))
  await until(() => expect(kinds(at)).toEqual(['running']))
  controller.restart()
  controller.incarnation = former ? incarnation : null
  const hellos = () => controller.requests.filter(({ path }) => path === 'hello').length
  controller.orders.push(handed(RELEASE))
  await until(() => expect(kinds(at)).toEqual(['running', 'released']))
  expect(hellos()).toBe(3)
  expect(agent.log.filter((line) => line.includes('it was restored; hello again'))).toHaveLength(1)
})

test('superseded in the middle of an order, it stops there: what is begun is the other one to go on with', async () => {
  const at = await world()
  const { controller, host } = at
  let created = false
  const create = async (xml: string) => {
    await host.hypervisor.create(xml)
    created = true
    controller.incarnation = 'another'
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  controller.orders.push(handed(DEPLOY))
  const agent = startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, create } } })
  await expect(agent.ended).rejects.toMatchObject({ code: 'agent-superseded' })
  expect(created).toBe(true)
  expect(controller.told('event')).toEqual([])
  expect(agent.log).toContain('nothing more is touched: this agent ends')
  // Not undone either.
  expect(await host.hypervisor.list()).toHaveLength(1)
})

test('a controller on another database than the one that was joined gets nothing, and the agent ends', async () => {
  const at = await world()
  at.controller.cluster = 'db-2'
  await expect(startAgent(at).ended).rejects.toMatchObject({ code: 'agent-other-database' })
  expect(at.controller.requests.map(({ path }) => path)).toEqual(['hello'])
})

test('a credential that is refused is said once; VMs go on, and it is tried again, slowly', async () => {
  const at = await world()
  const { controller } = at
  const agent = startAgent(at)
  controller.orders.push(handed(DEPLOY))
  await until(() => expect(kinds(at)).toEqual(['running']))
  controller.credential = 'berth_a_other'
  const said = () => agent.log.filter((line) => line.includes('does not take this host')).length
  await until(() => expect(said()).toBe(1))
  // A question that was asked before may still be answered.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const [before, saidBefore] = [controller.requests.length, said()]
  await new Promise((resolve) => setTimeout(resolve, 400))
  // Two loops, a pause of 75 ms at least.
  expect(controller.requests.length - before).toBeLessThan(14)
  expect(said()).toBe(saidBefore)
  expect(await at.host.hypervisor.list()).toHaveLength(1)
  controller.credential = 'berth_a_secret'
  controller.orders.push(handed(RELEASE))
  await until(() => expect(kinds(at)).toEqual(['running', 'released']))
  expect(agent.log).toContain('the controller answers again')
})

test('offline: what was begun is carried through, and all of it told in order once the controller is back', async () => {
  const at = await world()
  const { controller, host } = at
  let gone = false
  const create = async (xml: string) => {
    await controller.stop()
    gone = true
    await host.hypervisor.create(xml)
  }
  controller.orders.push(handed(DEPLOY))
  const agent = startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, create } } })
  await until(() => expect(agent.log.join()).toContain('ended: running'))
  expect([gone, controller.told('event')]).toEqual([true, []])
  // Much to say, and nobody to listen.
  for (let n = 1; n <= 700; n++) putMessage(agent.store, { kind: 'progress', order: 1, text: `word ${n}` })
  const words = agent.store.prepare("select count(*) from outbox where kind = 'progress'").pluck()
  expect(words.get()).toBeLessThanOrEqual(500)
  await controller.start()
  await until(() => expect(kinds(at)).toEqual(['running']))
  expect(controller.told('step').map(({ at }) => at)).toEqual([1, 2, 3, 4])
  await until(() => expect(controller.told('progress').at(-1)?.text).toBe('word 700'))
  expect(agent.log.filter((line) => line.includes('does not answer'))).toHaveLength(1)
})

test('restarted without its controller, it keeps what it must tell; the next start tells it', async () => {
  const at = await world()
  const { controller, host } = at
  const create = async (xml: string) => {
    await controller.stop()
    await host.hypervisor.create(xml)
  }
  controller.orders.push(handed(DEPLOY))
  const first = startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, create } } })
  await until(() => expect(first.log.join()).toContain('ended: running'))
  await first.stop()
  const offline = startAgent(at)
  await until(() => expect(offline.log.join()).toContain('does not answer'))
  await offline.stop()
  // The controller comes back with another memory, too.
  controller.restart()
  await controller.start()
  startAgent(at)
  await until(() => expect(kinds(at)).toEqual(['running']))
  expect(controller.told('step').map(({ at }) => at)).toEqual([1, 2, 3, 4])
  await until(() => expect(Object.keys(controller.reports.at(0)?.sections ?? {})).toHaveLength(6))
})

test('told to stop, it finishes the order under way and tells its end', async () => {
  const at = await world()
  const { controller, host } = at
  let stopping: Promise<void> | null = null
  const create = async (xml: string) => {
    stopping = agent.stop()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await host.hypervisor.create(xml)
  }
  controller.orders.push(handed(DEPLOY))
  const agent = startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, create } } })
  await until(() => expect(stopping).not.toBeNull())
  await stopping
  expect(kinds(at)).toEqual(['running'])
})

test('answers that make no sense are said, and not acted on', async () => {
  const at = await world()
  const { controller } = at
  const agent = startAgent(at)
  await until(() => expect(controller.reports).not.toEqual([]))
  const nonsense = { ...handed(DEPLOY), order: { ...DEPLOY, devices: 'all' } }
  controller.orders.push(nonsense as never)
  await until(() => expect(agent.log.join()).toContain('is none that this version of Berth understands'))
  expect(await at.host.hypervisor.list()).toEqual([])
})

test('errands are answered: node devices, and berth prepare with its arguments', async () => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  controller.errands.push(
    { id: 1, kind: 'libvirt', body: null },
    { id: 2, kind: 'prepare', body: { args: ['--root', '/x'] } },
    { id: 3, kind: 'prepare', body: { args: 'rm' } },
  )
  await until(() => expect(controller.told('errand')).toHaveLength(3))
  const answers = new Map(controller.told('errand').map(({ errand, ok, answer }) => [errand, { ok, answer }]))
  // A simulated host has no libvirt.
  expect(answers.get(1)).toEqual({ ok: true, answer: null })
  expect(answers.get(2)).toEqual({ ok: true, answer: { status: 0, stdout: '--root /x', stderr: '' } })
  expect(answers.get(3)).toMatchObject({ ok: false, answer: expect.stringContaining('list of words') })
})

test('the status tells what it is joined to and what waits, while it runs and after', async () => {
  const at = await world()
  const { controller, host, state } = at
  await writeMembership(state, {
    ...{ server: controller.url, fingerprint: null, host: { id: 1, name: 'kvm-a' } },
    ...{ credential: 'berth_a_secret', cluster: 'db-1', driver: 'simulator', uri: host.dir },
  })
  expect(agentStatus(state)).toMatchObject({ running: false, heardAt: null, waiting: {}, orders: [] })
  let status: unknown = null
  const create = async (xml: string) => {
    await controller.stop()
    status = agentStatus(state)
    await host.hypervisor.create(xml)
  }
  controller.orders.push(handed(DEPLOY))
  const agent = startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, create } } })
  await until(() => expect(agent.log.join()).toContain('ended: running'))
  expect(status).toMatchObject({
    ...{ running: true, server: controller.url, heardAt: expect.any(Number) },
    orders: [{ id: 1, attempt: 1, kind: 'deploy', about: 'VM 7' }],
  })
  await agent.stop()
  expect(agentStatus(state)).toMatchObject({ running: false, orders: [], waiting: { event: 1 } })
})
