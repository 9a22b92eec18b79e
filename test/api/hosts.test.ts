/** /v1/hosts and /v1/devices through the application, on a real database, without a port. */
import { describe, expect, test } from 'vitest'
import { DEVICE_LIST_SCHEMA, DEVICE_SCHEMA } from '../../src/model/schemas/device.ts'
import { HOST_LIST_SCHEMA, HOST_SCHEMA } from '../../src/model/schemas/host.ts'
import { reported } from '../view/build.ts'
import { expectFits } from './strict.ts'
import { must, type World, world, worldWith } from './world.ts'

const GPUS = [reported('0000:3b:00.0'), reported('0000:86:00.0')]
const ADD = { name: 'kvm-a', driver: 'simulator', machine: 'gpu-server' }

describe('adding a host', () => {
  test('answers 201 with the host as its first probe found it', async () => {
    const here = await world({ 'kvm-a': GPUS })
    const { status, body } = await here.request('POST', '/v1/hosts', { ...ADD, attributes: { RACK: '7' } })
    expect(status).toBe(201)
    expectFits(HOST_SCHEMA, body)
    expect(body).toMatchObject({
      ...{ name: 'kvm-a', simulated: true, state: 'on', uri: '/simulated/kvm-a', attributes: { RACK: '7' } },
      ...{ offeredDevices: 2, freeDevices: 2, totalCpu: 6400, cluster: 'default', failure: null },
    })
  })

  test('keeps a host whose probe fails, and says why', async () => {
    const here = await world({ 'kvm-a': GPUS })
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.broken = 'no /sys/bus/pci'
    const { status, body } = await here.request('POST', '/v1/hosts', ADD)
    expect(status).toBe(201)
    expect(body).toMatchObject({ state: 'unknown', failure: 'no /sys/bus/pci', devices: [] })
  })

  test('keeps a host whose first probe meets a defect, and logs it with its cause', async () => {
    const here = await world({ 'kvm-a': GPUS })
    const fake = here.hosts.get('kvm-a')
    if (fake)
      Object.defineProperty(fake, 'broken', {
        get: () => {
          throw new TypeError('a defect')
        },
      })
    expect(await must(here, 'POST', '/v1/hosts', ADD)).toMatchObject({
      state: 'unknown',
      failure: 'a defect',
    })
    expect(here.told).toEqual([expect.stringContaining('probe of host kvm-a: TypeError: a defect')])
  })

  test('takes qemu:///system for libvirt where no URI is given', async () => {
    const here = await world({ here: GPUS })
    const body = await must(here, 'POST', '/v1/hosts', { name: 'here', driver: 'libvirt' })
    expect(body).toMatchObject({ uri: 'qemu:///system', simulated: false })
  })

  test.each([
    ['a name that is taken', { ...ADD }, 409, 'host-exists'],
    ['a second host on this machine', { name: 'b', driver: 'libvirt' }, 409, 'machine-taken'],
    ['a remote libvirt', { name: 'b', driver: 'libvirt', uri: 'qemu+ssh://b/system' }, 400, 'uri-not-local'],
    [
      'a libvirt that is no QEMU',
      { name: 'b', driver: 'libvirt', uri: 'xen:///system' },
      400,
      'uri-not-local',
    ],
    ['a machine for libvirt', { name: 'b', driver: 'libvirt', machine: 'gpu-server' }, 400, 'host-options'],
    ['a URI for a simulated host', { ...ADD, name: 'b', uri: 'qemu:///system' }, 400, 'host-options'],
    ['a machine that nobody described', { ...ADD, name: 'b', machine: 'cray' }, 400, 'unknown-machine'],
    ['a wrong filter', { ...ADD, name: 'b', filter: 'zz:10' }, 400, 'invalid-filter'],
    ['no name', { driver: 'libvirt' }, 400, 'invalid-request'],
    ['a name of digits, which would read as an id', { ...ADD, name: '12' }, 400, 'invalid-request'],
    ['a name with a slash', { ...ADD, name: '../etc' }, 400, 'invalid-request'],
    ['a driver that does not exist', { ...ADD, name: 'b', driver: 'xen' }, 400, 'invalid-request'],
    ['a property that does not exist', { ...ADD, name: 'b', colour: 'red' }, 400, 'invalid-request'],
    [
      'an attribute that is no text or number',
      { ...ADD, name: 'b', attributes: { A: [] } },
      400,
      'invalid-request',
    ],
    [
      'an attribute whose name no expression can say',
      { ...ADD, name: 'b', attributes: { 'A B': '1' } },
      400,
      'invalid-request',
    ],
  ])('refuses %s and adds nothing', async (_, body, status, code) => {
    const here = await worldWith({ 'kvm-a': GPUS })
    await must(here, 'POST', '/v1/hosts', { name: 'this', driver: 'libvirt' })
    const answer = await here.request('POST', '/v1/hosts', body)
    expect(answer.status).toBe(status)
    expect(answer.body.code).toBe(code)
    expect(await must(here, 'GET', '/v1/hosts')).toHaveLength(2)
  })
})

describe('looking at hosts', () => {
  test('the list is empty before there are hosts', async () => {
    expect(await must(await world(), 'GET', '/v1/hosts')).toEqual([])
  })

  test('the list has one row a host, by id, that fits its schema', async () => {
    const here = await worldWith({ 'kvm-b': GPUS, 'kvm-a': [] })
    const list = await must(here, 'GET', '/v1/hosts')
    expectFits(HOST_LIST_SCHEMA, list)
    expect(list.map((host: { name: string }) => host.name)).toEqual(['kvm-b', 'kvm-a'])
  })

  test.each(['kvm-a', '1'])('a host is shown by name and by id (%s)', async (reference) => {
    const here = await worldWith({ 'kvm-a': GPUS })
    const shown = await must(here, 'GET', `/v1/hosts/${reference}`)
    expectFits(HOST_SCHEMA, shown)
    expect(shown.devices.map((device: { address: string }) => device.address)).toEqual([
      '0000:3b:00.0',
      '0000:86:00.0',
    ])
  })

  test.each([
    ['of a VM that the database does not know', null],
    ['of another database', '8f14e45f-ceea-467f-a5b5-0d2a3f1c9e77'],
  ])("a domain with Berth's mark %s is an orphan and holds its devices", async (_, database) => {
    const here = await world({ 'kvm-a': GPUS })
    const berth = { cluster: database ?? here.database.cluster, vm: 99, epoch: 4 }
    const hostdevs = [GPUS[0]?.address ?? reported('00:00.0').address]
    const orphan = { name: 'berth-99', uuid: 'u-99' }
    here.hosts.get('kvm-a')?.domains.push({ ...orphan, state: 'running', hostdevs, berth })
    const shown = await must(here, 'POST', '/v1/hosts', ADD)
    expectFits(HOST_SCHEMA, shown)
    expect(shown.orphans).toEqual([{ ...orphan, vm: 99, epoch: 4, database }])
    expect(shown.devices[0]).toMatchObject({
      state: 'unassignable',
      why: 'in use by the host: domain berth-99 has it',
    })
    expect(shown.freeDevices).toBe(1)
  })
})

describe('changing hosts', () => {
  test('a disabled host says so, and an enabled one is on again', async () => {
    const here = await worldWith({ 'kvm-a': GPUS })
    expect(await must(here, 'POST', '/v1/hosts/kvm-a/disable')).toMatchObject({ state: 'disabled' })
    expect(await must(here, 'POST', '/v1/hosts/kvm-a/enable')).toMatchObject({ state: 'on' })
  })

  test('a removed host is gone with its devices', async () => {
    const here = await worldWith({ 'kvm-a': GPUS })
    expect(await here.request('DELETE', '/v1/hosts/kvm-a')).toMatchObject({ status: 204, body: null })
    expect(await must(here, 'GET', '/v1/devices')).toEqual([])
  })

  test('a host with a VM on it stays', async () => {
    const here = await worldWith({ 'kvm-a': GPUS })
    await must(here, 'POST', '/v1/vms', { template: 'MEMORY = 1024' })
    await must(here, 'POST', '/v1/schedule')
    const { status, body } = await here.request('DELETE', '/v1/hosts/kvm-a')
    expect([status, body.code]).toEqual([409, 'host-in-use'])
    expect(await must(here, 'GET', '/v1/hosts')).toHaveLength(1)
  })

  test.each([
    ['GET', '/v1/hosts/nobody'],
    ['DELETE', '/v1/hosts/nobody'],
    ['POST', '/v1/hosts/nobody/enable'],
    ['POST', '/v1/hosts/nobody/disable'],
    ['GET', '/v1/devices?host=nobody'],
    ['GET', '/v1/hosts/nobody/devices/0000:3b:00.0'],
  ] as const)('%s %s is 404 unknown-host', async (method, url) => {
    const { status, body } = await (await worldWith({ 'kvm-a': GPUS })).request(method, url)
    expect([status, body.code]).toEqual([404, 'unknown-host'])
  })
})

describe('devices', () => {
  const DEVICE = '/v1/hosts/kvm-a/devices/3b:00.0'

  async function usedWorld(): Promise<World> {
    const here = await world({ 'kvm-a': GPUS, 'kvm-b': GPUS })
    const address = reported('0000:3b:00.0').address
    here.hosts.get('kvm-a')?.usage.push({ address, reason: 'mount', detail: 'nvme0n1p2 is mounted at /boot' })
    for (const name of here.hosts.keys()) await must(here, 'POST', '/v1/hosts', { ...ADD, name })
    return here
  }

  test('the list has those of all hosts, by host, then address', async () => {
    const list = await must(await usedWorld(), 'GET', '/v1/devices')
    expectFits(DEVICE_LIST_SCHEMA, list)
    expect(list.map((device: { host: number; address: string }) => [device.host, device.address])).toEqual([
      [1, '0000:3b:00.0'],
      [1, '0000:86:00.0'],
      [2, '0000:3b:00.0'],
      [2, '0000:86:00.0'],
    ])
  })

  test('the list of one host has the same documents as the list of all', async () => {
    const here = await usedWorld()
    const all = await must(here, 'GET', '/v1/devices')
    expect(await must(here, 'GET', '/v1/devices?host=kvm-a')).toEqual(all.slice(0, 2))
    expect(await must(here, 'GET', '/v1/devices?host=2')).toEqual(all.slice(2))
  })

  test('one device is shown, its address in short form and escaped too', async () => {
    const here = await usedWorld()
    const shown = await must(here, 'GET', DEVICE)
    expectFits(DEVICE_SCHEMA, shown)
    expect(shown).toMatchObject({
      state: 'unassignable',
      why: 'in use by the host: nvme0n1p2 is mounted at /boot',
    })
    expect(await must(here, 'GET', `/v1/hosts/1/devices/${encodeURIComponent('0000:3B:00.0')}`)).toEqual(
      shown,
    )
  })

  test("the operator's word makes a device in use free, and takes it back", async () => {
    const here = await usedWorld()
    const generation = (await must(here, 'GET', '/v1/hosts/kvm-a')).generation
    expect(await must(here, 'POST', `${DEVICE}/allow`, { allow: true })).toMatchObject({
      ...{ state: 'free', why: null, allowed: true },
      inUse: [{ address: '0000:3b:00.0', reason: 'mount', detail: 'nvme0n1p2 is mounted at /boot' }],
    })
    expect((await must(here, 'GET', '/v1/hosts/kvm-a')).generation).toBeGreaterThan(generation)
    expect(await must(here, 'POST', `${DEVICE}/allow`, { allow: false })).toMatchObject({ allowed: false })
  })

  test.each([
    ['GET', '/v1/hosts/kvm-a/devices/3b:00.1', undefined, 404, 'unknown-device'],
    ['GET', '/v1/hosts/kvm-a/devices/eth0', undefined, 400, 'invalid-address'],
    ['POST', '/v1/hosts/kvm-a/devices/3b:00.1/allow', { allow: true }, 404, 'unknown-device'],
    ['POST', '/v1/hosts/kvm-a/devices/3b:00.0/allow', {}, 400, 'invalid-request'],
    ['POST', '/v1/hosts/kvm-a/devices/3b:00.0/allow', { allow: 'yes' }, 400, 'invalid-request'],
    ['GET', '/v1/devices?hots=kvm-a', undefined, 400, 'invalid-request'],
  ] as const)('%s %s %j is %i %s', async (method, url, request, status, code) => {
    const { status: got, body } = await (await usedWorld()).request(method, url, request)
    expect([got, body.code]).toEqual([status, code])
  })
})

test('the longest name is found again, however it is escaped in the URL', async () => {
  const name = 'ö'.repeat(128)
  const here = await world({ [name]: [] })
  expect(await here.request('POST', '/v1/hosts', { name, driver: 'libvirt' })).toMatchObject({ status: 201 })
  expect(await here.request('GET', `/v1/hosts/${encodeURIComponent(name)}`)).toMatchObject({
    status: 200,
    body: { name },
  })
})
