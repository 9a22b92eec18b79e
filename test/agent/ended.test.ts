/** Orders that ended without this host, because it was fenced, say: nothing that was begun is gone on with unasked, or past the next step. */
import { expect, test } from 'vitest'
import { openMemory } from '../../src/agent/memory/open.ts'
import { endOrder, receiveOrder } from '../../src/agent/memory/orders.ts'
import type { HandedOrder } from '../../src/model/agent-protocol.ts'
import type { Order } from '../../src/model/order.ts'
import { currentDriver } from '../../src/vfio/driver.ts'
import { addressOf } from '../support/orders.ts'
import { DEPLOY, handed, RELEASE, startAgent, until, type World, world } from './world.ts'

const stateOf = async ({ host }: World) => [
  await currentDriver(host.sysfs, addressOf('00:08.0')),
  await currentDriver(host.sysfs, addressOf('00:08.1')),
  (await host.hypervisor.list()).length,
]
const UNTOUCHED = ['nvidia', 'snd_hda_intel', 0]
const GIVEN = ['vfio-pci', 'vfio-pci', 1]

const ends = ({ controller }: World) =>
  controller.told('event').map(({ attempt, event }) => `${event.order}/${attempt} ${event.kind}`)

/** As a program that lost its power leaves it: taken, and interrupted before its first step. */
function begun({ state }: World, order: HandedOrder): void {
  const store = openMemory(state, 'db-1', () => {})
  receiveOrder(store, order)
  store.close()
}

/** A deployed VM, and a program that is gone. */
async function deployed(at: World): Promise<void> {
  const agent = startAgent(at)
  at.controller.orders.push(handed(DEPLOY))
  await until(() => expect(ends(at)).toEqual(['1/1 running']))
  await agent.stop()
}

async function someQuestionsLater({ controller }: World): Promise<void> {
  const polls = () => controller.requests.filter(({ path }) => path === 'poll').length
  const before = polls()
  await until(() => expect(polls()).toBeGreaterThan(before + 3))
}

test('what was begun before a start waits for the controller, and goes on with its first answer', async () => {
  const at = await world()
  begun(at, handed(DEPLOY))
  at.controller.mishap = ({ path }) => (path === 'poll' ? { status: 500, code: 'database-busy' } : null)
  const agent = startAgent(at)
  await until(() => expect(at.controller.reports).not.toEqual([]))
  await someQuestionsLater(at)
  expect(await stateOf(at)).toEqual(UNTOUCHED)
  expect(agent.log.join()).not.toContain('going on with')
  at.controller.mishap = () => null
  await until(() => expect(ends(at)).toEqual(['1/1 running']))
  const asked = at.controller.requests.filter(({ path }) => path === 'poll').map(({ body }) => body)
  // Nobody waits for news while something waits for the answer.
  expect(asked[0]).toMatchObject({ orders: [{ id: 1, attempt: 1 }], wait: 0 })
})

test.each<[string, Order, (string | number | null)[]]>([
  ['a deploy', DEPLOY, UNTOUCHED],
  ['a release', RELEASE, GIVEN],
])('%s that was begun before a start and ended without the host touches nothing', async (_, order, left) => {
  const at = await world()
  if (order.kind === 'release') await deployed(at)
  const before = ends(at)
  begun(at, handed(order))
  at.controller.ended.add(order.id)
  const agent = startAgent(at)
  await until(() => expect(agent.log.join()).toContain(`order ${order.id} ended without this host`))
  await someQuestionsLater(at)
  expect(await stateOf(at)).toEqual(left)
  expect(ends(at)).toEqual(before)
  expect(at.controller.requests.at(-1)?.body).toMatchObject({ orders: [] })
})

test('an order that ends without its host while it is under way stops before its next step, is not told, and the host is looked at', async () => {
  const at = await world()
  const { controller, host } = at
  const create = async (xml: string) => {
    await host.hypervisor.create(xml)
    controller.ended.add(DEPLOY.id)
    await until(() => expect(agent.log.join()).toContain('order 1 ended without this host'))
  }
  controller.orders.push(handed(DEPLOY))
  const agent = startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, create } } })
  await until(() => expect(agent.log.join()).toContain('order 1 ended without this host'))
  await until(() => expect(controller.reports.at(-1)?.sections.domains).toHaveLength(1))
  await someQuestionsLater(at)
  // Nothing is undone either, and nothing more is said of it.
  expect(await stateOf(at)).toEqual(GIVEN)
  expect(controller.told('step').map(({ entry }) => `${entry.step} ${entry.state}`)).not.toContain(
    'create done',
  )
  expect(ends(at)).toEqual([])
  // The next one has its turn: here one that ends what is left.
  controller.orders.push(handed(RELEASE))
  await until(() => expect(ends(at)).toEqual(['2/1 released']))
})

test('a release that ends without its host while it waits for the guest does not end the VM any more', async () => {
  const at = await world()
  const { controller, host } = at
  await deployed(at)
  const shutdown = async () => {
    controller.ended.add(RELEASE.id)
  }
  controller.orders.push(handed({ ...RELEASE, graceSeconds: 1 }))
  const agent = startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, shutdown } } })
  await until(() => expect(agent.log.join()).toContain('order 2 ended without this host'))
  await agent.stop()
  expect(await stateOf(at)).toEqual(GIVEN)
  expect(ends(at)).toEqual(['1/1 running'])
})

test('the end of an order that nobody waits for is forgotten', async () => {
  const at = await world()
  begun(at, handed(DEPLOY))
  const store = openMemory(at.state, 'db-1', () => {})
  endOrder(store, DEPLOY.id, { kind: 'running', order: 1, host: 1, vm: 7, epoch: 3 })
  store.close()
  at.controller.ended.add(DEPLOY.id)
  at.controller.mishap = ({ path }) => (path === 'messages' ? 'lost' : null)
  const agent = startAgent(at)
  await until(() => expect(agent.store.prepare('select count(*) from outbox').pluck().get()).toBe(0))
  expect(agent.log.join()).not.toContain('ended without this host')
})

test.each([
  ['its next attempt', 2],
  // A database that was restored counts them anew.
  ['an attempt of the same number', 1],
])('an order that ended without the host is carried out when it is handed with %s', async (_, attempt) => {
  const at = await world()
  begun(at, handed(DEPLOY))
  at.controller.ended.add(DEPLOY.id)
  const agent = startAgent(at)
  await until(() => expect(agent.log.join()).toContain('order 1 ended without this host'))
  at.controller.ended.clear()
  at.controller.orders.push(handed(DEPLOY, { attempt }))
  await until(() => expect(ends(at)).toEqual([`1/${attempt} running`]))
  expect(await stateOf(at)).toEqual(GIVEN)
})
