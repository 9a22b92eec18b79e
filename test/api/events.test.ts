/** The event stream and long waits over a real socket: what is told, to whom, and that nothing is left waiting. */
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { forgetChanges, lastChange } from '../../src/database/changes.ts'
import type { Identity } from '../../src/model/identity.ts'
import { reported } from '../support/reports.ts'
import { behind, tokenOf } from './door.ts'
import { must, type World, worldWith } from './world.ts'

const TEMPLATE = 'CPU = 1\nMEMORY = 128\nPCI = [ VENDOR = "10de" ]'
const GPU = reported('0000:3b:00.0', { iommuGroup: 1 })

interface Event {
  readonly id: number
  readonly event: string
  readonly data: unknown
}

interface Client {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The next events until one satisfies; those before it are dropped. */
  until(wanted: (event: Event) => boolean): Promise<Event>
  readonly seen: Event[]
  readonly ended: Promise<void>
  close(): void
}

const open: Client[] = []
afterEach(() => {
  for (const client of open.splice(0)) client.close()
})

async function listening(here: World): Promise<string> {
  return here.app.listen({ host: '127.0.0.1', port: 0 })
}

function follow(url: string, headers: Record<string, string> = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    const request: ClientRequest = httpRequest(url, { headers })
    request.on('error', reject)
    request.on('response', (response) => {
      const client = clientOf(request, response)
      open.push(client)
      resolve(client)
    })
    request.end()
  })
}

function clientOf(request: ClientRequest, response: IncomingMessage): Client {
  const seen: Event[] = []
  let news = () => {}
  let text = ''
  response.setEncoding('utf8')
  response.on('error', () => {})
  response.on('data', (piece: string) => {
    text += piece
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      if (fields.has('id'))
        seen.push({
          id: Number(fields.get('id')),
          event: fields.get('event') ?? '',
          data: JSON.parse(fields.get('data') ?? 'null'),
        })
    }
    news()
  })
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  let at = 0
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    seen,
    ended,
    until: async (wanted) => {
      for (;;) {
        for (const event of seen.slice(at)) {
          at++
          if (wanted(event)) return event
        }
        await new Promise<void>((resolve) => {
          news = resolve
        })
      }
    },
    close: () => void request.destroy(),
  }
}

const first = (client: Client) => client.until(() => true)

test('a client learns where it is, and then what changes', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const client = await follow(`${await listening(here)}/v1/events`)
  expect([client.status, client.headers['content-type']]).toEqual([200, 'text/event-stream'])
  expect(await first(client)).toEqual({ id: await lastChange(here.database.kysely), event: '', data: null })
  const { id } = await must(here, 'POST', '/v1/vms', { template: TEMPLATE })
  expect(await client.until(({ event }) => event === 'vm')).toMatchObject({
    data: { kind: 'vm', subject: id },
  })
  await must(here, 'POST', '/v1/hosts/kvm-a/disable')
  expect(await client.until(({ event }) => event === 'host')).toMatchObject({ data: { kind: 'host' } })
  const ids = client.seen.map((event) => event.id)
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
})

test.each(['header', 'query'])('one that comes back (by %s) is told what it missed, once', async (how) => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const url = `${await listening(here)}/v1/events`
  const last = await lastChange(here.database.kysely)
  const { id } = await must(here, 'POST', '/v1/vms', { template: TEMPLATE })
  const client =
    how === 'header'
      ? await follow(url, { 'last-event-id': String(last) })
      : await follow(`${url}?after=${last}`)
  expect(await first(client)).toMatchObject({ id: last })
  expect(await first(client)).toMatchObject({ id: last + 1, event: 'vm', data: { subject: id } })
  await must(here, 'POST', `/v1/vms/${id}/hold`)
  const now = await lastChange(here.database.kysely)
  await client.until((event) => event.id === now)
  const ids = client.seen.map((event) => event.id)
  expect(new Set(ids).size).toBe(ids.length)
})

test.each([
  [
    'what it missed is forgotten',
    async (here: World) => {
      const last = await lastChange(here.database.kysely)
      await must(here, 'POST', '/v1/hosts/kvm-a/disable')
      await must(here, 'POST', '/v1/hosts/kvm-a/enable')
      await here.database.transaction((q) => forgetChanges(q, Number.MAX_SAFE_INTEGER))
      return last
    },
  ],
  ['its number is from the future', async (here: World) => (await lastChange(here.database.kysely)) + 1000],
])('one is told to read everything again where %s', async (_, after) => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const url = `${await listening(here)}/v1/events?after=${await after(here)}`
  const client = await follow(url)
  const now = await lastChange(here.database.kysely)
  expect(await client.until(({ event }) => event !== '')).toEqual({ id: now, event: 'resync', data: {} })
})

test('a client that went before it was followed holds no place', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const url = await listening(here)
  let open = () => {}
  // SQLite has one connection: whoever asks waits meanwhile.
  const busy = here.database.transaction(() => new Promise<void>((resolve) => (open = resolve)))
  await new Promise((resolve) => setTimeout(resolve, 20))
  const gone: Promise<unknown>[] = []
  here.app.server.on('request', (_, response) => gone.push(once(response, 'close')))
  const impatient = Array.from({ length: 256 }, () => httpRequest(`${url}/v1/events`).on('error', () => {}))
  for (const request of impatient) request.end()
  await vi.waitFor(() => expect(gone).toHaveLength(256), 20_000)
  for (const request of impatient) request.destroy()
  await Promise.all(gone)
  open()
  await busy
  await vi.waitFor(async () => expect((await follow(`${url}/v1/events`)).status).toBe(200), 5000)
})

test('closing the door ends streams and waits at once', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const url = await listening(here)
  const client = await follow(`${url}/v1/events`)
  const { id } = await must(here, 'POST', '/v1/vms', { template: TEMPLATE, hold: false })
  await client.until(({ event }) => event === 'vm')
  const arrived = once(here.app.server, 'request')
  const waiting = fetch(`${url}/v1/vms/${id}/wait?for=running&timeout=600`)
  await arrived
  await here.app.close()
  await client.ended
  expect(await (await waiting).json()).toMatchObject({ reached: false, vm: { state: 'PENDING' } })
})

test.each([
  ['/v1/events?after=x', 400],
  ['/v1/vms/v/wait', 400],
  ['/v1/vms/v/wait?for=flying', 400],
  ['/v1/vms/v/wait?for=running&timeout=601', 400],
  ['/v1/vms/nobody/wait?for=running', 404],
])('%s is refused with %i', async (url, status) => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'v' })
  expect((await here.request('GET', url)).status).toBe(status)
})

test('a wait ends when the VM is there, without a timer having run out', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'v' })
  const waiting = here.request('GET', '/v1/vms/v/wait?for=running&timeout=600')
  await must(here, 'POST', '/v1/schedule')
  expect(await waiting).toMatchObject({
    status: 200,
    body: { reached: true, for: 'RUNNING', vm: { name: 'v', state: 'RUNNING' } },
  })
})

test('a wait ends with what there is when its time is over, or its history grew', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'v' })
  expect(await must(here, 'GET', '/v1/vms/v/wait?for=DONE&timeout=0.05')).toMatchObject({
    reached: false,
    vm: { state: 'PENDING' },
  })
  const waiting = must(here, 'GET', '/v1/vms/v/wait?for=done&timeout=600&seen=1')
  await must(here, 'POST', '/v1/vms/v/hold')
  expect((await waiting).vm.history).toHaveLength(2)
})

test('a wait that nothing ends is over when its time is, however often memory is tidied up', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'v' })
  const waits = Array.from({ length: 20 }, () => must(here, 'GET', '/v1/vms/v/wait?for=done&timeout=0.4'))
  // Signals that only other signals follow would be collected by now.
  for (let at = 0; at < 50; at++) Array.from({ length: 10_000 }, () => ({ at }))
  for (const { reached } of await Promise.all(waits)) expect(reached).toBe(false)
})

test.each([
  ['HOLD', 'running', 409],
  ['HOLD', 'hold', 200],
  ['DONE', 'running', 409],
  ['DONE', 'done', 200],
  ['POWEROFF', 'running', 409],
  ['BOOT_FAILURE', 'boot', 409],
])('waiting while %s for %s is answered at once (%i)', async (state, goal, status) => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const { id } = await must(here, 'POST', '/v1/vms', { template: TEMPLATE })
  await here.database.kysely
    .updateTable('vms')
    .set({ state: state as 'HOLD' })
    .where('id', '=', id)
    .execute()
  const answer = await here.request('GET', `/v1/vms/${id}/wait?for=${goal}&timeout=600`)
  expect([answer.status, answer.body.code]).toEqual([status, status === 409 ? 'wait-hopeless' : undefined])
})

test('a user is told of the own VMs only, and may wait for these only', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const ada: Identity = { kind: 'person', name: 'ada-1', role: 'user', owner: 'ada' }
  const { buildApi } = await import('../../src/api/app.ts')
  const app = await buildApi({ ...here.deps, identify: async () => ada })
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const client = await follow(`${url}/v1/events`)
  const theirs = await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'theirs' })
  const own = await must(here, 'POST', '/v1/vms', { template: TEMPLATE, name: 'own' })
  await here.database.kysely.updateTable('vms').set({ owner: 'ada' }).where('id', '=', own.id).execute()
  await must(here, 'POST', '/v1/vms/theirs/hold')
  await must(here, 'POST', '/v1/vms/own/hold')
  await must(here, 'POST', '/v1/hosts/kvm-a/disable')
  await client.until(({ event }) => event === 'host')
  const vms = client.seen
    .filter(({ event }) => event === 'vm')
    .map(({ data }) => (data as { subject: number }).subject)
  expect(new Set(vms)).toEqual(new Set([own.id]))
  const wait = async (vm: number) => (await fetch(`${url}/v1/vms/${vm}/wait?for=hold`)).status
  expect([await wait(theirs.id), await wait(own.id)]).toEqual([404, 200])
  expect(await (await fetch(`${url}/v1/vms`)).json()).toMatchObject([{ name: 'own' }])
})

test('a token that was revoked is told nothing more', async () => {
  const here = await worldWith({ 'kvm-a': [GPU] })
  const { app } = await behind(here)
  const token = await tokenOf(here, 'eve', 'viewer')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const client = await follow(`${url}/v1/events`, { authorization: `Bearer ${token}` })
  await must(here, 'POST', '/v1/hosts/kvm-a/disable')
  await client.until(({ event }) => event === 'host')
  await must(here, 'DELETE', '/v1/tokens/eve')
  here.now += 10_000
  await must(here, 'POST', '/v1/hosts/kvm-a/enable')
  await client.ended
  const told = client.seen.length
  expect((await follow(`${url}/v1/events`, { authorization: `Bearer ${token}` })).status).toBe(401)
  expect(client.seen).toHaveLength(told)
})
