/** Requests to a server elsewhere, over real sockets: who is talked to, and what is never sent to anybody else. */
import { createServer as createPlainServer, type Server as HttpServer } from 'node:http'
import { createServer, Server as HttpsServer, request } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { PinnedAgent, parseFingerprint } from '../../src/client/pinned.ts'
import { CERTIFICATE, FINGERPRINT, KEY } from './certificate.ts'

interface Seen {
  readonly url: string
  readonly requests: string[]
}

async function listening(server: HttpsServer | HttpServer): Promise<Seen> {
  const requests: string[] = []
  server.on('request', (request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`)
    response.writeHead(201, { 'content-type': 'application/json', etag: '"7"' })
    response.end('{"a":1}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `${server instanceof HttpsServer ? 'https' : 'http'}://127.0.0.1:${port}`, requests }
}

async function hanging(server: HttpServer): Promise<{ readonly url: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}` }
}

const secure = () => createServer({ key: KEY, cert: CERTIFICATE })

test('a pinned server is talked to, whoever signed its certificate, over one connection', async () => {
  const { url, requests } = await listening(secure())
  const client = createClient({ server: url, token: 's3cret', fingerprint: FINGERPRINT })
  onTestFinished(client.close)
  await client.request('GET', '/v1/hosts')
  const answer = await client.request('POST', '/v1/vms', { name: 'a' })
  expect(answer).toMatchObject({ status: 201, body: { a: 1 }, headers: { etag: '"7"' } })
  expect(requests).toEqual(['GET /v1/hosts Bearer s3cret', 'POST /v1/vms Bearer s3cret'])
})

test('a server that takes connections and says nothing is given up in time, and left alone', async () => {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const ended = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => {}).on('close', () => resolve())
      socket.resume()
    })
  })
  const { port } = server.address() as AddressInfo
  const client = createClient({ server: `https://127.0.0.1:${port}`, token: 't', fingerprint: FINGERPRINT })
  onTestFinished(client.close)
  const asked = client.request('GET', '/v1/hosts', undefined, { timeoutMs: 50 })
  await expect(asked).rejects.toMatchObject({ code: 'server-unreachable' })
  const agent = new PinnedAgent(FINGERPRINT, { keepAlive: true }, 50)
  const failed = new Promise<Error>((resolve) => {
    request({ host: '127.0.0.1', port, agent }).on('error', resolve).end()
  })
  expect((await failed).message).toContain('does not speak TLS in time')
  await ended
})

test('a server that never answers is given up in time, whatever the memory is cleaned of meanwhile', async () => {
  const server = createPlainServer(() => {})
  onTestFinished(() => server.closeAllConnections())
  const { url } = await hanging(server)
  const client = createClient({ server: url, token: 't', fingerprint: null })
  onTestFinished(client.close)
  const asked = client.request('GET', '/v1/hosts', undefined, { timeoutMs: 300 })
  setFlagsFromString('--expose-gc')
  for (let n = 0; n < 5; n++) {
    runInNewContext('gc')()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await expect(asked).rejects.toMatchObject({
    code: 'server-unreachable',
    message: expect.stringContaining('no answer within 0.3 s'),
  })
})

test('another certificate than the pinned one gets no byte of the request', async () => {
  const { url, requests } = await listening(secure())
  const client = createClient({ server: url, token: 's3cret', fingerprint: 'ab'.repeat(32) })
  await expect(client.request('GET', '/v1/hosts')).rejects.toMatchObject({ code: 'server-impostor' })
  expect(requests).toEqual([])
})

test('without a pin, a certificate that no authority signed is refused, with what to do', async () => {
  const { url, requests } = await listening(secure())
  const client = createClient({ server: url, token: 's3cret', fingerprint: null })
  await expect(client.request('GET', '/v1/hosts')).rejects.toMatchObject({
    code: 'server-unreachable',
    message: expect.stringContaining('fingerprint'),
  })
  expect(requests).toEqual([])
})

test('plain HTTP goes to this machine only', async () => {
  const { url } = await listening(createPlainServer())
  const client = createClient({ server: url, token: 't', fingerprint: null })
  onTestFinished(client.close)
  expect((await client.request('GET', '/v1/hosts')).status).toBe(201)
  expect(() => createClient({ server: 'http://10.0.0.1:2634', token: 't', fingerprint: null })).toThrow(
    'clear text',
  )
})

test.each(['ftp://a', 'berth', 'https://a/v1', 'https://user@a', 'https://a?x=1'])(
  '%s is no address of a server',
  (server) => {
    expect(() => createClient({ server, token: null, fingerprint: null })).toThrow('no server')
  },
)

test('a server that is not there is a failure in words', async () => {
  const client = createClient({ server: 'https://127.0.0.1:1', token: null, fingerprint: FINGERPRINT })
  await expect(client.request('GET', '/')).rejects.toMatchObject({ code: 'server-unreachable' })
})

test('a server that does not answer is given up', async () => {
  const server = createPlainServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const client = createClient({ server: `http://127.0.0.1:${port}`, token: null, fingerprint: null })
  onTestFinished(client.close)
  await expect(client.request('GET', '/', undefined, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'server-unreachable',
  })
})

test.each([
  ['AB:'.repeat(31).concat('AB'), 'ab'.repeat(32)],
  ['ab'.repeat(32), 'ab'.repeat(32)],
  ['ab'.repeat(31), null],
  ['zz'.repeat(32), null],
])('fingerprint %s is read as %s', (text, expected) => {
  expect(parseFingerprint(text)).toBe(expected)
})
