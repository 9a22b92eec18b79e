/** The program that ships, asked over its own TLS: signs of life, figures, streams and waits, each for whom it is. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Client, type ClientAnswer, createClient } from '../../src/client/client.ts'
import { PinnedAgent } from '../../src/client/pinned.ts'
import { type Served, startServed } from './served.ts'
import { berth, berthInBackground, berthJson } from './shipped.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let served: Served
const tokens = new Map<string, string>()
const clients: Client[] = []

beforeAll(async () => {
  served = await startServed('--interval', '1')
  for (const [name, role] of [
    ['viewer', 'viewer'],
    ['ada', 'user'],
    ['bob', 'user'],
  ] as const)
    tokens.set(name, await served.token(name, role))
})
afterAll(async () => {
  for (const client of clients) client.close()
  await served.remove()
})

/** `name` null = without a token. */
function ask(name: string | null, method: string, path: string, body?: unknown): Promise<ClientAnswer> {
  const token = name === null ? null : (tokens.get(name) ?? '')
  const client = createClient({ server: served.url, token, fingerprint: served.fingerprint })
  clients.push(client)
  return client.request(method, path, body)
}

interface Stream {
  readonly status: number
  readonly type: string
  text(): string
  close(): void
}

function follow(name: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${tokens.get(name)}` }
    const agent = new PinnedAgent(served.fingerprint, {})
    const request = httpsRequest(
      `${served.url}/v1/events`,
      { headers, agent },
      (response: IncomingMessage) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        resolve({
          ...{ status: response.statusCode ?? 0, type: `${response.headers['content-type']}` },
          ...{ text: () => text, close: () => request.destroy() },
        })
      },
    )
    request.on('error', reject).end()
  })
}

test('signs of life need no token, figures and everything else do', async () => {
  expect(await ask(null, 'GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  await vi.waitUntil(async () => (await ask(null, 'GET', '/readyz')).status === 200, { timeout: 30_000 })
  expect((await ask(null, 'GET', '/readyz')).body).toEqual({ status: 'ready' })
  for (const path of ['/metrics', '/v1/openapi.json', '/v1/events', '/v1/vms'])
    expect([path, (await ask(null, 'GET', path)).status]).toEqual([path, 401])
  const { status, body } = await ask('viewer', 'GET', '/metrics')
  expect([status, body]).toEqual([200, expect.stringMatching(/^berth_http_requests_total\{/m)])
})

test("a user's stream holds the own VMs and no others, a viewer's all", async () => {
  const [ada, viewer] = await Promise.all([follow('ada'), follow('viewer')])
  expect([ada.status, ada.type]).toEqual([200, 'text/event-stream'])
  const create = async (name: string) => {
    const { status, body } = await ask(name, 'POST', '/v1/vms', { template: 'MEMORY = 64', hold: true })
    expect(status).toBe(201)
    return (body as { readonly id: number }).id
  }
  const ofBob = await create('bob')
  const ofAda = await create('ada')
  const vmEvent = (id: number) => `event: vm\ndata: {"kind":"vm","subject":${id}}\n`
  await vi.waitUntil(() => ada.text().includes(vmEvent(ofAda)), { timeout: 30_000 })
  await vi.waitUntil(() => viewer.text().includes(vmEvent(ofAda)), { timeout: 30_000 })
  // What is told is told in the order in which it happened.
  expect(viewer.text()).toContain(vmEvent(ofBob))
  expect(ada.text()).not.toContain(vmEvent(ofBob))
  ada.close()
  viewer.close()

  const wait = (name: string) => ask(name, 'GET', `/v1/vms/${ofBob}/wait?for=hold`)
  expect(await wait('bob')).toMatchObject({ status: 200, body: { reached: true } })
  expect(await wait('ada')).toMatchObject({ status: 404, body: { code: 'unknown-vm' } })
})

test('a host with an agent stands in the figures, with the age of its report once there is one; its log is for machines', async () => {
  const figures = async () => String((await ask('viewer', 'GET', '/metrics')).body)
  const { folder, url } = served
  await berth(folder, 'host', 'add', 'far', '--agent')
  expect(await figures()).toMatch(/^berth_agents\{state="not-joined"\} 1$/m)
  expect(await figures()).not.toMatch(/^berth_report_age_seconds\{host="far"\}/m)
  const { token } = await berthJson<{ readonly token: string }>(folder, 'token', 'join', 'far')
  const state = join(folder, 'agent')
  const joined = await berth(
    ...([folder, 'agent', 'join', '--server', url, '--token', token] as const),
    ...['--state', state, '--simulator', 'sim-gpu-render'],
  )
  expect(joined.status, joined.stderr).toBe(0)
  const agent = berthInBackground(folder, 'agent', 'run', '--state', state, '--log-format', 'json')
  try {
    await vi.waitUntil(async () => /^berth_agents\{state="compared"\} 1$/m.test(await figures()), {
      ...{ timeout: 40_000, interval: 200 },
    })
    const [, age = ''] = /^berth_report_age_seconds\{host="far"\} (\S+)$/m.exec(await figures()) ?? []
    expect(Number(age)).toBeLessThan(60)
    expect(age).not.toBe('')
    const { body } = await ask('bob', 'POST', '/v1/vms', { template: 'MEMORY = 64' })
    const ended = 'deploy order 1 ended: running'
    await vi.waitUntil(() => agent.said().includes(ended), { timeout: 30_000 })
    const lines = agent.said().trimEnd().split('\n')
    const logged = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    expect(logged.map(({ host }) => host)).toEqual(logged.map(() => 'far'))
    const last = logged.find(({ msg }) => String(msg).includes(ended))
    expect(last).toMatchObject({ level: 'info', order: 1, vm: (body as { readonly id: number }).id })
  } finally {
    agent.signal('SIGTERM')
    await agent.ended
  }
})

test('a program that is to end is not ready, and ends when it has said so', async () => {
  const { hostname: host, port } = new URL(served.url)
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false })
  let answer = ''
  socket.setEncoding('utf8').on('data', (piece: string) => {
    answer += piece
  })
  await once(socket, 'secureConnect')
  // Whoever is in the middle of asking is answered.
  socket.write('GET /readyz HTTP/1.1\r\n')
  await ask(null, 'GET', '/healthz')
  served.program.signal('SIGTERM')
  await served.said(/(SIGTERM): stopping/)
  socket.write('Host: berth\r\n\r\n')
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  expect(answer).toContain('{"status":"not-ready","why":"stopping"}')
  expect(await served.program.ended).toMatchObject({ status: 0 })
})
