/** Orders through an agent and back: done once whatever is lost or told twice, refused when stale, undone by another's journal. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HandedOrder } from '../../src/model/agent-protocol.ts'
import { currentDriver } from '../../src/vfio/driver.ts'
import { addressOf } from '../support/orders.ts'
import type { StubController } from './controller.ts'
import { DEPLOY, handed, RELEASE, startAgent, until, type World, world } from './world.ts'

const GPU = addressOf('00:08.0')
const AUDIO = addressOf('00:08.1')

const driversOf = async ({ host }: World) => [
  await currentDriver(host.sysfs, GPU),
  await currentDriver(host.sysfs, AUDIO),
]

const domainsOf = ({ host }: World): readonly string[] => {
  try {
    return readdirSync(join(host.dir, 'domains')).filter((name) => name.endsWith('.xml'))
  } catch {
    return []
  }
}

const ends = (controller: StubController) =>
  controller.told('event').map(({ attempt, event }) => `${event.order}/${attempt} ${event.kind}`)

/** Hands it over, and waits for one more end. */
async function carriedOut({ controller }: World, order: HandedOrder): Promise<void> {
  const before = controller.told('event').length
  controller.orders.push(order)
  await until(() => expect(controller.told('event').length).toBeGreaterThan(before))
}

test('a deploy and a release are carried out, with their journals and ends told in order', async () => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  await carriedOut(at, handed(DEPLOY))
  expect(await driversOf(at)).toEqual(['vfio-pci', 'vfio-pci'])
  const steps = controller.told('step')
  expect(steps.map(({ at, entry }) => `${at} ${entry.step} ${entry.state}`)).toEqual([
    '1 original-drivers done',
    '2 create begun',
    '3 create done',
    '4 verify done',
  ])
  expect(controller.told('progress').length).toBeGreaterThan(0)
  await carriedOut(at, handed(RELEASE))
  expect(ends(controller)).toEqual(['1/1 running', '2/1 released'])
  expect(await driversOf(at)).toEqual(['nvidia', 'snd_hda_intel'])
  expect(domainsOf(at)).toEqual([])
})

test('an end whose taking in was never heard of is told again, and taken in once', async () => {
  const at = await world()
  const { controller } = at
  let lost = 0
  controller.mishap = ({ path, body }) =>
    path === 'messages' && JSON.stringify(body).includes('"running"') && lost++ < 2 ? 'unanswered' : null
  const agent = startAgent(at)
  await carriedOut(at, handed(DEPLOY))
  await until(() => expect(agent.store.prepare('select count(*) from outbox').pluck().get()).toBe(0))
  expect(lost).toBeGreaterThan(2)
  expect(ends(controller)).toEqual(['1/1 running'])
})

test('an order that is handed again and again is done once, and its end told again', async () => {
  const at = await world()
  const { controller } = at
  controller.forgetful = true
  startAgent(at)
  await carriedOut(at, handed(DEPLOY))
  await until(() => expect(ends(controller).length).toBeGreaterThan(2))
  expect(new Set(ends(controller))).toEqual(new Set(['1/1 running']))
  expect(controller.told('step')).toHaveLength(4)
})

test('an order that was put off is carried out again under its next attempt', async () => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  await carriedOut(at, handed(DEPLOY))
  controller.orders.length = 0
  await carriedOut(at, handed(DEPLOY, { attempt: 2 }))
  expect(ends(controller)).toEqual(['1/1 running', '1/2 running'])
})

test.each<[string, HandedOrder, string, number | null]>([
  ['of an epoch below the one that was here', handed({ ...DEPLOY, id: 9, epoch: 2 }), 'epoch 3 was here', 3],
  [
    'a number that had another content',
    handed({ ...DEPLOY, epoch: 4 }, { attempt: 2 }),
    'another content',
    3,
  ],
  ['a release of an older epoch', handed({ ...RELEASE, epoch: 1 }), 'epoch 3 was here', 3],
])('an order %s is refused, and nothing is touched', async (_, stale, why, seenEpoch) => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  await carriedOut(at, handed(DEPLOY))
  const before = [await driversOf(at), domainsOf(at)]
  controller.orders.push(stale)
  await until(() => expect(controller.told('refused')).toHaveLength(1))
  expect(controller.told('refused')[0]).toMatchObject({
    ...{ order: stale.order.id, attempt: stale.attempt, code: 'order-stale', seenEpoch, highestOrder: 1 },
    message: expect.stringContaining(why),
  })
  expect([await driversOf(at), domainsOf(at)]).toEqual(before)
  expect(ends(controller)).toEqual(['1/1 running'])
})

test('an order for another host, or of another database, is not taken', async () => {
  const at = await world()
  const { controller } = at
  controller.orders.push(handed({ ...DEPLOY, host: 2 }), handed({ ...DEPLOY, id: 5, cluster: 'db-2' }))
  const agent = startAgent(at)
  await until(() => expect(agent.log.filter((line) => line.includes('not for this one'))).toHaveLength(2))
  const polls = () => controller.requests.filter(({ path }) => path === 'poll').length
  const before = polls()
  await until(() => expect(polls()).toBeGreaterThan(before + 2))
  expect(agent.log.filter((line) => line.includes('not for this one'))).toHaveLength(2)
  expect([domainsOf(at), controller.messages]).toEqual([[], []])
})

test.each([
  ['the journal that the controller hands along brings every device back', true, 'snd_hda_intel'],
  ['without that journal nobody knows where a mate came from', false, 'vfio-pci'],
])('the state was lost with its disk: %s', async (_, handsAlong, audio) => {
  const at = await world()
  const { controller } = at
  const first = startAgent(at)
  await carriedOut(at, handed(DEPLOY))
  await first.stop()
  for (const file of readdirSync(at.state)) rmSync(join(at.state, file))
  startAgent(at)
  const giving = handsAlong ? controller.told('step').map(({ entry }) => entry) : []
  await carriedOut(at, handed(RELEASE, { giving }))
  expect(ends(controller)).toEqual(['1/1 running', '2/1 released'])
  expect(await driversOf(at)).toEqual(['nvidia', audio])
})

test('a deploy that was begun by an agent whose disk is lost goes on by the journal that is handed along', async () => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  const journal = [
    {
      step: 'original-drivers',
      state: 'done',
      facts: { bootId: 'boot-1', drivers: { [GPU]: 'nvidia', [AUDIO]: 'other' } },
    },
    { step: 'create', state: 'begun', facts: {} },
  ] as const
  await carriedOut(at, handed(DEPLOY, { attempt: 4, journal }))
  expect(ends(controller)).toEqual(['1/4 running'])
  expect(controller.told('step').map(({ at, entry }) => `${at} ${entry.step} ${entry.state}`)).toEqual([
    '3 create begun',
    '4 create done',
    '5 verify done',
  ])
})
