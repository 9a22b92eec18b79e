/** The program that ships, listening: certificate, tokens and join tokens as the README has them; and what it refuses to start with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { CERTIFICATE, FINGERPRINT, KEY } from '../client/certificate.ts'
import { type Background, berth, berthInBackground } from './shipped.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let folder: string
let serving: Background | null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-door-'))
  serving = null
})
afterEach(async () => {
  serving?.signal('SIGKILL')
  await serving?.ended
  rmSync(folder, { recursive: true, force: true })
})

const file = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(join(folder, name), text, { mode })
  return join(folder, name)
}

async function said(background: Background, words: RegExp): Promise<RegExpExecArray> {
  return vi.waitUntil(() => words.exec(background.said()), { timeout: 30_000, interval: 50 })
}

test('a controller with a certificate of its own: a token opens the door until it is revoked, and it is the same after a restart', async () => {
  serving = berthInBackground(folder, 'serve', '--listen', '127.0.0.1:0', '--tls-self-signed')
  const [, server = ''] = await said(serving, /listening on (https:\S+)/)
  const [, fingerprint = ''] = await said(serving, /fingerprint: ([0-9a-f]{64})/)
  await said(serving, /serving /)
  const { stdout: token, stderr } = await berth(folder, 'token', 'create', 'alice', '--role', 'user')
  expect(token).toMatch(/^berth_u_[\w-]{43}$/)
  expect(stderr).toContain('shown this once')
  const client = createClient({ server, token, fingerprint })
  expect(await client.request('GET', '/v1/vms')).toMatchObject({ status: 200, body: [] })
  expect((await client.request('POST', '/v1/schedule')).status).toBe(403)
  await berth(folder, 'token', 'revoke', 'alice')
  expect((await client.request('GET', '/v1/vms')).status).toBe(401)
  client.close()
  const log = await berth(folder, 'log', '-l', 'WHO,ACTION,OUTCOME')
  expect(log.stdout).toMatch(
    /^local:\S+ +token create +ok\nalice +schedule +not-allowed\nlocal:\S+ +token delete +ok\n- +vm read +token-invalid$/m,
  )
  serving.signal('SIGTERM')
  expect(await serving.ended).toMatchObject({ status: 0 })
  const again = berthInBackground(folder, 'serve', '--listen', '127.0.0.1:0', '--tls-self-signed')
  serving = again
  await said(again, new RegExp(`fingerprint: ${fingerprint}`))
})

test('a certificate that is given is read anew on SIGHUP', async () => {
  const cert = file('cert.pem', CERTIFICATE)
  const key = file('key.pem', KEY)
  serving = berthInBackground(
    folder,
    'serve',
    '--listen',
    '127.0.0.1:0',
    '--tls-cert',
    cert,
    '--tls-key',
    key,
  )
  await said(serving, new RegExp(`fingerprint: ${FINGERPRINT}`))
  await said(serving, /serving /)
  serving.signal('SIGHUP')
  await said(serving, /SIGHUP: the certificate was read anew/)
  file('cert.pem', 'nothing')
  serving.signal('SIGHUP')
  await said(serving, /SIGHUP: the certificate stays as it was: .*cert\.pem holds no certificate/)
})

test.each([
  ['another address without TLS', '--listen 0.0.0.0:0', /takes TLS: --tls-cert/],
  ['an address that is none', '--listen everywhere', /nowhere to listen/],
  [
    'a certificate without its key',
    '--tls-cert cert.pem --listen 127.0.0.1:0',
    /--tls-key \(BERTH_TLS_KEY\) is missing/,
  ],
  ['a key that is open', '--tls-cert cert.pem --tls-key open.pem --listen 127.0.0.1:0', /chmod o=/],
  [
    'two certificates',
    '--tls-cert cert.pem --tls-key key.pem --tls-self-signed --listen 127.0.0.1:0',
    /either --tls-cert/,
  ],
])('serve does not start with %s', async (_, options, words) => {
  file('cert.pem', CERTIFICATE)
  file('key.pem', KEY)
  file('open.pem', KEY, 0o644)
  const { status, stderr } = await berth(
    folder,
    'serve',
    ...options.split(' ').map((word) => (word.endsWith('.pem') ? join(folder, word) : word)),
  )
  expect(status).toBe(1)
  expect(stderr).toMatch(words)
  expect(stderr).not.toContain('serving')
})

test('nor on a port that another program has', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { status, stderr } = await berth(folder, 'serve', '--listen', `127.0.0.1:${port}`)
  other.close()
  expect(status).toBe(1)
  expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1 port ${port}: .*EADDRINUSE`))
})
