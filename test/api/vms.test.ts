/** /v1/vms and /v1/schedule through the application, on a real database, without a port. */
import { describe, expect, test } from 'vitest'
import { explainVm } from '../../src/api/read/judge.ts'
import { CYCLE_SCHEMA } from '../../src/model/schemas/cycle.ts'
import { DEVICE_SCHEMA } from '../../src/model/schemas/device.ts'
import { EXPLANATION_SCHEMA, VM_LIST_SCHEMA, VM_SCHEMA } from '../../src/model/schemas/vm.ts'
import { idOf, reported } from '../view/build.ts'
import { expectFits } from './strict.ts'
import { must, type World, world, worldWith } from './world.ts'

const TEMPLATE = 'CPU = 4\nMEMORY = 8192\nPCI = [ VENDOR = "10de", CLASS = "0302" ]'
const GPU = reported('0000:3b:00.0', { iommuGroup: 12 })
const NIC = reported('0000:3b:00.0', { classId: idOf('0200') })
const AUDIO = reported('0000:3b:00.1', { iommuGroup: 12 })

const create = (here: World, fields: object = {}) =>
  must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'train', ...fields })

/** One host with one GPU, and VM 1 running with it. */
async function running(): Promise<World> {
  const here = await worldWith({ 'kvm-a': [GPU, { ...AUDIO, offered: false }] })
  await create(here)
  await must(here, 'POST', '/v1/schedule')
  return here
}

describe('creating and looking', () => {
  test('a VM waits from the moment that it is created', async () => {
    const here = await world()
    const { status, body } = await here.request('POST', '/v1/vms', { template: TEMPLATE, name: 'train' })
    expect(status).toBe(201)
    expectFits(VM_SCHEMA, body)
    expect(body).toMatchObject({ id: 1, state: 'PENDING', host: null, devices: [], template: TEMPLATE })
    expect(body.history).toHaveLength(1)
  })

  test('a VM with hold waits for nothing', async () => {
    expect(await create(await world(), { hold: true, priority: -3 })).toMatchObject({
      ...{ state: 'HOLD', priority: -3 },
    })
  })

  test('a running VM shows its host, its device and the mate that is held with it', async () => {
    const here = await running()
    const shown = await must(here, 'GET', '/v1/vms/train')
    expectFits(VM_SCHEMA, shown)
    expect(shown).toMatchObject({ state: 'RUNNING', host: 1, hostName: 'kvm-a', epoch: 1 })
    expect(shown.devices).toEqual([
      expect.objectContaining({ address: '0000:3b:00.0', role: 'passed', request: 0, state: 'attached' }),
      expect.objectContaining({ address: '0000:3b:00.1', role: 'held', request: null, state: 'held' }),
    ])
    const host = await must(here, 'GET', '/v1/hosts/kvm-a')
    expect(host).toMatchObject({ usedCpu: 400, usedMemoryMiB: 8192, runningVms: 1, freeDevices: 0 })
    expect(host.devices.map((device: { vm: number; state: string }) => [device.vm, device.state])).toEqual([
      [1, 'attached'],
      [1, 'held'],
    ])
  })

  test('the list has the rows of the single documents, DONE ones only when asked for', async () => {
    const here = await running()
    await create(here, { name: 'gone' })
    await must(here, 'POST', '/v1/vms/gone/terminate')
    const list = await must(here, 'GET', '/v1/vms')
    expectFits(VM_LIST_SCHEMA, list)
    expect(list).toHaveLength(1)
    expect(await must(here, 'GET', '/v1/vms/train')).toMatchObject(list[0])
    const all = await must(here, 'GET', '/v1/vms?all=true')
    expect(all.map((vm: { state: string }) => vm.state)).toEqual(['RUNNING', 'DONE'])
    expect(await must(here, 'GET', '/v1/vms?all=false')).toEqual(list)
  })

  test('a name that two VMs have is a conflict that names both; their ids are none', async () => {
    const here = await world()
    await create(here)
    await create(here)
    const { status, body } = await here.request('GET', '/v1/vms/train')
    expect([status, body.code]).toEqual([409, 'ambiguous-name'])
    expect(body.facts).toEqual({ name: 'train', vms: [1, 2] })
    expect(await must(here, 'GET', '/v1/vms/2')).toMatchObject({ id: 2 })
    await must(here, 'POST', '/v1/vms/2/terminate')
    expect(await must(here, 'GET', '/v1/vms/train')).toMatchObject({ id: 1 })
  })

  test.each([
    ['no template', {}, 'invalid-request'],
    ['a priority that is no number', { template: TEMPLATE, priority: 'high' }, 'invalid-request'],
    ['a property that does not exist', { template: TEMPLATE, host: 1 }, 'invalid-request'],
    ['a text that is no template', { template: 'PCI = [' }, 'template-syntax'],
    [
      'a selector that asks for nothing',
      { template: 'MEMORY = 1024\nPCI = [ COUNT = 1 ]' },
      'template-invalid',
    ],
  ])('refuses %s and makes no VM', async (_, body, code) => {
    const here = await world()
    const answer = await here.request('POST', '/v1/vms', body)
    expect([answer.status, answer.body.code]).toEqual([400, code])
    expect(await must(here, 'GET', '/v1/vms')).toEqual([])
  })

  test.each(['maybe', '1'])('?all=%s is refused', async (all) => {
    const { status, body } = await (await world()).request('GET', `/v1/vms?all=${all}`)
    expect([status, body.code, body.facts.pointer]).toEqual([400, 'invalid-request', '/all'])
  })
})

describe('what happens behind the database', () => {
  test('a device that vanishes under its VM stays visible as missing, in every list', async () => {
    const here = await running()
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.devices = []
    await must(here, 'POST', '/v1/schedule')
    const vm = await must(here, 'GET', '/v1/vms/train')
    expect(vm.devices).toMatchObject([{ state: 'missing' }, { state: 'missing' }])
    const [device] = await must(here, 'GET', '/v1/devices')
    expectFits(DEVICE_SCHEMA, device)
    expect(device).toMatchObject({ state: 'missing', vm: 1 })
    expect(device.why).toContain('VM 1 (train) holds it')
    expect(await must(here, 'GET', '/v1/hosts')).toMatchObject([{ freeDevices: 0, offeredDevices: 0 }])
  })

  test('a VM on a host that falls silent is UNKNOWN and keeps its devices', async () => {
    const here = await running()
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.broken = 'libvirtd is gone'
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', '/v1/vms/train')).toMatchObject({ state: 'UNKNOWN', hostName: 'kvm-a' })
    const shown = await must(here, 'GET', '/v1/hosts/kvm-a')
    expect(shown).toMatchObject({ state: 'unknown', failure: 'libvirtd is gone' })
    expect(shown.devices[0]).toMatchObject({
      ...{ state: 'attached', why: 'attached to VM 1 (train), whose host is silent' },
    })
  })

  test('a VM whose domain ended has its devices back in the next cycle', async () => {
    const here = await running()
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.domains = []
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', '/v1/vms/train')).toMatchObject({ state: 'POWEROFF', devices: [] })
  })
})

describe('what can be asked of a VM', () => {
  test('hold, then release', async () => {
    const here = await world()
    await create(here)
    expect(await must(here, 'POST', '/v1/vms/train/hold')).toMatchObject({ state: 'HOLD' })
    expect(await must(here, 'POST', '/v1/vms/1/release')).toMatchObject({ state: 'PENDING' })
  })

  test('stop gives the devices back, start waits again', async () => {
    const here = await running()
    expect(await must(here, 'POST', '/v1/vms/train/stop', { graceSeconds: 5 })).toMatchObject({
      ...{ state: 'POWEROFF', devices: [], host: null },
    })
    expect(await must(here, 'GET', '/v1/hosts/kvm-a')).toMatchObject({ freeDevices: 1, usedCpu: 0 })
    expect(await must(here, 'POST', '/v1/vms/train/start')).toMatchObject({ state: 'PENDING' })
  })

  test.each([
    [undefined, 60],
    [{ graceSeconds: 5 }, 5],
    [{ hard: true }, 0],
    [{ hard: true, graceSeconds: 5 }, 0],
  ])('stop with %j gives the guest %i seconds', async (body, seconds) => {
    const here = await running()
    await must(here, 'POST', '/v1/vms/train/stop', body)
    const row = await here.database.kysely
      .selectFrom('orders')
      .select('body')
      .where('kind', '=', 'release')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(row.body)).toMatchObject({ graceSeconds: seconds })
  })

  test('terminate ends in DONE with the devices back', async () => {
    const here = await running()
    expect(await must(here, 'POST', '/v1/vms/train/terminate', { hard: true })).toMatchObject({
      ...{ state: 'DONE', devices: [] },
    })
    expect(await must(here, 'GET', '/v1/devices')).toMatchObject([
      { state: 'free' },
      { state: 'unassignable' },
    ])
  })

  test.each([['kvm-b'], [2]])('deploy puts a held VM on the host named %j', async (host) => {
    const here = await worldWith({ 'kvm-a': [GPU], 'kvm-b': [GPU] })
    await create(here, { hold: true })
    expect(await must(here, 'POST', '/v1/vms/train/deploy', { host })).toMatchObject({
      ...{ state: 'RUNNING', hostName: 'kvm-b' },
    })
  })

  test('a deploy that does not fit is a conflict with the reason, and changes nothing', async () => {
    const here = await worldWith({ 'kvm-a': [GPU], 'kvm-b': [NIC] })
    await create(here, { hold: true })
    const { status, body } = await here.request('POST', '/v1/vms/train/deploy', { host: 'kvm-b' })
    expect([status, body.code]).toEqual([409, 'cannot-deploy'])
    expect(body.detail).toContain('PCI 0')
    expect(await must(here, 'GET', '/v1/vms/train')).toMatchObject({ state: 'HOLD', host: null })
  })

  test('a deploy that the host refuses ends as the VM stands, with the reason', async () => {
    const here = await worldWith({ 'kvm-a': [GPU] })
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.refuses = 'virsh create failed'
    await create(here)
    const shown = await must(here, 'POST', '/v1/vms/train/deploy', { host: 'kvm-a' })
    expect(shown).toMatchObject({ state: 'PENDING', failures: 1, devices: [] })
    expect(shown.message).toContain('virsh create failed')
  })

  test.each([
    ['hold', undefined],
    ['release', undefined],
    ['start', undefined],
    ['deploy', { host: 'kvm-a' }],
  ])('%s of a running VM is a conflict and changes nothing', async (action, request) => {
    const here = await running()
    const before = await must(here, 'GET', '/v1/vms/train')
    const { status, body } = await here.request('POST', `/v1/vms/train/${action}`, request)
    expect([status, body.code]).toEqual([409, 'vm-state'])
    expect(await must(here, 'GET', '/v1/vms/train')).toEqual(before)
  })

  test.each([
    ['hold', undefined],
    ['release', undefined],
    ['start', undefined],
    ['stop', undefined],
    ['terminate', undefined],
    ['deploy', { host: 'kvm-a' }],
  ])('%s of a VM that does not exist is 404 unknown-vm', async (action, request) => {
    const here = await worldWith({ 'kvm-a': [GPU] })
    for (const reference of ['nobody', '99']) {
      const { status, body } = await here.request('POST', `/v1/vms/${reference}/${action}`, request)
      expect([status, body.code]).toEqual([404, 'unknown-vm'])
    }
  })

  test.each([
    ['stop', { graceSeconds: -1 }, 'invalid-request', 400],
    ['stop', { grace: 1 }, 'invalid-request', 400],
    ['terminate', { hard: 1 }, 'invalid-request', 400],
    ['hold', { host: 1 }, 'invalid-request', 400],
    ['deploy', {}, 'invalid-request', 400],
    ['deploy', undefined, 'invalid-request', 400],
    ['deploy', { host: 'nobody' }, 'unknown-host', 404],
  ])('%s with %j is refused: %s', async (action, request, code, status) => {
    const here = await running()
    const answer = await here.request('POST', `/v1/vms/train/${action}`, request)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await must(here, 'GET', '/v1/vms/train')).toMatchObject({ state: 'RUNNING' })
  })
})

describe('scheduling and explaining', () => {
  test('a cycle says what it placed and who waits', async () => {
    const here = await worldWith({ 'kvm-a': [GPU] })
    await create(here)
    await create(here, { name: 'second' })
    const cycle = await must(here, 'POST', '/v1/schedule')
    expectFits(CYCLE_SCHEMA, cycle)
    expect(cycle).toMatchObject({ probed: [1], placed: [{ vm: 1, host: 1, devices: ['0000:3b:00.0'] }] })
    expect(cycle.waiting.map((one: { vm: number }) => one.vm)).toEqual([2])
  })

  test('a VM that waits is explained host by host', async () => {
    const here = await running()
    await create(here, { name: 'second' })
    const told = await must(here, 'GET', '/v1/vms/second/explain')
    expectFits(EXPLANATION_SCHEMA, told)
    expect(told).toMatchObject({ vm: 2, state: 'PENDING', fitting: [] })
    expect(told.reasons).toEqual([
      expect.objectContaining({ host: 1, hostName: 'kvm-a', code: 'not-enough-free' }),
    ])
    expect(told.reasons[0].message).toContain('VM 1')
    const changes = [
      {
        ...{ code: 'stop-vm', address: '0000:3b:00.0', vm: 1 },
        message: 'stop VM 1 (train), which has 0000:3b:00.0, 0000:3b:00.1: `berth vm stop 1`',
      },
    ]
    expect(told.reasons[0].changes).toEqual(changes)
    expect(told).toMatchObject({ considered: 1, smallest: { host: 1, hostName: 'kvm-a', changes } })
  })

  test('the smallest change, carried out, gets the VM placed', async () => {
    const here = await running()
    await create(here, { name: 'second' })
    await must(here, 'POST', '/v1/hosts/kvm-a/devices/3b:00.0/drain')
    await must(here, 'POST', '/v1/hosts/kvm-a/disable')
    const { smallest } = await must(here, 'GET', '/v1/vms/second/explain')
    expect(smallest.changes.map((change: { code: string }) => change.code)).toEqual([
      'stop-vm',
      'undrain',
      'enable-host',
    ])
    await must(here, 'POST', '/v1/vms/1/stop', { hard: true })
    await must(here, 'POST', '/v1/hosts/kvm-a/devices/3b:00.0/undrain')
    await must(here, 'POST', '/v1/hosts/kvm-a/enable')
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', '/v1/vms/second')).toMatchObject({ state: 'RUNNING' })
  })

  test('a host that did not answer is not on once it is enabled', async () => {
    const here = await running()
    await create(here, { name: 'second', template: 'CPU = 1\nMEMORY = 64' })
    await must(here, 'POST', '/v1/hosts/kvm-a/disable')
    await here.database.kysely.updateTable('hosts').set({ failure: 'no route' }).execute()
    const { smallest } = await must(here, 'GET', '/v1/vms/second/explain')
    expect(smallest.changes.map((change: { code: string }) => change.code)).toEqual([
      'revive-host',
      'enable-host',
    ])
  })

  test('what a foreign domain has is freed by ending that domain, not by allowing the device', async () => {
    const here = await worldWith({ 'kvm-a': [GPU] })
    await create(here)
    const foreign = { cluster: null, vm: null, epoch: null }
    const domain = { host: 1, uuid: 'u', name: 'win', state: 'running', ...foreign }
    await here.database.kysely
      .insertInto('domains')
      .values({ ...domain, hostdevs: JSON.stringify(['0000:3b:00.0']) })
      .execute()
    const { smallest } = await must(here, 'GET', '/v1/vms/train/explain')
    expect(smallest.changes).toMatchObject([{ code: 'end-domain', address: '0000:3b:00.0' }])
  })

  test('a VM that is to end as soon as its deploy has is awaited, and not to be stopped once more', async () => {
    const here = await running()
    await create(here, { name: 'second' })
    const ending = { state: 'BOOT', after_release: 'POWEROFF' } as const
    await here.database.kysely.updateTable('vms').set(ending).where('name', '=', 'train').execute()
    const { smallest } = await must(here, 'GET', '/v1/vms/second/explain')
    expect(smallest.changes).toMatchObject([{ code: 'await-vm', vm: 1 }])
  })

  test('to whoever has gone by the time that it is their turn nothing is explained', async () => {
    const { database } = await running()
    const vmOf = () => Promise.reject(new Error('it was read'))
    const question = { vmOf, now: 0, seenBy: null }
    expect(await explainVm(database, question, AbortSignal.abort())).toBeNull()
  })

  test('a VM that would fit is explained with the hosts that could take it', async () => {
    const here = await worldWith({ 'kvm-a': [GPU] })
    await create(here, { hold: true })
    expect(await must(here, 'GET', '/v1/vms/train/explain')).toMatchObject({
      ...{ state: 'HOLD', reasons: [], fitting: [{ host: 1, hostName: 'kvm-a' }] },
      smallest: { host: 1, changes: [{ code: 'release-vm' }] },
    })
  })

  test('a running VM waits for nothing', async () => {
    const told = await must(await running(), 'GET', '/v1/vms/train/explain')
    expectFits(EXPLANATION_SCHEMA, told)
    expect(told).toMatchObject({ reasons: [], fitting: [], message: 'it is RUNNING and waits for no host' })
  })

  test('a schedule with a body that says anything is refused', async () => {
    const { status, body } = await (await world()).request('POST', '/v1/schedule', { host: 1 })
    expect([status, body.code]).toEqual([400, 'invalid-request'])
  })
})
