/** Offered devices at a glance: the map of hosts and the counts of types, who asks for them, and who that is. */
import { expect, test } from 'vitest'
import { DEVICE_MAP_SCHEMA, DEVICE_TYPES_SCHEMA } from '../../src/model/schemas/device-types.ts'
import { id, reported } from '../support/reports.ts'
import { behind, tokenOf } from './door.ts'
import { expectFits } from './strict.ts'
import { must, type World, worldWith } from './world.ts'

const NAMES = { vendorName: 'NVIDIA', deviceName: 'A100', className: '3D controller' }
const GPU = { ...NAMES, iommuGroup: 1 }
const BRIDGE = { classId: id('0604'), bridge: true, iommuGroup: null }
const HIDDEN = { offered: false, deviceId: id('1111'), iommuGroup: 8 }
const DISK = { vendorId: id('144d'), deviceId: id('a80a'), classId: id('0108'), iommuGroup: 9 }

const HOSTS = {
  a: [
    reported('0000:5e:00.0', { ...GPU, iommuGroup: 2 }),
    reported('0000:3b:00.0', { ...GPU, deviceName: null }),
    reported('0000:01:00.0', DISK),
    reported('0000:00:01.0', BRIDGE),
    reported('0000:02:00.0', HIDDEN),
  ],
  b: [reported('0000:3b:00.0', GPU), reported('0000:02:00.0', HIDDEN)],
  c: [],
}
const A100 = '10de:20b0:0302'
const VM = { template: 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]', name: 'v' }

const idOf = async (here: World, name: string): Promise<number> =>
  (await must(here, 'GET', `/v1/hosts/${name}`)).id

test('the map has the offered devices of each host by type, with their states and VMs', async () => {
  const here = await worldWith(HOSTS)
  await must(here, 'POST', '/v1/vms', VM)
  await must(here, 'POST', '/v1/schedule')
  await must(here, 'POST', '/v1/hosts/a/devices/5e:00.0/drain')
  await must(here, 'POST', '/v1/hosts/c/disable')
  const map = await must(here, 'GET', '/v1/devices/map')
  expectFits(DEVICE_MAP_SCHEMA, map)
  const vm = (await must(here, 'GET', '/v1/vms/v')).id
  const attached = (await must(here, 'GET', '/v1/vms/v')).hostName
  const gpu = (host: string) => ({
    ...{ address: '0000:3b:00.0', state: attached === host ? 'attached' : 'free' },
    vm: attached === host ? vm : null,
  })
  const drained = { address: '0000:5e:00.0', state: 'drained', vm: null }
  const disk = { address: '0000:01:00.0', state: 'free', vm: null }
  expect(map).toEqual([
    {
      ...{ host: await idOf(here, 'a'), hostName: 'a', cluster: 'default', state: 'on' },
      types: [
        { type: A100, name: null, devices: [gpu('a'), drained] },
        { type: '144d:a80a:0108', name: null, devices: [disk] },
      ],
    },
    {
      ...{ host: await idOf(here, 'b'), hostName: 'b', cluster: 'default', state: 'on' },
      types: [{ type: A100, name: 'A100', devices: [gpu('b')] }],
    },
    { host: await idOf(here, 'c'), hostName: 'c', cluster: 'default', state: 'disabled', types: [] },
  ])
})

test('types are counted over hosts, and called what any host calls them', async () => {
  const here = await worldWith(HOSTS)
  await must(here, 'POST', '/v1/hosts/b/devices/3b:00.0/quarantine', { reason: 'hot' })
  const types = await must(here, 'GET', '/v1/devices/types')
  expectFits(DEVICE_TYPES_SCHEMA, types)
  const ids = { vendor: '10de', device: '20b0', class: '0302' }
  expect(types).toMatchObject([
    {
      ...{ type: A100, ...ids, ...NAMES, kinds: ['plain'], total: 3, free: 2, hosts: 2, hostsWithFree: 1 },
      states: { free: 2, quarantined: 1 },
    },
    { type: '144d:a80a:0108', deviceName: null, total: 1, hosts: 1 },
  ])
})

test('the map comes in pages and of one host, and says who is unknown', async () => {
  const here = await worldWith(HOSTS)
  const all = await must(here, 'GET', '/v1/devices/map')
  const first = await here.app.inject({ method: 'GET', url: '/v1/devices/map?limit=2' })
  expect(first.json()).toEqual(all.slice(0, 2))
  expect(first.headers.link).toBe(`</v1/devices/map?limit=2&after=${all[1].host}>; rel="next"`)
  expect(await must(here, 'GET', `/v1/devices/map?limit=2&after=${all[1].host}`)).toEqual(all.slice(2))
  expect(await must(here, 'GET', '/v1/devices/map?host=b')).toEqual([all[1]])
  expect((await here.request('GET', '/v1/devices/map?host=nobody')).body.code).toBe('unknown-host')
})

test("a user sees in the map that a device is taken, and whose it is only where it is the user's own", async () => {
  const here = await worldWith({ a: HOSTS.a })
  const { ask } = await behind(here)
  const [ada, bob] = [await tokenOf(here, 'ada', 'user'), await tokenOf(here, 'bob', 'user')]
  const { id: vm } = (await ask(ada, 'POST', '/v1/vms', VM)).body
  await must(here, 'POST', '/v1/schedule')
  const taken = async (token: string) =>
    (await ask(token, 'GET', '/v1/devices/map')).body[0].types[0].devices.find(
      (device: { state: string }) => device.state === 'attached',
    ).vm
  expect([await taken(ada), await taken(bob)]).toEqual([vm, null])
})

test('who asks is told who that is', async () => {
  const here = await worldWith({})
  const { ask } = await behind(here)
  const laptop = await tokenOf(here, 'ada-laptop', 'user', { user: 'ada' })
  expect((await ask(laptop, 'GET', '/v1/me')).body).toEqual({ name: 'ada-laptop', role: 'user', user: 'ada' })
  expect(await must(here, 'GET', '/v1/me')).toMatchObject({ role: 'admin', user: null })
})
