/** Joining: a token is good once, for one host, for a time; what the agent gets speaks for that host alone. */
import { createHash } from 'node:crypto'
import Fastify from 'fastify'
import { afterAll, describe, expect, test } from 'vitest'
import { createDoor } from '../../src/api/door/door.ts'
import { insertHost } from '../../src/database/hosts.ts'
import { insertJoinToken, useJoinToken } from '../../src/database/join-tokens.ts'
import { openDatabase } from '../../src/database/open.ts'
import { startEngines } from '../support/engines.ts'
import { agentHost, agentOf, behind, tokenOf } from './door.ts'
import { must, type World, world } from './world.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const AGENT = { version: '0.1.0', driver: 'simulator', uri: '/simulated/kvm-b' }
const INVALID = { status: 401, body: { code: 'join-token-invalid' } }

async function joining(): Promise<World & { token: string }> {
  const here = await world()
  await agentHost(here, 'kvm-b')
  const { token } = await must(here, 'POST', '/v1/hosts/kvm-b/join-tokens')
  return { ...here, token }
}

test('a join token becomes a credential, once; the host is what its agent says it is', async () => {
  const here = await joining()
  const { ask } = await behind(here)
  const first = await ask(null, 'POST', '/v1/join', { ...AGENT, token: here.token })
  expect(first).toMatchObject({
    status: 200,
    body: { host: { name: 'kvm-b' }, cluster: here.database.cluster },
  })
  expect(first.body.credential).toMatch(/^berth_a_[\w-]{43}$/)
  expect(await must(here, 'GET', '/v1/hosts/kvm-b')).toMatchObject({ driver: 'simulator', uri: AGENT.uri })
  const again = await ask(null, 'POST', '/v1/join', { ...AGENT, token: here.token })
  const unknown = await ask(null, 'POST', '/v1/join', { ...AGENT, token: `berth_j_${'A'.repeat(43)}` })
  expect(again).toMatchObject(INVALID)
  expect(again.body).toEqual(unknown.body)
  expect(again.body.detail).toContain('berth token join')
})

test('it expires, a later one makes it void, and so does barring the host', async () => {
  const here = await joining()
  const { ask } = await behind(here)
  const join = (token: string) => ask(null, 'POST', '/v1/join', { ...AGENT, token })
  const { token: later } = await must(here, 'POST', '/v1/hosts/kvm-b/join-tokens', { expiresSeconds: 60 })
  expect(await join(here.token)).toMatchObject(INVALID)
  const at = here.database.kysely.updateTable('join_tokens').set({ expires_at: 1 })
  await at.execute()
  expect(await join(later)).toMatchObject(INVALID)
  const { token: last } = await must(here, 'POST', '/v1/hosts/kvm-b/join-tokens')
  await must(here, 'POST', '/v1/hosts/kvm-b/revoke')
  expect(await join(last)).toMatchObject(INVALID)
})

test('of many at once with one token one gets in, and the agent before is a stranger then', async () => {
  const here = await world()
  const old = await agentOf(here, 'kvm-b')
  const { token } = await must(here, 'POST', '/v1/hosts/kvm-b/join-tokens')
  const { ask } = await behind(here)
  const known = async (credential: string) => (await ask(credential, 'GET', '/v1/nothing')).status
  expect(await known(old)).toBe(404)
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ask(null, 'POST', '/v1/join', { ...AGENT, token })),
  )
  const [winner, ...others] = answers.filter(({ status }) => status === 200)
  expect(others).toEqual([])
  expect([await known(old), await known(winner?.body.credential)]).toEqual([401, 404])
  await must(here, 'POST', '/v1/hosts/kvm-b/revoke')
  expect(await known(winner?.body.credential)).toBe(401)
})

test('a host without an agent gets no join token', async () => {
  const here = await world({ sim: [] })
  await must(here, 'POST', '/v1/hosts', { name: 'sim', driver: 'simulator', machine: 'gpu-server' })
  expect(await here.request('POST', '/v1/hosts/sim/join-tokens')).toMatchObject({
    status: 409,
    body: { code: 'host-without-agent' },
  })
})

test('the token carries the fingerprint where the certificate needs one', async () => {
  const here = await joining()
  const fingerprint = 'ab'.repeat(32)
  const { buildApi } = await import('../../src/api/app.ts')
  const whereabouts = async () => ({ url: 'https://controller:2634', fingerprint })
  const app = await buildApi({ ...here.deps, whereabouts })
  const answer = (await app.inject({ method: 'POST', url: '/v1/hosts/kvm-b/join-tokens' })).json()
  expect(answer.server).toBe('https://controller:2634')
  expect(answer.token).toMatch(new RegExp(`^berth_j_[\\w-]{43}\\.${fingerprint}$`))
  const { ask } = await behind(here)
  expect((await ask(null, 'POST', '/v1/join', { ...AGENT, token: answer.token })).status).toBe(200)
})

test('an agent speaks for its own host, by name or number, and no person does', async () => {
  const here = await world()
  const credential = await agentOf(here, 'kvm-a')
  await agentOf(here, 'kvm-b')
  const admin = await tokenOf(here, 'root', 'admin')
  const door = createDoor(here.deps)
  const app = Fastify()
  app.addHook('onRequest', async (request) => void (await door.identify(request)))
  app.setErrorHandler((error: Error & { code?: string }, _, reply) =>
    reply.code(403).send({ code: error.code }),
  )
  app.post('/v1/agents/:host/poll', { config: { right: 'agent' } }, async () => ({}))
  const poll = async (host: string, token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await app.inject({ method: 'POST', url: `/v1/agents/${host}/poll`, headers })).json().code
  }
  expect(await poll('kvm-a', credential)).toBeUndefined()
  expect(await poll('1', credential)).toBeUndefined()
  for (const other of ['kvm-b', '2', 'kvm-c', '01', 'kvm-a%2f'])
    expect(await poll(other, credential)).toBe('not-your-host')
  expect(await poll('kvm-a', admin)).toBe('not-allowed')
})

describe.each(engines)('$engine', ({ skip, fresh }) => {
  test.skipIf(skip)('of two programs that take a join token at once one gets it', async () => {
    const url = await fresh()
    const [db, other] = [
      await openDatabase(url, { migrate: true }),
      await openDatabase(url, { migrate: false }),
    ]
    const hash = createHash('sha256').update('x').digest('hex')
    const facts = { cluster: 'default', driver: 'libvirt', uri: 'u', enabled: true, agent: true } as const
    const host = await insertHost(db.kysely, { name: 'kvm-a', ...facts, filter: null, attributes: {} })
    const token = { host, hash, createdAt: 1, createdBy: 'root', expiresAt: 100 }
    await db.transaction((q) => insertJoinToken(q, token))
    const taken = await Promise.all(
      [db, other, db, other].map((one) => one.transaction((q) => useJoinToken(q, hash, 50))),
    )
    expect(taken.filter((one) => one !== null)).toEqual([host])
    await db.close()
    await other.close()
  })
})

test('what a stranger sends is not read beyond what a join takes', async () => {
  const here = await world()
  const { ask } = await behind(here)
  const body = { token: 'x'.repeat(9000), version: '1', driver: 'libvirt', uri: 'u' }
  expect(await ask(null, 'POST', '/v1/join', body)).toMatchObject({
    status: 413,
    body: { code: 'body-too-large' },
  })
})
