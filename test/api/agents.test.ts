/** The door for agents: each speaks of its own host only; what is forged, replayed, stale or too large changes nothing. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { findAgent } from '../../src/database/agents.ts'
import { listDevices } from '../../src/database/devices.ts'
import { insertErrand } from '../../src/database/errands.ts'
import { getHost } from '../../src/database/hosts.ts'
import { listJournal } from '../../src/database/journal.ts'
import { getOrder } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { bindDevice } from '../../src/lifecycle/bind.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { REPORT_SECTIONS } from '../../src/model/agent-protocol.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { isVmOrder } from '../../src/model/order.ts'
import { HOST_ERRAND_SCHEMA, HOST_FENCE_SCHEMA, HOST_SCHEMA } from '../../src/model/schemas/host.ts'
import { at, reported } from '../support/reports.ts'
import { type AgentWorld, agentWorld, type ScriptedAgent } from '../support/scripted-agent.ts'
import { expectFits } from './strict.ts'

const GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de" ]'
const gpu = (address = '0000:3b:00.0') => reported(address, { iommuGroup: 12 })
const SETTINGS = 'a'.repeat(64)

async function started(devices = [gpu()]): Promise<{ world: AgentWorld; agent: ScriptedAgent }> {
  const world = await agentWorld(':memory:')
  const agent = await world.host('kvm-a', devices)
  await agent.start()
  return { world, agent }
}

/** A deploy that the agent has in hand. */
async function handed(world: AgentWorld, agent: ScriptedAgent) {
  const { id } = await createVm(world.database, GPU, { name: 'vm' }, world.deps.clock.now())
  await world.cycle()
  const [found] = (await agent.poll()).orders
  if (found === undefined || !isVmOrder(found.order)) throw new Error('no order')
  const { order, attempt } = found
  const about = { order: order.id, vm: id, host: agent.id, epoch: order.epoch }
  return { vm: id, order, attempt, about }
}

const heard = (world: AgentWorld, words: string) => world.logged.some((line) => line.includes(words))

describe('who may speak for a host', () => {
  test.each([
    ['an agent of another host', (ids: readonly number[]) => ({ 'x-agent': String(ids[1]) })],
    ['an operator', () => ({})],
    ['an agent of no host', () => ({ 'x-agent': '999' })],
  ])('%s may not', async (_, headers) => {
    const { world, agent } = await started()
    const other = await world.host('kvm-b')
    for (const [method, path] of [
      ['POST', 'hello'],
      ['PUT', 'report'],
      ['POST', 'messages'],
      ['POST', 'poll'],
    ] as const) {
      const url = `/v1/agents/${agent.name}/${path}`
      const sent = { method, url, payload: { not: 'looked at' }, headers: headers([agent.id, other.id]) }
      const answer = await world.app.inject(sent)
      expect(answer.json()).toMatchObject({ status: 403, code: 'not-your-host' })
    }
  })

  test('nor for a host that there is not, or that has no agent: which hosts there are is not told', async () => {
    const { world, agent } = await started()
    const headers = { 'x-agent': String(agent.id) }
    for (const name of ['nobody', '999']) {
      const answer = await world.app.inject({ method: 'POST', url: `/v1/agents/${name}/poll`, headers })
      expect(answer.json()).toMatchObject({ status: 403, code: 'not-your-host' })
    }
  })

  test('a host that is deleted has no agent any more', async () => {
    const { world, agent } = await started()
    expect((await world.ask('DELETE', '/v1/hosts/kvm-a')).status).toBe(204)
    expect(await findAgent(world.database.kysely, agent.id)).toBeNull()
  })
})

describe('what does not fit the protocol is refused', () => {
  const incarnation = randomUUID()
  test.each([
    [
      'a hello without an incarnation',
      'hello',
      { version: '1', driver: 'libvirt', uri: 'x', highestOrder: 0 },
    ],
    [
      'a poll that waits for ever',
      'poll',
      { incarnation, orders: [], errands: [], settings: SETTINGS, wait: 1e9 },
    ],
    [
      'an event of no kind',
      'messages',
      {
        incarnation,
        messages: [{ number: 1, message: { kind: 'event', attempt: 1, event: { kind: 'won' } } }],
      },
    ],
    [
      'a step far behind any journal',
      'messages',
      {
        incarnation,
        messages: [
          {
            number: 1,
            message: { kind: 'step', order: 1, at: 1e9, entry: { step: 'a', state: 'begun', facts: {} } },
          },
        ],
      },
    ],
    [
      'a message that says more',
      'messages',
      { incarnation, messages: [{ number: 1, message: { kind: 'progress', order: 1, text: '', vm: 3 } }] },
    ],
    [
      'an order that no database numbers',
      'messages',
      { incarnation, messages: [{ number: 1, message: { kind: 'progress', order: 2 ** 40, text: '' } }] },
    ],
  ])('%s', async (_, path, body) => {
    const { agent } = await started()
    expect(await agent.call(path, body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
  })

  test('messages whose numbers do not rise', async () => {
    const { agent } = await started()
    const message = { kind: 'progress', order: 1, text: 'x' }
    const messages = [2, 1].map((number) => ({ number, message }))
    const answer = await agent.call('messages', { incarnation: agent.incarnation, messages })
    expect(answer).toMatchObject({ status: 400, body: { code: 'messages-out-of-order' } })
  })

  test('more than 1 MiB of messages, more than 16 MiB of report', async () => {
    const { agent } = await started()
    const text = 'x'.repeat(1024 * 1024)
    expect((await agent.call('messages', { text })).status).toBe(413)
    expect((await agent.call('report', { text }, 'PUT')).status).toBe(400)
    const large = await agent.call('report', { text: 'x'.repeat(17 * 1024 * 1024) }, 'PUT')
    expect(large).toMatchObject({ status: 413, body: { code: 'body-too-large' } })
  })
})

describe('a report', () => {
  test('comes in pieces: what is left out is as it was', async () => {
    const { world, agent } = await started([gpu(), gpu('0000:3c:00.0')])
    agent.machine.domains = [
      { name: 'other', uuid: 'u', state: 'running', hostdevs: [at('0000:3c:00.0')], berth: null },
    ]
    expect((await agent.send()).status).toBe(204)
    expect(await listDevices(world.database.kysely, agent.id)).toHaveLength(2)
    expect((await world.ask('GET', '/v1/hosts/kvm-a')).body).toMatchObject({ freeDevices: 0 })
  })

  test('whose other pieces are not those that are here is refused, and then comes whole', async () => {
    const { world, agent } = await started()
    await world.database.kysely
      .updateTable('report_sections')
      .set({ hash: 'f'.repeat(64) })
      .execute()
    agent.machine.devices = [gpu(), gpu('0000:3c:00.0')]
    expect(await agent.send()).toMatchObject({ status: 409, body: { code: 'report-base-unknown' } })
    expect(await listDevices(world.database.kysely, agent.id)).toHaveLength(1)
    expect((await agent.send()).status).toBe(204)
    expect(await listDevices(world.database.kysely, agent.id)).toHaveLength(2)
  })

  test('is read alone: of many of one host at once one is, and the next one after it', async () => {
    const { world, agent } = await started()
    const bad = await Promise.all([1, 2, 3].map(() => agent.call('report', { not: 'a report' }, 'PUT')))
    expect(bad.map(({ status }) => status).sort()).toEqual([400, 429, 429])
    expect(bad.find(({ status }) => status === 429)?.body.code).toBe('rate-limited')
    agent.machine.devices = []
    expect((await agent.send()).status).toBe(204)
    expect(await listDevices(world.database.kysely, agent.id)).toEqual([])
  })

  test('that was taken in before is refused, whatever it says', async () => {
    const { world, agent } = await started()
    agent.machine.devices = []
    const { number } = { number: agent.report - 1 }
    expect(await agent.send({ number })).toMatchObject({ status: 409, body: { code: 'report-replayed' } })
    expect(await listDevices(world.database.kysely, agent.id)).toHaveLength(1)
  })

  test.each([
    ['a piece of another shape', { capacity: { cpus: -1 } }],
    ['a device twice', { devices: 'twice' }],
  ])('with %s is not taken in, and the host says why', async (_, wrong) => {
    const { world, agent } = await started()
    const vm = await handed(world, agent)
    const event: HostEvent = { kind: 'running', ...vm.about }
    await agent.tell({ kind: 'event', attempt: 1, event })
    const { devices } = agent.machine
    if ('devices' in wrong) agent.machine.devices = [...devices, ...devices]
    const facts = 'capacity' in wrong ? { sections: wrong } : {}
    expect(await agent.send(facts)).toMatchObject({ status: 422 })
    const host = await getHost(world.database.kysely, agent.id)
    expect(host.failure).not.toBeNull()
    expect((await getVm(world.database.kysely, vm.vm)).state).toBe('UNKNOWN')
    expect(await listDevices(world.database.kysely, agent.id)).toHaveLength(1)
    agent.machine.devices = devices
    agent.carryOut({ order: vm.order, attempt: 1, journal: [], giving: [] })
    await agent.poll()
    expect((await agent.send()).status).toBe(204)
    expect((await getHost(world.database.kysely, agent.id)).failure).toBeNull()
    expect((await getVm(world.database.kysely, vm.vm)).state).toBe('RUNNING')
  })

  test('without domains leaves the host uncompared', async () => {
    const { world, agent } = await started()
    const sections = { domains: null }
    const hashes = Object.fromEntries(
      (await world.database.kysely.selectFrom('report_sections').selectAll().execute()).map(
        ({ section, hash }) => [section, hash],
      ),
    )
    const warnings = ['libvirt does not answer']
    expect((await agent.send({ sections, hashes, warnings })).status).toBe(204)
    expect((await getHost(world.database.kysely, agent.id)).failure).toBe('libvirt does not answer')
    expect((await agent.poll()).full).toBe(true)
    expect(REPORT_SECTIONS).toContain('domains')
  })
})

describe('a message', () => {
  test('that was taken in before is passed over', async () => {
    const { world, agent } = await started()
    const { vm, order, about } = await handed(world, agent)
    const event: HostEvent = { kind: 'running', ...about }
    const told = [{ number: 1, message: { kind: 'event', attempt: 1, event } }]
    const body = { incarnation: agent.incarnation, messages: told }
    expect((await agent.call('messages', body)).body).toEqual({ taken: 1 })
    const before = await getVm(world.database.kysely, vm)
    const failed = { ...about, kind: 'deploy-failed', code: 'x', message: 'x' }
    const forged = [{ number: 1, message: { kind: 'event', attempt: 1, event: failed } }]
    expect((await agent.call('messages', { ...body, messages: forged })).body).toEqual({ taken: 1 })
    expect(await getVm(world.database.kysely, vm)).toEqual(before)
    expect(await getOrder(world.database.kysely, order.id)).toMatchObject({ state: 'done' })
  })

  test('is said in the log once, however often it comes, also among others', async () => {
    const { world, agent } = await started()
    const { order } = await handed(world, agent)
    const say = (number: number) => ({
      number,
      message: { kind: 'progress', order: order.id, text: `binding ${number}` },
    })
    const { incarnation } = agent
    for (const numbers of [[1], [1], [1, 2], [1, 2, 3]]) {
      const answer = await agent.call('messages', { incarnation, messages: numbers.map(say) })
      expect(answer.body).toEqual({ taken: numbers.length })
    }
    expect(world.logged.filter((line) => line.includes('binding'))).toHaveLength(3)
  })

  test('of another host’s order changes nothing and is said, and those behind it are taken in', async () => {
    const { world, agent } = await started()
    const thief = await world.host('kvm-b', [gpu()])
    await thief.start()
    const { vm, order, about } = await handed(world, agent)
    const before = await getVm(world.database.kysely, vm)
    const entry = { step: 'create', state: 'done', facts: {} } as const
    const event: HostEvent = { kind: 'running', ...about }
    const theirs: HostEvent = { kind: 'running', ...about, host: thief.id }
    const answer = await thief.tell(
      { kind: 'step', order: order.id, at: 1, entry },
      { kind: 'progress', order: order.id, text: 'I am not his' },
      { kind: 'event', attempt: 1, event },
      { kind: 'event', attempt: 1, event: theirs },
      { kind: 'refused', order: order.id, attempt: 1, code: 'order-stale', message: 'no', seenEpoch: 99 },
      { kind: 'event', attempt: 1, event: { ...event, order: 4711 } },
    )
    expect(answer.body).toEqual({ taken: 6 })
    expect(await getVm(world.database.kysely, vm)).toEqual(before)
    expect(await listJournal(world.database.kysely, order.id)).toEqual([])
    expect(heard(world, 'I am not his')).toBe(false)
    expect(heard(world, `of order ${order.id}, which is not one of its own`)).toBe(true)
    expect(heard(world, 'of order 4711, which is not one of its own')).toBe(true)
  })

  test('that speaks of another VM, epoch, device or end than its order changes nothing', async () => {
    const { world, agent } = await started([gpu(), reported('0000:3d:00.0', { iommuGroup: 14 })])
    const { vm, order, about } = await handed(world, agent)
    const other = await createVm(world.database, GPU, { name: 'other', hold: true }, world.deps.clock.now())
    const bind = await bindDevice(world.database, agent.id, at('0000:3d:00.0'), world.deps.clock.now())
    const [bound] = (await agent.poll()).orders.filter((one) => one.order.id === bind)
    expect(bound?.attempt).toBe(1)
    const ofDevice = { order: bind, host: agent.id, address: at('0000:3d:00.0') }
    const events: readonly HostEvent[] = [
      { kind: 'running', ...about, vm: other.id },
      { kind: 'running', ...about, epoch: about.epoch + 1 },
      { kind: 'released', ...about },
      {
        kind: 'bound',
        order: order.id,
        host: agent.id,
        address: at('0000:3b:00.0'),
        from: null,
        driver: null,
      },
      { kind: 'bound', ...ofDevice, address: at('0000:3b:00.0'), from: null, driver: 'vfio-pci' },
      { kind: 'vfs-set', ...ofDevice, numVfs: 7, addresses: [] },
      { kind: 'running', ...about, order: bind },
    ]
    await agent.tell(...events.map((event) => ({ kind: 'event', attempt: 1, event }) as const))
    await agent.tell({ kind: 'event', attempt: 2, event: { kind: 'running', ...about } })
    expect((await getVm(world.database.kysely, vm)).state).toBe('BOOT')
    expect((await getVm(world.database.kysely, other.id)).state).toBe('HOLD')
    expect((await getOrder(world.database.kysely, bind)).state).toBe('taken')
    expect((await getOrder(world.database.kysely, order.id)).state).toBe('taken')
  })

  test('a step that is told twice stands once, the first as it was', async () => {
    const { world, agent } = await started()
    const { order } = await handed(world, agent)
    const entry = (step: string) => ({ step, state: 'begun', facts: {} }) as const
    await agent.tell({ kind: 'step', order: order.id, at: 1, entry: entry('first') })
    await agent.tell(
      { kind: 'step', order: order.id, at: 1, entry: entry('forged') },
      { kind: 'step', order: order.id, at: 2, entry: entry('second') },
    )
    const steps = (await listJournal(world.database.kysely, order.id)).map(({ step }) => step)
    expect(steps).toEqual(['first', 'second'])
  })
})

describe('errands', () => {
  test('are told until they are answered, by their own host only', async () => {
    const { world, agent } = await started()
    const thief = await world.host('kvm-b')
    await thief.start()
    const now = world.deps.clock.now()
    const errand = await insertErrand(world.database.kysely, agent.id, { kind: 'libvirt', body: null }, now)
    expect((await agent.poll()).errands).toEqual([{ id: errand, kind: 'libvirt', body: null }])
    await thief.tell({ kind: 'errand', errand, ok: true, answer: 'mine' })
    expect((await agent.poll()).errands).toHaveLength(1)
    await agent.tell({ kind: 'errand', errand, ok: true, answer: [] })
    expect((await agent.poll()).errands).toEqual([])
  })

  test('a probe is asked of the agent and waited for', async () => {
    const { world, agent } = await started()
    agent.machine.devices = [gpu(), gpu('0000:3c:00.0')]
    world.meanwhile = () => agent.work()
    const drift = await world.ask('POST', '/v1/drift', { host: 'kvm-a' })
    expect(drift.body).toMatchObject([{ hostName: 'kvm-a', failure: null }])
    expect(await listDevices(world.database.kysely, agent.id)).toHaveLength(2)
  })

  test('an agent that is not heard is not waited for', async () => {
    const { world, agent } = await started()
    world.now += 61_000
    const silent = await world.ask('POST', '/v1/drift', { host: 'kvm-a' })
    expect(silent.body[0].failure).toContain('its agent was last heard at')
    const bind = await world.ask('POST', '/v1/hosts/kvm-a/devices/0000:3b:00.0/bind')
    expect(bind.status).toBe(202)
    expect((await world.ask('POST', '/v1/hosts/kvm-a/prepare', { args: [] })).body).toMatchObject({
      ...{ status: 502, code: 'agent-silent' },
    })
    expect(agent.machine.devices[0]?.driver).toBeNull()
  })

  test('what does not answer in time is said', async () => {
    const { world } = await started()
    const [drift] = (await world.ask('POST', '/v1/drift', { host: 'kvm-a' })).body
    expect(drift.failure).toContain('has not answered in 25 s')
  })

  test('libvirt’s word is compared with the last report', async () => {
    const { world, agent } = await started()
    world.meanwhile = async () => {
      for (const { id: errand } of (await agent.poll()).errands) {
        const nodes = [{ name: 'pci_0000_3b_00_0', address: '0000:3b:00.0', driver: 'nvidia' }]
        await agent.tell({ kind: 'errand', errand, ok: true, answer: nodes })
      }
    }
    const { body } = await world.ask('GET', '/v1/hosts/kvm-a/groups?libvirt=true')
    expect(body.libvirt).toMatchObject({
      failure: null,
      differences: expect.arrayContaining([
        { address: '0000:3b:00.0', field: 'driver', sysfs: null, libvirt: 'nvidia' },
      ]),
    })
  })

  test('berth prepare runs there and its words come back', async () => {
    const { world, agent } = await started()
    const asked = await world.ask('POST', '/v1/hosts/kvm-a/prepare', { args: ['--apply'] })
    expect(asked).toMatchObject({ status: 202, body: { state: 'waiting', answer: null } })
    const url = `/v1/hosts/kvm-a/prepare/${asked.body.errand}`
    const [errand] = (await agent.poll()).errands
    expect(errand).toMatchObject({ kind: 'prepare', body: { args: ['--apply'] } })
    const answer = { status: 1, stdout: 'written\n', stderr: '' }
    await agent.tell({ kind: 'errand', errand: errand?.id ?? 0, ok: true, answer })
    const done = (await world.ask('GET', url)).body
    expect(done).toMatchObject({ state: 'done', answer, failure: null })
    for (const document of [asked.body, done]) expectFits(HOST_ERRAND_SCHEMA, document)
    expect((await world.ask('GET', '/v1/hosts/kvm-a/prepare/77')).body.code).toBe('unknown-errand')
  })
})

describe('orders through the API', () => {
  test('are waited for: the answer shows what the agent did', async () => {
    const { world, agent } = await started()
    world.meanwhile = () => agent.work()
    const vm = await world.ask('POST', '/v1/vms', { template: GPU, name: 'vm' })
    const deployed = await world.ask('POST', `/v1/vms/${vm.body.id}/deploy`, { host: 'kvm-a' })
    expect(deployed.body).toMatchObject({ state: 'RUNNING' })
    expect((await world.ask('POST', `/v1/vms/${vm.body.id}/stop`)).body).toMatchObject({ state: 'POWEROFF' })
    const bound = await world.ask('POST', '/v1/hosts/kvm-a/devices/0000:3b:00.0/bind')
    expect(bound).toMatchObject({ status: 200, body: { driver: 'vfio-pci' } })
  })

  test('are left to the agent where that takes its time: the answer shows how far it got', async () => {
    const { world } = await started()
    const vm = await world.ask('POST', '/v1/vms', { template: GPU, name: 'vm' })
    const deployed = await world.ask('POST', `/v1/vms/${vm.body.id}/deploy`, { host: 'kvm-a' })
    expect(deployed).toMatchObject({ status: 200, body: { state: 'BOOT' } })
  })

  test('a VM is not sent to a host that was not compared', async () => {
    const world = await agentWorld(':memory:')
    const agent = await world.host('kvm-a', [gpu()])
    await agent.hello()
    const vm = await world.ask('POST', '/v1/vms', { template: GPU, name: 'vm' })
    const refused = await world.ask('POST', `/v1/vms/${vm.body.id}/deploy`, { host: 'kvm-a' })
    expect(refused).toMatchObject({ status: 409, body: { code: 'cannot-deploy' } })
    expect(refused.body.detail).toContain('has not sent a whole report')
  })
})

describe('what an operator says of a host', () => {
  test('reaches its agent with the next question', async () => {
    const { world, agent } = await started()
    expect((await agent.poll()).settings).toBeNull()
    const wish = { filter: '10de:', periods: { devices: 60 }, attributes: { RACK: '7' } }
    const { body } = await world.ask('PATCH', '/v1/hosts/kvm-a', wish)
    expect(body).toMatchObject({ filter: '10de:', attributes: { RACK: '7' } })
    expect((await agent.poll()).settings).toEqual({
      filter: '10de:',
      periods: { devices: 60, domains: 5, capacity: 60, readiness: 600 },
    })
    await world.ask('PATCH', '/v1/hosts/kvm-a', { filter: null, periods: { devices: null } })
    expect((await agent.poll()).settings).toBeNull()
  })

  test('is shown in documents that fit their schemas', async () => {
    const { world, agent } = await started()
    await handed(world, agent)
    expectFits(HOST_SCHEMA, (await world.ask('GET', '/v1/hosts/kvm-a')).body)
    expectFits(HOST_FENCE_SCHEMA, (await world.ask('GET', '/v1/hosts/kvm-a/fence')).body)
  })

  test('a host with an agent is added without a probe; what the agent would say is not taken', async () => {
    const world = await agentWorld(':memory:')
    const added = await world.ask('POST', '/v1/hosts', { name: 'kvm-a', agent: true })
    expect(added).toMatchObject({ status: 201, body: { state: 'unknown', agent: { joinedAt: null } } })
    const refused = await world.ask('POST', '/v1/hosts', { name: 'b', agent: true, driver: 'libvirt' })
    expect(refused.body.code).toBe('host-options')
    expect((await world.ask('POST', '/v1/hosts', { name: 'b' })).body.code).toBe('host-options')
  })
})
