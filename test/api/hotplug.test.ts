/** `/v1/vms/:vm/attach-pci` and `detach-pci`: claims, template and what is told, on a real database. */
import { describe, expect, test } from 'vitest'
import { checkDatabase } from '../../src/database/check.ts'
import { id, reported } from '../support/reports.ts'
import { usb } from '../support/usb.ts'
import { must, type World, world, worldWith } from './world.ts'

const NIC = '0000:01:00.0'
const GPU = '0000:3b:00.0'
const AUDIO = '0000:3b:00.1'
const OTHER = '0000:5e:00.0'

const devices = () => [
  reported(NIC, { vendorId: id('8086'), classId: id('0200'), iommuGroup: 1, numaNode: 0 }),
  reported(GPU, { vendorId: id('10de'), classId: id('0302'), iommuGroup: 12, numaNode: 0 }),
  reported(AUDIO, { vendorId: id('10de'), classId: id('0403'), iommuGroup: 12, numaNode: 0 }),
  reported(OTHER, { vendorId: id('10de'), classId: id('0302'), iommuGroup: 13, numaNode: 1 }),
]

async function running(more = '') {
  const here = await world({ a: devices() })
  const host = here.hosts.get('a')
  if (host === undefined) throw new Error('no host')
  host.usb = [usb('1-2'), usb('1-3')]
  await must(here, 'POST', '/v1/hosts', { name: 'a', driver: 'simulator', machine: 'gpu-server' })
  const template = `MEMORY = 64\n${more}PCI = [ CLASS = "0200" ]\n`
  await must(here, 'POST', '/v1/vms', { template, name: 'one' })
  await must(here, 'POST', '/v1/schedule')
  return { here, host }
}

const attach = (here: World, body: object) => must(here, 'POST', '/v1/vms/one/attach-pci', body)
const detach = (here: World, body: object) => must(here, 'POST', '/v1/vms/one/detach-pci', body)
const sound = async (here: World) => expect(await here.database.read((q) => checkDatabase(q))).toEqual([])
const has = (vm: { devices: readonly { address: string; role: string; request: number | null }[] }) =>
  vm.devices.map(({ address, role, request }) => [address, role, request])

describe('a running VM', () => {
  test('gets a device with its group mate, and keeps it in its template; gives it back, and the rest stays', async () => {
    const { here } = await running()
    const more = await attach(here, { vendor: '10de', address: GPU })
    expect(has(more)).toEqual([
      [NIC, 'passed', 0],
      [GPU, 'passed', 1],
      [AUDIO, 'held', null],
    ])
    expect(more.template).toContain(`PCI = [ VENDOR = "10de", ADDRESS = "${GPU}" ]`)
    await sound(here)
    const less = await detach(here, { address: GPU })
    expect(has(less)).toEqual([[NIC, 'passed', 0]])
    expect(less.template).toBe('MEMORY = 64\nPCI = [ CLASS = "0200" ]\n')
    expect(await must(here, 'GET', `/v1/hosts/a/devices/${encodeURIComponent(AUDIO)}`)).toMatchObject({
      ...{ state: 'free', vm: null },
    })
    await sound(here)
  })

  test('blocks behind one that left count one less', async () => {
    const { here } = await running()
    await attach(here, { address: GPU })
    await attach(here, { address: OTHER })
    expect(has(await detach(here, { address: GPU }))).toEqual([
      [NIC, 'passed', 0],
      [OTHER, 'passed', 1],
    ])
    await sound(here)
    expect(has(await detach(here, { address: OTHER }))).toEqual([[NIC, 'passed', 0]])
  })

  test('what cannot be had is refused with the reason, and nothing changes', async () => {
    const { here } = await running()
    const before = await must(here, 'GET', '/v1/vms/one')
    for (const [body, words] of [
      [{ vendor: '1234' }, 'no such device'],
      [{ vendor: '10de', class: '0302', count: 3 }, 'wants 3'],
      [{ address: NIC }, `held by VM ${before.id}`],
    ] as const) {
      const refused = await here.request('POST', '/v1/vms/one/attach-pci', body)
      expect(refused).toMatchObject({ status: 409, body: { code: 'cannot-attach' } })
      expect(refused.body.detail).toContain(words)
    }
    expect(await here.request('POST', '/v1/vms/one/attach-pci', {})).toMatchObject({ status: 400 })
    expect(await here.request('POST', '/v1/vms/one/attach-pci', { vendor: '*' })).toMatchObject({
      status: 400,
    })
    expect(await must(here, 'GET', '/v1/vms/one')).toEqual(before)
  })

  test('with PCI_NUMA_POLICY = REQUIRED gets devices of its node only', async () => {
    const { here } = await running('PCI_NUMA_POLICY = "REQUIRED"\n')
    const refused = await here.request('POST', '/v1/vms/one/attach-pci', { address: OTHER })
    expect(refused.body.detail).toContain('only NUMA node 0')
    expect(has(await attach(here, { class: '0302' }))).toContainEqual([GPU, 'passed', 1])
  })

  test('an attach that the host cannot do leaves nothing behind, and says why', async () => {
    const { here, host } = await running()
    host.refuses = 'no slot left'
    const refused = await here.request('POST', '/v1/vms/one/attach-pci', { address: GPU })
    expect(refused).toMatchObject({ status: 502, body: { code: 'order-failed', detail: 'no slot left' } })
    const vm = await must(here, 'GET', '/v1/vms/one')
    expect(vm).toMatchObject({
      state: 'RUNNING',
      moving: null,
      message: expect.stringContaining('no slot left'),
    })
    expect(has(vm)).toEqual([[NIC, 'passed', 0]])
    expect(vm.template).not.toContain('3b:00.0')
    await sound(here)
  })

  test('whose guest does not answer keeps the device: told, tried again, and let go in the end', async () => {
    const { here, host } = await running()
    await attach(here, { address: GPU })
    host.keeps = true
    const answer = await here.request('POST', '/v1/vms/one/detach-pci', { address: GPU })
    expect(answer).toMatchObject({ status: 202, body: { state: 'RUNNING', moving: 'detach' } })
    expect(answer.body.message).toContain('detach on host a failed, tried again: kept')
    expect(await must(here, 'GET', `/v1/hosts/a/devices/${encodeURIComponent(GPU)}`)).toMatchObject({
      ...{ state: 'releasing', why: expect.stringContaining('being detached') },
    })
    expect(await here.request('POST', '/v1/vms/one/attach-pci', { address: OTHER })).toMatchObject({
      ...{ status: 409, body: { code: 'vm-busy' } },
    })
    await sound(here)
    host.keeps = false
    here.now += 60_000
    await must(here, 'POST', '/v1/schedule')
    expect(has(await must(here, 'GET', '/v1/vms/one'))).toEqual([[NIC, 'passed', 0]])
    await sound(here)
  })

  test('that is stopped in the middle of a detach gives all back, and its template is without the device', async () => {
    const { here, host } = await running()
    await attach(here, { address: GPU })
    host.keeps = true
    await here.request('POST', '/v1/vms/one/detach-pci', { address: GPU })
    const stopped = await must(here, 'POST', '/v1/vms/one/stop', {})
    expect(stopped).toMatchObject({ state: 'POWEROFF', devices: [], moving: null })
    expect(stopped.template).not.toContain('3b:00.0')
    await sound(here)
  })

  test('keeps a device that shares its group with one that stays', async () => {
    const here = await worldWith({ a: devices() })
    const template = `MEMORY = 64\nPCI = [ ADDRESS = "${GPU}" ]\nPCI = [ ADDRESS = "${AUDIO}" ]\n`
    await must(here, 'POST', '/v1/vms', { template, name: 'one' })
    await must(here, 'POST', '/v1/schedule')
    expect(await here.request('POST', '/v1/vms/one/detach-pci', { address: GPU })).toMatchObject({
      ...{ status: 409, body: { code: 'group-shared' } },
    })
  })

  test('gives back only what it was given', async () => {
    const { here } = await running()
    expect(await here.request('POST', '/v1/vms/one/detach-pci', { address: GPU })).toMatchObject({
      ...{ status: 404, body: { code: 'device-not-attached' } },
    })
  })
})

describe('a running VM and USB', () => {
  async function withKeyboards() {
    const { here, host } = await running('USB = [ PORT = "1-2" ]\n')
    return { here, host }
  }
  const plug = (here: World, body: object) => must(here, 'POST', '/v1/vms/one/attach-usb', body)
  const unplug = (here: World, body: object) => must(here, 'POST', '/v1/vms/one/detach-usb', body)
  const ports = (vm: { usb: readonly { port: string; request: number }[] }) =>
    vm.usb.map(({ port, request }) => [port, request])

  test('it gets one more with its own block, and gives back the one that is named', async () => {
    const { here } = await withKeyboards()
    const more = await plug(here, { vendor: '0627', product: '0001' })
    expect(ports(more)).toEqual([
      ['1-2', 0],
      ['1-3', 1],
    ])
    expect(more.template).toContain('USB = [ VENDOR = "0627", PRODUCT = "0001" ]')
    await sound(here)
    const less = await unplug(here, { port: '1-2' })
    expect(ports(less)).toEqual([['1-3', 0]])
    expect(less.template).not.toContain('PORT')
    await sound(here)
    expect(ports(await unplug(here, { bus: 1, device: 4 }))).toEqual([])
    await sound(here)
    const stopped = await must(here, 'POST', '/v1/vms/one/stop', {})
    expect(stopped).toMatchObject({ state: 'POWEROFF', usb: [] })
    await sound(here)
  })

  test('what cannot be had is refused with the reason, and nothing changes', async () => {
    const { here, host } = await withKeyboards()
    const before = await must(here, 'GET', '/v1/vms/one')
    const refused = await here.request('POST', '/v1/vms/one/attach-usb', { vendor: 'beef' })
    expect(refused).toMatchObject({ status: 409, body: { code: 'cannot-attach' } })
    expect(await here.request('POST', '/v1/vms/one/attach-usb', {})).toMatchObject({ status: 400 })
    expect(await here.request('POST', '/v1/vms/one/detach-usb', { port: '1-3' })).toMatchObject({
      ...{ status: 404, body: { code: 'device-not-attached' } },
    })
    expect(await must(here, 'GET', '/v1/vms/one')).toEqual(before)
    host.refuses = 'no port left'
    expect(await here.request('POST', '/v1/vms/one/attach-usb', { port: '1-3' })).toMatchObject({
      ...{ status: 502, body: { detail: 'no port left' } },
    })
    const after = await must(here, 'GET', '/v1/vms/one')
    expect([after.template, ports(after)]).toEqual([before.template, [['1-2', 0]]])
    await sound(here)
  })
})

describe('a VM that does not run', () => {
  test('changes its template only, and is placed with what that says then', async () => {
    const here = await worldWith({ a: devices() })
    await must(here, 'POST', '/v1/vms', { template: 'MEMORY = 64\n', name: 'one', hold: true })
    expect((await attach(here, { address: GPU, managed: false })).template).toBe(
      `MEMORY = 64\nPCI = [ ADDRESS = "${GPU}", MANAGED = "NO" ]\n`,
    )
    expect((await attach(here, { vendor: '8086' })).devices).toEqual([])
    expect((await detach(here, { request: 0 })).template).toBe('MEMORY = 64\nPCI = [ VENDOR = "8086" ]\n')
    const usb = await must(here, 'POST', '/v1/vms/one/attach-usb', { bus: 1, device: 4 })
    expect(usb.template).toContain('USB = [ BUS = "1", DEVICE = "4" ]')
    await must(here, 'POST', '/v1/vms/one/detach-usb', { bus: 1, device: 4 })
    await must(here, 'POST', '/v1/vms/one/release')
    await must(here, 'POST', '/v1/schedule')
    expect(has(await must(here, 'GET', '/v1/vms/one'))).toEqual([[NIC, 'passed', 0]])
    await sound(here)
  })

  test.each([{ request: 3 }, { address: OTHER }])('has no block %o: refused', async (body) => {
    const here = await worldWith({ a: devices() })
    await must(here, 'POST', '/v1/vms', { template: 'MEMORY = 64\n', name: 'one', hold: true })
    expect(await here.request('POST', '/v1/vms/one/detach-pci', body)).toMatchObject({ status: 404 })
  })
})
