/** `token`, `quota` and `log`: what is asked of the API, and what is printed where. */
import { expect, test, vi } from 'vitest'
import type { JoinTokenView, LogEntryView, NewTokenView, QuotaView } from '../../src/view/documents.ts'
import { berth } from './berth.ts'

const TOKEN: NewTokenView = {
  ...{ name: 'alice', user: 'alice', role: 'user', state: 'valid', createdBy: 'local:root' },
  ...{ createdAt: '2026-11-21T01:00:00.000Z', expiresAt: '2026-12-21T01:00:00.000Z', usedAt: null },
  token: 'berth_u_secret',
}
const JOIN: JoinTokenView = {
  ...{ host: 3, hostName: 'kvm-b', token: 'berth_j_secret.ab', expiresAt: '2026-11-21T02:00:00.000Z' },
  server: 'https://controller:2634',
}
const QUOTA: QuotaView = { user: 'alice', selector: '10de:', most: 4, used: 1 }
const ENTRY: LogEntryView = {
  ...{ at: '2026-11-21T01:00:00.000Z', who: 'alice', role: 'user', origin: '192.0.2.7' },
  ...{ action: 'vm stop', subject: 'vm 5', outcome: 'ok', more: 0 },
}

test.each([
  ['token create alice --role user', { name: 'alice', role: 'user', expiresSeconds: 90 * 86400 }],
  [
    'token create a --role viewer --user ops --expires 12h',
    { name: 'a', role: 'viewer', user: 'ops', expiresSeconds: 43200 },
  ],
  ['token create a --role admin --expires never', { name: 'a', role: 'admin', expiresSeconds: null }],
])('berth %s prints the secret alone on standard output', async (line, body) => {
  const { status, stdout, stderr, calls } = await berth(line.split(' '), { 'POST /v1/tokens': TOKEN })
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'berth_u_secret\n' })
  expect(stderr).toBe(`${body.role} for alice, until 2026-12-21T01:00:00.000Z; shown this once\n`)
  expect(calls).toEqual([{ method: 'POST', path: '/v1/tokens', body }])
})

test('with --json it is one document, and nothing else', async () => {
  const { stdout, stderr } = await berth(['token', 'create', 'alice', '--role', 'user', '-j'], {
    'POST /v1/tokens': TOKEN,
  })
  expect([JSON.parse(stdout), stderr]).toEqual([TOKEN, ''])
})

test.each([
  ['token join kvm-b', JOIN, 'https://controller:2634', ''],
  ['token join kvm-b --url https://10.0.0.1:2634', JOIN, 'https://10.0.0.1:2634', ''],
  ['token join kvm-b', { ...JOIN, server: null }, 'URL', ', with the controller in the place of URL'],
])('berth %s prints what to type on the host', async (line, answer, server, where) => {
  const { stdout, stderr } = await berth(line.split(' '), { 'POST /v1/hosts/kvm-b/join-tokens': answer })
  expect(stdout).toBe(`berth agent join --server ${server} --token berth_j_secret.ab\n`)
  expect(stderr).toBe(
    `On kvm-b, as root, until 2026-11-21T02:00:00.000Z, once${where}; then: berth agent run\n`,
  )
})

test('a quota is set, listed and deleted by user and selector', async () => {
  const set = await berth(['quota', 'set', 'alice', '10de:', '4'], { 'PUT /v1/quotas/alice/10de%3A': QUOTA })
  expect(set).toMatchObject({ status: 0, stdout: '', calls: [{ body: { most: 4 } }] })
  const list = await berth(['quota', 'list', 'alice'], { 'GET /v1/quotas?user=alice': [QUOTA] })
  expect(list.stdout).toBe(
    'USER             SELECTOR         USED   MOST\nalice            10de:               1      4\n',
  )
  const gone = await berth(['quota', 'delete', 'alice', '10de:'], { 'DELETE /v1/quotas/alice/10de%3A': null })
  expect(gone).toMatchObject({ status: 0, stdout: '' })
})

test('the log is asked for by time, name and number', async () => {
  vi.useFakeTimers({ now: 10_000_000, toFake: ['Date'] })
  try {
    const path = '/v1/log?since=2800000&who=alice&limit=5'
    const { stdout } = await berth(
      ['log', '--since', '2h', '--who', 'alice', '-n', '5', '-l', 'TIME,WHO,ACTION,SUBJECT,OUTCOME'],
      { [`GET ${path}`]: [ENTRY] },
    )
    expect(stdout.split('\n')[1]?.split(/ {2,}/)).toEqual([
      '2026-11-21 01:00:00Z alice',
      'vm stop',
      'vm 5',
      'ok',
    ])
  } finally {
    vi.useRealTimers()
  }
  expect((await berth(['log', '-j'], { 'GET /v1/log': [ENTRY] })).stdout).toContain('"action": "vm stop"')
})

test('an operator makes a VM for somebody', async () => {
  const files = { 'gpu.tmpl': 'MEMORY = 64' }
  const { calls } = await berth(['vm', 'create', 'gpu.tmpl', '--owner', 'alice'], {}, {}, files)
  expect(calls).toMatchObject([{ body: { owner: 'alice' } }])
})
