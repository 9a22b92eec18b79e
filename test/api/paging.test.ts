/** Lists in pages, and the conditions that lists take: what a page of a big cluster asks for. */
import { expect, test } from 'vitest'
import { DEVICE_STATES } from '../../src/view/documents.ts'
import { reported } from '../support/reports.ts'
import { must, type World, worldWith } from './world.ts'

const GPUS = ['0000:3b:00.0', '0000:5e:00.0', '0000:af:00.0'].map((address, at) =>
  reported(address, { iommuGroup: at + 1 }),
)
const HOSTS = {
  'kvm-a': GPUS,
  'kvm-b': [reported('0000:01:00.0', { iommuGroup: 1, numVfs: 0 }), ...GPUS.slice(1)],
  'kvm-c': GPUS,
}

type Answer = Awaited<ReturnType<World['app']['inject']>>

/** Follows `Link` to the end; a page's rows by `name`. */
async function pages(here: World, url: string, name: (row: never) => unknown): Promise<unknown[][]> {
  const found: unknown[][] = []
  for (let next: string | undefined = url; next !== undefined; ) {
    const answer: Answer = await here.app.inject({ method: 'GET', url: next })
    expect(answer.statusCode).toBe(200)
    found.push(answer.json().map(name))
    next = /^<([^>]+)>; rel="next"$/.exec(`${answer.headers.link ?? ''}`)?.[1]
  }
  return found
}

const id = ({ id }: { id: number }) => id
const place = ({ hostName, address }: { hostName: string; address: string }) => `${hostName} ${address}`

test.each(['hosts', 'vms', 'templates', 'devices'])(
  'without a limit %s are all there, and no next page',
  async (kind) => {
    const here = await worldWith(HOSTS)
    const answer = await here.app.inject({ method: 'GET', url: `/v1/${kind}` })
    expect(answer.headers.link).toBeUndefined()
  },
)

test('hosts come in pages, the last one without a next', async () => {
  const here = await worldWith(HOSTS)
  const all = (await pages(here, '/v1/hosts', id)).flat()
  expect(await pages(here, '/v1/hosts?limit=2', id)).toEqual([all.slice(0, 2), all.slice(2)])
  expect(await pages(here, '/v1/hosts?limit=3', id)).toEqual([all])
})

test('a page of hosts says of each what the whole list says', async () => {
  const here = await worldWith(HOSTS)
  const all = await must(here, 'GET', '/v1/hosts')
  expect(await must(here, 'GET', `/v1/hosts?limit=1&after=${all[0].id}`)).toEqual([all[1]])
})

test('devices come in pages over hosts, in order, each once', async () => {
  const here = await worldWith(HOSTS)
  const all = (await pages(here, '/v1/devices', place)).flat()
  for (const limit of [1, 2, 4, 8, 9, 1000]) {
    const found = await pages(here, `/v1/devices?limit=${limit}`, place)
    expect(found.flat()).toEqual(all)
    expect(found.every((page) => page.length <= limit)).toBe(true)
  }
})

test('what comes and goes between two pages makes no device of the rest come twice or not at all', async () => {
  const here = await worldWith(HOSTS)
  const first = await must(here, 'GET', '/v1/devices?limit=2')
  const host = here.hosts.get('kvm-a')
  if (host) host.devices = [reported('0000:02:00.0', { iommuGroup: 9 }), ...GPUS.slice(2)]
  await must(here, 'POST', '/v1/schedule')
  const { host: last, address } = first.at(-1)
  const rest = await must(here, 'GET', `/v1/devices?limit=2&after=${last}/${address}`)
  expect(rest.map(place)).toEqual(['kvm-a 0000:af:00.0', 'kvm-b 0000:01:00.0'])
})

test('VMs come in pages, and by state, host and owner', async () => {
  const here = await worldWith(HOSTS)
  for (let at = 0; at < 5; at++)
    await must(here, 'POST', '/v1/vms', {
      template: 'CPU = 1\nMEMORY = 128\nPCI = [ VENDOR = "10de" ]',
      name: `v${at}`,
      hold: at > 2,
    })
  await must(here, 'POST', '/v1/schedule')
  const all = await must(here, 'GET', '/v1/vms')
  expect((await pages(here, '/v1/vms?limit=2', (vm) => vm)).flat()).toEqual(all)
  const names = async (query: string) =>
    (await must(here, 'GET', `/v1/vms?${query}`)).map((vm: { name: string }) => vm.name)
  expect(await names('state=HOLD')).toEqual(['v3', 'v4'])
  expect(await names('state=HOLD,RUNNING&limit=4')).toEqual(['v0', 'v1', 'v2', 'v3'])
  const on = all[0].hostName
  expect(await names(`host=${on}`)).toEqual(
    all.filter((vm: { hostName: string }) => vm.hostName === on).map((vm: { name: string }) => vm.name),
  )
  await here.database.kysely.updateTable('vms').set({ owner: 'ada' }).where('name', '=', 'v1').execute()
  expect(await names('owner=ada')).toEqual(['v1'])
})

test('devices are listed by what they are and how they stand', async () => {
  const here = await worldWith(HOSTS)
  await must(here, 'POST', '/v1/hosts/kvm-b/devices/0000:af:00.0/drain')
  const all = await must(here, 'GET', '/v1/devices')
  const states = async (query: string) => (await must(here, 'GET', `/v1/devices?${query}`)).map(place)
  expect(await states('state=drained')).toEqual(['kvm-b 0000:af:00.0'])
  expect(await states('state=drained&limit=1')).toEqual(['kvm-b 0000:af:00.0'])
  expect(await states(`filter=${all[0].vendor}:&host=kvm-c&limit=2`)).toEqual([
    'kvm-c 0000:3b:00.0',
    'kvm-c 0000:5e:00.0',
  ])
  expect(await states('filter=ffff:')).toEqual([])
})

test('whatever is asked for, it is what the whole list has of it', async () => {
  const here = await worldWith(HOSTS)
  await must(here, 'POST', '/v1/vms', { template: 'CPU = 1\nMEMORY = 128\nPCI = [ VENDOR = "10de" ]' })
  await must(here, 'POST', '/v1/schedule')
  const held = (await must(here, 'GET', '/v1/devices?state=attached')).map(place)
  expect(held).toHaveLength(1)
  await must(here, 'POST', '/v1/hosts/kvm-b/devices/0000:af:00.0/quarantine', { reason: 'a test' })
  await must(here, 'POST', '/v1/hosts/kvm-c/devices/0000:af:00.0/drain')
  const gone = here.hosts.get('kvm-c')
  if (gone) gone.devices = gone.devices.filter(({ address }) => address !== '0000:af:00.0')
  await must(here, 'POST', '/v1/drift', {})
  const all = await must(here, 'GET', '/v1/devices')
  expect(new Set(all.map(({ state }: { state: string }) => state))).toEqual(
    new Set(['attached', 'free', 'missing', 'quarantined']),
  )
  for (const state of DEVICE_STATES)
    for (const filter of ['', '&filter=10de:', '&filter=::0302', '&filter=::0302:01']) {
      const wanted = all.filter(
        (one: { state: string; progIf: string }) =>
          one.state === state && (!filter.endsWith(':01') || one.progIf === '01'),
      )
      expect(await must(here, 'GET', `/v1/devices?state=${state}${filter}`)).toEqual(wanted)
      const found = await pages(here, `/v1/devices?limit=1&state=${state}${filter}`, place)
      expect(found.flat()).toEqual(wanted.map(place))
    }
})

test.each([
  ['/v1/vms?limit=0', 'querystring /limit'],
  ['/v1/vms?limit=1001', 'querystring /limit'],
  ['/v1/hosts?limit=-1', 'querystring /limit'],
  ['/v1/vms?after=x', 'querystring /after'],
  ['/v1/vms?state=running', 'querystring /state'],
  ['/v1/devices?after=3', 'querystring /after'],
  ['/v1/devices?after=3/0000:3b:00.9', '0000:3b:00.9 is no PCI address'],
  ['/v1/devices?state=lost', 'querystring /state'],
  ['/v1/devices?filter=10de', 'has no colon'],
])('%s is refused in words', async (url, words) => {
  const here = await worldWith({})
  const { status, body } = await here.request('GET', url)
  expect([status, body.detail]).toEqual([400, expect.stringContaining(words)])
})
