/** Signs of life and figures of an application that listens. */
import { expect, onTestFinished, test } from 'vitest'
import { buildApi } from '../../src/api/app.ts'
import { createServed } from '../../src/api/served.ts'
import { createController } from '../../src/controller/controller.ts'
import type { Identity } from '../../src/model/identity.ts'
import { reported } from '../support/reports.ts'
import { must, type World, worldWith } from './world.ts'

const GPU = reported('0000:3b:00.0', { iommuGroup: 1 })
const VIEWER: Identity = { kind: 'person', name: 'eye', role: 'viewer', owner: null }

async function served(here: World) {
  const stop = new AbortController()
  const { database, now } = here.deps
  const outside = await createServed({
    ...{ database, now, stopping: stop.signal, cycleLimitMs: 30_000, silentAfterMs: 60_000 },
  })
  const asked: string[] = []
  const app = await buildApi({
    ...{ ...here.deps, served: outside },
    identify: async ({ url, routeOptions }) => {
      asked.push(url)
      return routeOptions.config.right === 'public' ? null : VIEWER
    },
  })
  onTestFinished(() => app.close())
  const get = async (url: string) => {
    const answer = await app.inject({ method: 'GET', url })
    return { status: answer.statusCode, text: answer.payload, headers: answer.headers }
  }
  return { app, get, stop, served: outside, asked }
}

/** `name{labels}` -> value, of the text format. */
const figures = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

test('it lives as soon as it listens, and is ready once a cycle went well', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const { get, served: outside } = await served(here)
  expect(await get('/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' })
  expect(await get('/readyz')).toMatchObject({ status: 503, text: '{"status":"not-ready","why":"loops"}' })
  outside.pulse.took('schedule', 0.1)
  expect(await get('/readyz')).toMatchObject({ status: 200, text: '{"status":"ready"}' })
  here.now += 31_000
  expect(await get('/readyz')).toMatchObject({ status: 503, text: '{"status":"not-ready","why":"loops"}' })
})

test('one that stands by is ready: its API answers, and no cycle is expected of it', async () => {
  const { get, served: outside } = await served(await worldWith({}))
  outside.pulse.standingBy()
  expect((await get('/readyz')).status).toBe(200)
})

test.each([
  [
    'another schema',
    'schema',
    async (here: World) => here.database.kysely.updateTable('meta').set({ schema_version: 99 }).execute(),
  ],
  ['no database', 'database', async (here: World) => here.database.kysely.schema.dropTable('meta').execute()],
])('with %s it is not ready, and lives', async (_, why, spoil) => {
  const here = await worldWith({})
  const { get, served: outside } = await served(here)
  outside.pulse.took('schedule', 0.1)
  await spoil(here)
  expect(await get('/readyz')).toMatchObject({ status: 503, text: `{"status":"not-ready","why":"${why}"}` })
  expect((await get('/healthz')).status).toBe(200)
})

test('once it is to end it is not ready, lets nobody else in, and asks nobody who it is', async () => {
  const { get, stop, asked } = await served(await worldWith({}))
  stop.abort()
  expect(await get('/readyz')).toMatchObject({ status: 503, text: '{"status":"not-ready","why":"stopping"}' })
  const { status, text, headers } = await get('/v1/hosts')
  expect([status, JSON.parse(text).code, headers['content-type']]).toEqual([
    503,
    'stopping',
    'application/problem+json; charset=utf-8',
  ])
  expect(asked).not.toContain('/v1/hosts')
})

test('figures are of the database as it is', async () => {
  const here = await worldWith({ 'kvm-a': [GPU, reported('0000:5e:00.0', { iommuGroup: 2 })], 'kvm-b': [] })
  const { get } = await served(here)
  const type = 'type="10de:20b0:0302"'
  const before = figures((await get('/metrics')).text)
  expect(before[`berth_devices{state="free",${type}}`]).toBe(2)
  const template = 'CPU = 1\nMEMORY = 128\nPCI = [ VENDOR = "10de" ]'
  for (let at = 0; at < 3; at++) await must(here, 'POST', '/v1/vms', { template, name: `v${at}` })
  await must(here, 'POST', '/v1/schedule')
  await must(here, 'POST', '/v1/hosts/kvm-b/disable')
  here.now += 5000
  const { status, headers, text } = await get('/metrics')
  expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('text/plain')])
  const after = figures(text)
  expect(after).toMatchObject({
    [`berth_devices{state="attached",${type}}`]: 2,
    'berth_vms{state="RUNNING"}': 2,
    'berth_vms{state="PENDING"}': 1,
    'berth_vms_pending{reason="not-planned"}': 1,
    'berth_hosts{state="on"}': 1,
    'berth_hosts{state="disabled"}': 1,
  })
  expect(after[`berth_devices{state="free",${type}}`]).toBeUndefined()
  expect(after['berth_report_age_seconds{host="kvm-a"}']).toBeGreaterThanOrEqual(5)
  expect(after.berth_report_age_seconds_max).toBeGreaterThanOrEqual(5)
})

test("why VMs wait is the last plan's word, and how long a cycle took is told", async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const { get, served: outside } = await served(here)
  const controller = createController({
    ...{ database: here.database, policy: 'pack', holder: 'test', log: () => {}, observer: outside.pulse },
    clock: { now: here.deps.now, sleep: async () => {} },
    connect: here.connect,
  })
  const vm = (name: string, more: string) =>
    must(here, 'POST', '/v1/vms', { template: `CPU = 1\nMEMORY = 128\n${more}`, name })
  await vm('v0', 'PCI = [ VENDOR = "10de" ]')
  await vm('v1', 'PCI = [ VENDOR = "10de" ]')
  await vm('v2', 'PCI = [ VENDOR = "beef" ]')
  await controller.cycle()
  await vm('v3', 'PCI = [ VENDOR = "10de" ]')
  const told = figures((await get('/metrics')).text)
  const pending = Object.entries(told).filter(([name]) => name.startsWith('berth_vms_pending'))
  expect(Object.fromEntries(pending)).toEqual({
    'berth_vms_pending{reason="not-enough-free"}': 1,
    'berth_vms_pending{reason="no-such-device"}': 1,
    'berth_vms_pending{reason="not-planned"}': 1,
  })
  expect(told).toMatchObject({
    'berth_cycle_seconds_count{part="intake"}': 1,
    'berth_cycle_seconds_count{part="schedule"}': 1,
  })
})

test('requests are counted by route, not by URL; what waits on purpose is not timed', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const { get } = await served(here)
  await get('/v1/hosts/kvm-a')
  await get('/v1/hosts/nobody')
  await get('/v1/hosts/nobody-else')
  await get('/v1/nothing')
  await get('/v1/vms/1/wait?for=done')
  const told = figures((await get('/metrics')).text)
  expect(told).toMatchObject({
    'berth_http_requests_total{method="GET",route="/v1/hosts/:host",status="200"}': 1,
    'berth_http_requests_total{method="GET",route="/v1/hosts/:host",status="404"}': 2,
    'berth_http_requests_total{method="GET",route="none",status="404"}': 1,
    'berth_http_request_seconds_count{method="GET",route="/v1/hosts/:host"}': 3,
  })
  expect(Object.keys(told).filter((name) => name.includes('seconds') && name.includes('wait'))).toEqual([])
})

test('agents are told apart by whether they joined, are heard and were compared', async () => {
  const here = await worldWith({ a: [], b: [], c: [], d: [], e: [] })
  const { get } = await served(here)
  const q = here.database.kysely
  await q.updateTable('hosts').set({ agent: 1 }).where('name', '<>', 'e').execute()
  const row = (host: number, heard_at: number | null, compared: 0 | 1) =>
    q
      .insertInto('agents')
      .values({ host, credential_hash: `${host}`, joined_at: 0, heard_at, compared })
      .execute()
  const id = async (name: string) => (await must(here, 'GET', `/v1/hosts/${name}`)).id
  await row(await id('a'), here.now, 1)
  await row(await id('b'), here.now, 0)
  await row(await id('c'), here.now - 61_000, 1)
  const told = figures((await get('/metrics')).text)
  for (const state of ['compared', 'not-compared', 'silent', 'not-joined'])
    expect([state, told[`berth_agents{state="${state}"}`]]).toEqual([state, 1])
})
