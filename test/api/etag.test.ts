/** ETags: 304 as long as nothing of a document changed, and never once something did. */
import { expect, onTestFinished, test } from 'vitest'
import { buildApi } from '../../src/api/app.ts'
import { forgetChanges } from '../../src/database/changes.ts'
import type { Identity } from '../../src/model/identity.ts'
import { reported } from '../support/reports.ts'
import { must, type World, worldWith } from './world.ts'

const GPU = reported('0000:3b:00.0', { iommuGroup: 1 })
const TEMPLATE = 'NAME = "t"\nCPU = 1\nMEMORY = 128\nPCI = [ VENDOR = "10de" ]'

async function get(here: World, url: string, etag?: string) {
  const headers = etag === undefined ? {} : { 'if-none-match': etag }
  return here.app.inject({ method: 'GET', url, headers })
}

async function filled(): Promise<World> {
  const here = await worldWith({ 'kvm-a': [GPU] })
  await must(here, 'POST', '/v1/templates', { text: TEMPLATE })
  await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'v' })
  return here
}

const DOCUMENTS = [
  '/v1/hosts',
  '/v1/hosts?limit=5',
  '/v1/hosts/kvm-a',
  '/v1/hosts/kvm-a/sriov',
  '/v1/devices',
  '/v1/devices?state=free',
  '/v1/devices/types',
  '/v1/devices/map?limit=5',
  '/v1/hosts/kvm-a/devices/0000:3b:00.0',
  '/v1/vms',
  '/v1/vms/v',
  '/v1/templates',
  '/v1/templates/t',
]

test.each(DOCUMENTS)('%s is answered with 304 to who has it, without a body', async (url) => {
  const here = await filled()
  const first = await get(here, url)
  const etag = `${first.headers.etag}`
  expect([first.statusCode, etag]).toEqual([200, expect.stringMatching(/^W\/"[\w-]{27}"$/)])
  const second = await get(here, url, `"other", ${etag}`)
  expect([second.statusCode, second.payload, second.headers.etag]).toEqual([304, '', etag])
})

test('a heartbeat changes no ETag', async () => {
  const here = await filled()
  const etag = `${(await get(here, '/v1/hosts/kvm-a')).headers.etag}`
  const before = await must(here, 'GET', '/v1/hosts/kvm-a')
  here.now += 60_000
  await must(here, 'POST', '/v1/drift', {})
  expect((await must(here, 'GET', '/v1/hosts/kvm-a')).reportedAt).not.toBe(before.reportedAt)
  expect((await get(here, '/v1/hosts/kvm-a', etag)).statusCode).toBe(304)
})

/** What is done, and a document that is another one then. */
const CHANGES: readonly (readonly [what: string, url: string, change: (here: World) => Promise<unknown>])[] =
  [
    [
      'a host that is added',
      '/v1/hosts',
      (here) => must(here, 'POST', '/v1/hosts', { name: 'b', driver: 'simulator', machine: 'gpu-server' }),
    ],
    ['a host that is disabled', '/v1/hosts/kvm-a', (here) => must(here, 'POST', '/v1/hosts/kvm-a/disable')],
    [
      'a device that is drained',
      '/v1/devices',
      (here) => must(here, 'POST', '/v1/hosts/kvm-a/devices/3b:00.0/drain'),
    ],
    [
      'a device that is drained',
      '/v1/hosts/kvm-a/devices/3b:00.0',
      (here) => must(here, 'POST', '/v1/hosts/kvm-a/devices/3b:00.0/drain'),
    ],
    ['a VM that is placed', '/v1/devices/types', (here) => must(here, 'POST', '/v1/schedule')],
    ['a VM that is placed', '/v1/devices/map', (here) => must(here, 'POST', '/v1/schedule')],
    ['a VM that is placed', '/v1/vms', (here) => must(here, 'POST', '/v1/schedule')],
    ['a VM that is placed', '/v1/hosts', (here) => must(here, 'POST', '/v1/schedule')],
    ['a VM that is held', '/v1/vms/v', (here) => must(here, 'POST', '/v1/vms/v/hold')],
    [
      'a template that is made',
      '/v1/templates',
      (here) => must(here, 'POST', '/v1/templates', { text: TEMPLATE, name: 'u' }),
    ],
    [
      'a fact of a device that no plan hangs on',
      '/v1/devices',
      async (here) => {
        const host = here.hosts.get('kvm-a')
        if (host) host.devices = [{ ...GPU, deviceName: 'Another name' }]
        await must(here, 'POST', '/v1/drift', {})
      },
    ],
    [
      'a driver that a device is on',
      '/v1/hosts/kvm-a',
      async (here) => {
        const host = here.hosts.get('kvm-a')
        if (host) host.devices = [{ ...GPU, driver: 'nouveau' }]
        await must(here, 'POST', '/v1/drift', {})
      },
    ],
    [
      'a host that does not answer',
      '/v1/hosts',
      async (here) => {
        const host = here.hosts.get('kvm-a')
        if (host) host.broken = 'gone'
        await must(here, 'POST', '/v1/drift', {})
      },
    ],
  ]

test.each(CHANGES)('%s gives %s another ETag', async (_, url, change) => {
  const here = await filled()
  const before = await get(here, url)
  await change(here)
  const after = await get(here, url, `${before.headers.etag}`)
  expect(after.statusCode).toBe(200)
  expect(after.json()).not.toEqual(before.json())
})

test('an ETag is of one URL, and errors have none', async () => {
  const here = await filled()
  const etag = `${(await get(here, '/v1/vms')).headers.etag}`
  expect((await get(here, '/v1/vms?all=true', etag)).statusCode).toBe(200)
  expect((await get(here, '/v1/vms/nobody', etag)).headers.etag).toBeUndefined()
})

test('no ETag comes back once changes are forgotten', async () => {
  const here = await filled()
  const tagOf = async () => (await get(here, '/v1/templates')).headers.etag
  const seen = [await tagOf()]
  for (const name of ['t1', 't2']) {
    await must(here, 'POST', '/v1/templates', { text: TEMPLATE, name })
    await must(here, 'POST', '/v1/hosts/kvm-a/disable')
    await here.database.transaction((q) => forgetChanges(q, Number.MAX_SAFE_INTEGER))
    seen.push(await tagOf())
  }
  expect(new Set(seen).size).toBe(3)
  expect((await get(here, '/v1/templates', `${seen[2]}`)).statusCode).toBe(304)
})

test('nothing is forgotten until it is an hour too old', async () => {
  const here = await filled()
  const etag = `${(await get(here, '/v1/templates')).headers.etag}`
  await must(here, 'POST', '/v1/hosts/kvm-a/disable')
  await here.database.transaction((q) => forgetChanges(q, Date.now() + 3_500_000))
  expect((await get(here, '/v1/templates', etag)).statusCode).toBe(304)
})

test('what one role or user sees has an ETag of its own', async () => {
  const here = await filled()
  let asks: Identity = { kind: 'person', name: 'a', role: 'viewer', owner: 'ada' }
  const app = await buildApi({ ...here.deps, identify: async () => asks })
  onTestFinished(() => app.close())
  const tags: unknown[] = []
  for (const [role, owner] of [
    ['viewer', 'ada'],
    ['viewer', 'bob'],
    ['user', 'ada'],
    ['user', 'bob'],
    ['admin', 'ada'],
  ] as const) {
    asks = { kind: 'person', name: `${role}-${owner}`, role, owner }
    tags.push((await app.inject({ method: 'GET', url: '/v1/vms' })).headers.etag)
  }
  expect(tags[0]).toBe(tags[1])
  expect(new Set(tags).size).toBe(4)
})
