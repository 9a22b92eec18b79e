/** `/v1/hosts/:host/sriov` and a PF's number of virtual functions, through the API, on a real database: wishes, refusals, reboots. */
import { describe, expect, test } from 'vitest'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { getDevice, markDevice } from '../../src/database/devices.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import { at, id, reported } from '../support/reports.ts'
import { type FakeHost, must, vfOf, type World, worldWith } from './world.ts'

const PF = '0000:3b:00.0'
const VF = '0000:3b:10.0'
const GPU = '0000:5e:00.0'
const NIC: Partial<ReportedDevice> = {
  ...{ kind: 'pf', classId: id('0200'), totalVfs: 8, driver: 'ice', iommuGroup: 12 },
  identity: 'path:nic',
}
const VF_TEMPLATE = 'CPU = 1\nMEMORY = 64\nPCI = [ CLASS = "0200", KIND = "VF" ]'
const PF_TEMPLATE = 'CPU = 1\nMEMORY = 64\nPCI = [ SHORT_ADDRESS = "3b:00.0" ]'

const device = (address: string) => `/v1/hosts/a/devices/${encodeURIComponent(address)}`
const set = (here: World, numVfs: number, address = PF) =>
  here.request('POST', `${device(address)}/sriov`, { numVfs })

const devices = () => [reported(PF, NIC), reported(GPU, { iommuGroup: 20 })]

async function start(): Promise<{ here: World; host: FakeHost }> {
  const here = await worldWith({ a: devices() })
  const host = here.hosts.get('a')
  if (host === undefined) throw new Error('no host')
  return { here, host }
}

async function withVm(template: string, before: (here: World) => Promise<unknown> = async () => {}) {
  const { here, host } = await start()
  await before(here)
  const { id: vm } = await must(here, 'POST', '/v1/vms', { template, name: 'one' })
  await must(here, 'POST', '/v1/schedule')
  return { here, host, vm }
}

const sound = async (here: World) => expect(await here.database.read(checkDatabase)).toEqual([])
const pf = async (here: World) => (await must(here, 'GET', '/v1/hosts/a/sriov')).pfs[0]

describe('setting the number', () => {
  test('makes them, and the inventory has them at once; the PF is not given any more', async () => {
    const { here } = await start()
    expect((await set(here, 2)).body).toMatchObject({
      ...{
        address: PF,
        hostName: 'a',
        totalVfs: 8,
        numVfs: 2,
        wantedVfs: 2,
        driverAble: true,
        failure: null,
      },
      vfs: [
        { address: VF, index: 0, state: 'free' },
        { address: '0000:3b:10.1', index: 1, state: 'free' },
      ],
    })
    expect(await must(here, 'GET', device(PF))).toMatchObject({ state: 'unassignable', wantedVfs: 2 })
    await sound(here)
  })

  test('0 removes them and the wish', async () => {
    const { here } = await start()
    await set(here, 2)
    expect((await set(here, 0)).body).toMatchObject({ numVfs: 0, wantedVfs: null, vfs: [], state: 'free' })
  })

  test('the list has PFs only, and says where nothing is known of the driver', async () => {
    const { here } = await start()
    expect(await must(here, 'GET', '/v1/hosts/a/sriov')).toMatchObject({
      ...{ host: 1, hostName: 'a' },
      pfs: [{ address: PF, type: '10de:20b0:0200', driver: 'ice', driverAble: null, numVfs: 0 }],
    })
  })
})

describe('refused, and nothing has changed', () => {
  test.each([
    ['a device without SR-IOV', GPU, 2, 'not-a-pf', 'has no SR-IOV'],
    ['more than it supports', PF, 99, 'vfs-too-many', 'supports 8 virtual functions, not 99'],
  ])('%s', async (_, address, numVfs, code, words) => {
    const { here } = await start()
    expect(await set(here, numVfs, address)).toMatchObject({
      ...{ status: 409, body: { code, detail: expect.stringContaining(words) } },
    })
    expect(await must(here, 'GET', device(address))).toMatchObject({ wantedVfs: null, state: 'free' })
  })

  test('one that is not there, a number that is none', async () => {
    const { here } = await start()
    expect(await set(here, 2, '0000:77:00.0')).toMatchObject({ status: 404 })
    expect(await set(here, -1)).toMatchObject({ status: 400 })
  })

  test('while a VM has one of them, which is named; the number that there is can be wished', async () => {
    const { here, host, vm } = await withVm(VF_TEMPLATE, async (world) => set(world, 2))
    for (const number of [4, 0])
      expect(await set(here, number)).toMatchObject({
        ...{ status: 409, body: { code: 'vf-claimed', facts: { vf: VF, vm } } },
      })
    expect((await set(here, 2)).status).toBe(200)
    expect(host.devices.filter(({ parent }) => parent !== null)).toHaveLength(2)
    expect(await pf(here)).toMatchObject({ wantedVfs: 2, vfs: [{ vm, state: 'attached' }, { vm: null }] })
  })

  test('while a VM has the PF, which is named', async () => {
    const { here, vm } = await withVm(PF_TEMPLATE)
    expect(await set(here, 2)).toMatchObject({
      ...{ status: 409, body: { code: 'device-claimed', facts: { vm } } },
    })
  })

  test('while it is reserved for VMs', async () => {
    const { here } = await start()
    await must(here, 'POST', `${device(PF)}/reserve`, { reserve: true })
    expect(await set(here, 2)).toMatchObject({ status: 409, body: { code: 'device-reserved' } })
  })

  test('a PF that is to have some is neither bound nor reserved by hand', async () => {
    const { here } = await start()
    await set(here, 2)
    for (const [action, body] of [
      ['bind', undefined],
      ['reserve', { reserve: true }],
    ] as const)
      expect(await here.request('POST', `${device(PF)}/${action}`, body)).toMatchObject({
        ...{ status: 409, body: { code: 'pf-has-vfs' } },
      })
  })

  test.each([
    ['there was none', []],
    ['there was another', [2]],
  ])('where the host refuses the wish is what it was: %s', async (_, before) => {
    const { here, host } = await start()
    for (const number of before) await set(here, number)
    host.refuses = 'not enough room'
    expect(await set(here, 4)).toMatchObject({
      ...{ status: 502, body: { code: 'order-failed', detail: 'not enough room' } },
    })
    const wantedVfs = before.at(-1) ?? null
    expect(await pf(here)).toMatchObject({ wantedVfs, failure: 'not enough room' })
    host.refuses = null
    expect((await set(here, 4)).body).toMatchObject({ wantedVfs: 4, failure: null })
  })
})

test('a wish keeps the PF from VMs although it has no VFs now, and db check knows', async () => {
  const { here } = await start()
  await here.database.transaction((q) => markDevice(q, 1, at(PF), { wantedVfs: 2 }))
  await must(here, 'POST', '/v1/vms', { template: PF_TEMPLATE, name: 'one' })
  const cycle = await must(here, 'POST', '/v1/schedule')
  expect(cycle.placed).toEqual([])
  const explained = await must(here, 'GET', '/v1/vms/one/explain')
  expect(explained.reasons).toMatchObject([
    { code: 'pf-has-vfs', message: expect.stringContaining('is to have virtual functions') },
  ])
  await sound(here)
})

test('db check finds a claimed PF with a wish', async () => {
  const { here } = await withVm(PF_TEMPLATE)
  await here.database.transaction((q) => markDevice(q, 1, at(PF), { wantedVfs: 2 }))
  expect(await here.database.read(checkDatabase)).toMatchObject([{ code: 'wanting-pf-claimed' }])
})

describe('after a reboot', () => {
  /** As the kernel leaves it: no VFs, and the drivers of the host. */
  const reboot = (host: FakeHost, boot: string, pfAddress = PF) => {
    host.domains = []
    host.bootId = boot
    host.devices = [reported(pfAddress, NIC), reported(GPU, { iommuGroup: 20 })]
  }
  const wishing = async () => {
    const { here, host } = await start()
    reboot(host, 'boot-1')
    await set(here, 2)
    return { here, host }
  }

  test('they are made again in the first cycle', async () => {
    const { here, host } = await wishing()
    reboot(host, 'boot-2')
    await must(here, 'POST', '/v1/schedule')
    expect(host.devices.filter(({ parent }) => parent === PF)).toHaveLength(2)
    await must(here, 'POST', '/v1/schedule')
    expect(await pf(here)).toMatchObject({
      numVfs: 2,
      wantedVfs: 2,
      vfs: [{ state: 'free' }, { state: 'free' }],
    })
    await sound(here)
  })

  test('what is known of a VF is kept until they are back', async () => {
    const { here, host } = await wishing()
    await must(here, 'POST', `${device(VF)}/allow`, { allow: true })
    reboot(host, 'boot-2')
    host.refuses = 'later'
    await here.request('POST', '/v1/drift')
    expect(await must(here, 'GET', device(VF))).toMatchObject({ state: 'missing', allowed: true })
    host.refuses = null
    await must(here, 'POST', '/v1/schedule')
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', device(VF))).toMatchObject({ state: 'free', allowed: true })
  })

  test('also where the PF has moved to another bus', async () => {
    const { here, host } = await wishing()
    await must(here, 'POST', `${device(VF)}/allow`, { allow: true })
    reboot(host, 'boot-2', '0000:3c:00.0')
    await must(here, 'POST', '/v1/schedule')
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', device('0000:3c:10.0'))).toMatchObject({ state: 'free', allowed: true })
    expect(await here.request('GET', device(VF))).toMatchObject({ status: 404 })
    await sound(here)
  })

  test('a host that refuses is asked once in a boot; then the VFs are forgotten and the wish stays', async () => {
    const { here, host } = await wishing()
    reboot(host, 'boot-2')
    host.refuses = 'no room'
    for (const _ of [1, 2, 3]) await must(here, 'POST', '/v1/schedule')
    expect(here.told.filter((line) => line.includes('no room'))).toHaveLength(1)
    expect(await pf(here)).toMatchObject({ numVfs: 0, wantedVfs: 2, failure: 'no room', vfs: [] })
    reboot(host, 'boot-3')
    host.refuses = null
    await must(here, 'POST', '/v1/schedule')
    expect(host.devices.filter(({ parent }) => parent === PF)).toHaveLength(2)
  })

  test('a VM that had one is off, its claim is gone, and it is placed again when they are back', async () => {
    const { here, host } = await wishing()
    await must(here, 'POST', '/v1/vms', { template: VF_TEMPLATE, name: 'one' })
    await must(here, 'POST', '/v1/schedule')
    reboot(host, 'boot-2')
    await here.request('POST', '/v1/drift')
    expect(await must(here, 'GET', device(VF))).toMatchObject({ state: 'missing', vm: 1 })
    await must(here, 'POST', '/v1/schedule')
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', '/v1/vms/one')).toMatchObject({ state: 'POWEROFF', devices: [] })
    await must(here, 'POST', '/v1/vms/one/start')
    await must(here, 'POST', '/v1/schedule')
    expect(await must(here, 'GET', '/v1/vms/one')).toMatchObject({ state: 'RUNNING' })
    expect(await listClaims(here.database.kysely, { vm: 1 })).toMatchObject([{ address: VF }])
    await sound(here)
  })

  test('where the kernel has made them by itself there is nothing to do', async () => {
    const { here, host } = await wishing()
    reboot(host, 'boot-2')
    host.devices = [
      ...host.devices.map((one) => (one.address === PF ? { ...one, numVfs: 2 } : one)),
      ...[0, 1].map((index) => vfOf(host, PF, index)),
    ]
    host.refuses = 'never asked'
    await must(here, 'POST', '/v1/schedule')
    expect(await pf(here)).toMatchObject({ numVfs: 2, failure: null })
  })

  test('a PF that is gone keeps its wish, until it is taken back', async () => {
    const { here, host } = await wishing()
    host.devices = devices().slice(1)
    await must(here, 'POST', '/v1/schedule')
    expect(await pf(here)).toMatchObject({ state: 'missing', wantedVfs: 2 })
    expect(await set(here, 4)).toMatchObject({ status: 409, body: { code: 'device-missing' } })
    expect((await set(here, 0)).status).toBe(200)
    expect(await here.request('GET', device(PF))).toMatchObject({ status: 404 })
  })

  test('another card in its place inherits no wish', async () => {
    const { here, host } = await wishing()
    host.devices = [reported(PF, { ...NIC, deviceId: id('1593') })]
    await must(here, 'POST', '/v1/schedule')
    expect((await getDevice(here.database.kysely, 1, at(PF))).wantedVfs).toBeNull()
  })
})
