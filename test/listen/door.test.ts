/** The door over real sockets: TLS, what is refused unread, and what a flood costs. */
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { type DoorOptions, type OpenDoor, openDoor } from '../../src/door.ts'
import { readWhereabouts } from '../../src/listen/whereabouts.ts'
import { agentOf, tokenOf } from '../api/door.ts'
import { type World, world } from '../api/world.ts'
import { CERTIFICATE, FINGERPRINT, KEY } from '../client/certificate.ts'

const MIB = 1024 * 1024
const LOOPBACK = { host: '127.0.0.1', port: 0, loopback: true } as const

const never = async (): Promise<never> => {
  throw new Error('an agent was heard')
}
/** The controller's end of agents, which nobody gets to here. */
const DEAF = { hello: never, report: never, messages: never, poll: never, close: async () => {} }

interface Opened {
  readonly here: World
  readonly door: OpenDoor
  readonly folder: string
}

async function opened(options: Partial<DoorOptions> = {}): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-door-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'cert'), CERTIFICATE)
  writeFileSync(join(folder, 'key'), KEY, { mode: 0o600 })
  const here = await world()
  here.now = Date.now()
  const files = { cert: join(folder, 'cert'), key: join(folder, 'key') }
  const state = join(folder, 'state')
  const door = await openDoor(
    { ...here.deps, agents: DEAF },
    { address: LOOPBACK, files, selfSigned: false, state, ...options },
  )
  onTestFinished(() => door.close())
  return { here, door, folder }
}

function client({ url }: OpenDoor, token: string | null, fingerprint: string | null) {
  const made = createClient({ server: url, token, fingerprint })
  onTestFinished(made.close)
  return made
}

test('over TLS, with a pinned certificate and a token, somebody comes in; without a token nobody does', async () => {
  const { here, door } = await opened()
  expect(door).toMatchObject({
    url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    fingerprint: FINGERPRINT,
  })
  const token = await tokenOf(here, 'alice', 'user')
  expect(await client(door, token, FINGERPRINT).request('GET', '/v1/vms')).toMatchObject({
    status: 200,
    body: [],
  })
  expect(await client(door, null, FINGERPRINT).request('GET', '/v1/vms')).toMatchObject({ status: 401 })
  await expect(client(door, token, 'ab'.repeat(32)).request('GET', '/v1/vms')).rejects.toMatchObject({
    code: 'server-impostor',
  })
})

test('plain HTTP is served on loopback alone, and wants a token there too', async () => {
  const { here, door } = await opened({ files: null })
  expect(door).toMatchObject({ url: expect.stringMatching(/^http:/), fingerprint: null })
  expect((await client(door, null, null).request('GET', '/v1/vms')).status).toBe(401)
  const token = await tokenOf(here, 'alice', 'viewer')
  expect((await client(door, token, null).request('GET', '/v1/vms')).status).toBe(200)
  const address = { host: '0.0.0.0', port: 0, loopback: false }
  await expect(opened({ files: null, address })).rejects.toMatchObject({
    code: 'tls-required',
    message: expect.stringContaining('--tls-self-signed'),
  })
})

test('a certificate is made where none is given, and is the same after a restart', async () => {
  const first = await opened({ files: null, selfSigned: true })
  const again = await openDoor(first.here.deps, {
    ...{ address: LOOPBACK, files: null, selfSigned: true },
    state: join(first.folder, 'state'),
  })
  onTestFinished(() => again.close())
  expect(first.door.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  expect(again.fingerprint).toBe(first.door.fingerprint)
  expect((await client(again, null, again.fingerprint).request('GET', '/v1/vms')).status).toBe(401)
})

test('a port that another program has is told', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  await expect(opened({ address: { ...LOOPBACK, port } })).rejects.toMatchObject({ code: 'cannot-listen' })
})

test('a renewed certificate is shown to new connections; one that is no good changes nothing', async () => {
  const { door, folder } = await opened()
  const fresh = await generate([{ name: 'commonName', value: 'new' }], {
    ...{ keyType: 'ec', algorithm: 'sha256' },
    notBeforeDate: new Date(Date.now() - 60_000),
  })
  writeFileSync(join(folder, 'cert'), fresh.cert)
  await expect(door.renew()).rejects.toMatchObject({ code: 'tls-mismatch' })
  expect((await client(door, null, FINGERPRINT).request('GET', '/v1/vms')).status).toBe(401)
  writeFileSync(join(folder, 'key'), fresh.private)
  await door.renew()
  const pin = new X509Certificate(fresh.cert).fingerprint256.replaceAll(':', '').toLowerCase()
  await expect(client(door, null, FINGERPRINT).request('GET', '/v1/vms')).rejects.toMatchObject({
    code: 'server-impostor',
    facts: { shown: pin },
  })
  // Who is to join from now on is told the new one.
  expect((await readWhereabouts(join(folder, 'state')))?.fingerprint).toBe(pin)
})

interface Flooded {
  readonly answer: string
  readonly sent: number
}

/** Sends a body of 100 MiB, announced or in chunks, whatever is answered, until all is sent or the connection ends. */
async function flood({ url }: OpenDoor, head: readonly string[], chunked: boolean): Promise<Flooded> {
  const { port, hostname: host } = new URL(url)
  const socket = connect({ port: Number(port), host, rejectUnauthorized: false })
  onTestFinished(() => void socket.destroy())
  const length = chunked ? 'transfer-encoding: chunked' : `content-length: ${100 * MIB}`
  socket.write(`${[...head, 'host: x', 'content-type: application/json', length].join('\r\n')}\r\n\r\n`)
  const piece = Buffer.alloc(64 * 1024, 'x')
  const framed = chunked ? Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]) : piece
  let answer = ''
  let over = false
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      answer += data
      if (answer.includes('\r\n\r\n{')) resolve()
    })
  })
  const ended = new Promise<void>((resolve) => {
    for (const event of ['error', 'close'] as const)
      socket.on(event, () => {
        over = true
        resolve()
      })
  })
  // The last piece is kept back: only the server can end this.
  for (let sent = 0; sent < 99 * MIB && !over; sent += piece.length)
    if (!socket.write(framed))
      await Promise.race([ended, new Promise<void>((resolve) => void socket.once('drain', () => resolve()))])
  await Promise.race([ended, answered])
  await ended
  return { answer, sent: socket.bytesWritten }
}

test.each([
  ['announced', false],
  ['in chunks without a length', true],
])('100 MiB, %s, are refused with 413, never held in memory, and the connection ends', async (_, chunked) => {
  const { here, door } = await opened()
  const token = await tokenOf(here, 'alice', 'user')
  const used = () => {
    const { external, heapUsed } = process.memoryUsage()
    return external + heapUsed
  }
  const before = used()
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, used())
  }, 5)
  const { answer } = await flood(door, ['POST /v1/vms HTTP/1.1', `authorization: Bearer ${token}`], chunked)
  clearInterval(watch)
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(answer).toContain('body-too-large')
  expect(peak - before).toBeLessThan(60 * MIB)
})

test('a report of 15 MiB is looked at, one of 17 MiB and one of 100 MiB are not', async () => {
  const { here, door } = await opened()
  const agent = await agentOf(here, 'kvm-a')
  const put = (size: number) =>
    client(door, agent, FINGERPRINT).request('PUT', '/v1/agents/kvm-a/report', {
      host: 'x'.repeat(size * MIB),
    })
  expect(await put(15)).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
  expect(await put(17)).toMatchObject({ status: 413, body: { code: 'body-too-large' } })
  const head = ['PUT /v1/agents/kvm-a/report HTTP/1.1', `authorization: Bearer ${agent}`]
  const before = process.memoryUsage().external
  const { answer } = await flood(door, head, false)
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(process.memoryUsage().external - before).toBeLessThan(60 * MIB)
  const forged = ['PUT /v1/agents/kvm-b/report HTTP/1.1', `authorization: Bearer ${agent}`]
  expect((await flood(door, forged, true)).answer).toMatch(/^HTTP\/1\.1 403 .*not-your-host/s)
})

test('a stranger who sends without end is told once, and cut off', async () => {
  const { door } = await opened()
  const { answer } = await flood(door, ['POST /v1/vms HTTP/1.1', 'authorization: Bearer berth_u_x'], false)
  expect(answer).toMatch(/^HTTP\/1\.1 401 /)
})

test("Berth's own client is told why its large request was refused", async () => {
  const { here, door } = await opened()
  const token = await tokenOf(here, 'alice', 'user')
  const body = { template: 'x'.repeat(30 * MIB) }
  const answer = await client(door, token, FINGERPRINT).request('POST', '/v1/vms', body)
  expect(answer).toMatchObject({ status: 413, body: { code: 'body-too-large' } })
})

test('headers that do not end are refused', async () => {
  const { door } = await opened({ files: null })
  const { port } = new URL(door.url)
  const socket = connectPlain(Number(port), '127.0.0.1')
  socket.end(`GET /v1/vms HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}`)
  let answer = ''
  for await (const data of socket) answer += data
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
})
