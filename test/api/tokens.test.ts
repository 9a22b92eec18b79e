/** Tokens at the door: none, wrong, expired, revoked; and what is kept of them. */
import { expect, test } from 'vitest'
import { behind, tokenOf } from './door.ts'
import { must, world } from './world.ts'

const HOUR = 3600_000

test('without a token, or with what is none, nobody comes in and is told what to do', async () => {
  const here = await world()
  const { ask, app } = await behind(here)
  const none = await ask(null, 'GET', '/v1/hosts')
  expect(none).toMatchObject({ status: 401, body: { code: 'token-missing' } })
  expect(none.headers['www-authenticate']).toBe('Bearer realm="berth"')
  expect(none.body.detail).toContain('berth token create')
  for (const token of [
    'berth_u_x',
    'berth_a_x',
    `berth_u_${'A'.repeat(43)}`,
    `berth_a_${'A'.repeat(43)}`,
    '../..',
  ]) {
    const wrong = await ask(token, 'GET', '/v1/hosts')
    expect(wrong).toMatchObject({ status: 401, body: { code: 'token-invalid' } })
    expect(wrong.headers['www-authenticate']).toContain('invalid_token')
  }
  for (const authorization of ['Basic YTpi', 'Bearer', `Bearer ${'x'.repeat(600)}`, 'berth_u_x']) {
    const answer = await app.inject({ url: '/v1/hosts', headers: { authorization } })
    expect(answer.json().code).toBe('token-missing')
  }
})

test('a token is good until it expires, or is revoked', async () => {
  const here = await world()
  const { ask } = await behind(here)
  const token = await tokenOf(here, 'alice', 'viewer')
  const forever = await tokenOf(here, 'bob', 'viewer', { expiresSeconds: null })
  expect((await ask(token, 'GET', '/v1/hosts')).status).toBe(200)
  here.now += HOUR
  expect(await ask(token, 'GET', '/v1/hosts')).toMatchObject({ status: 401, body: { code: 'token-expired' } })
  expect((await ask(forever, 'GET', '/v1/hosts')).status).toBe(200)
  await must(here, 'DELETE', '/v1/tokens/bob')
  expect(await ask(forever, 'GET', '/v1/hosts')).toMatchObject({
    status: 401,
    body: { code: 'token-invalid' },
  })
})

test('what the database keeps opens no door, and no list shows a secret', async () => {
  const here = await world()
  const { ask } = await behind(here)
  const token = await tokenOf(here, 'root', 'admin')
  const [row] = await here.database.kysely.selectFrom('tokens').selectAll().execute()
  expect(JSON.stringify(row)).not.toContain(token.slice(8))
  expect((await ask(row?.hash ?? '', 'GET', '/v1/hosts')).status).toBe(401)
  expect(JSON.stringify((await ask(token, 'GET', '/v1/tokens')).body)).not.toMatch(/berth_u_|hash/)
  expect(token).toMatch(/^berth_u_[\w-]{43}$/)
})

test('who is no administrator sees the own tokens only; a use is noted', async () => {
  const here = await world()
  const { ask } = await behind(here)
  const alice = await tokenOf(here, 'alice', 'user')
  await tokenOf(here, 'laptop', 'viewer', { user: 'alice' })
  const root = await tokenOf(here, 'root', 'admin')
  const names = async (token: string) =>
    (await ask(token, 'GET', '/v1/tokens')).body.map((one: { name: string }) => one.name)
  expect(await names(alice)).toEqual(['alice', 'laptop'])
  expect(await names(root)).toEqual(['alice', 'laptop', 'root'])
  const [first, second] = (await ask(root, 'GET', '/v1/tokens')).body
  expect([first.usedAt !== null, second.usedAt]).toEqual([true, null])
})

test.each([
  ['a name taken', { name: 'root', role: 'user', expiresSeconds: 60 }, 409, 'token-exists'],
  [
    'a name that could be taken for an agent',
    { name: 'agent:a', role: 'user', expiresSeconds: 60 },
    400,
    'invalid-request',
  ],
  ['no word of its end', { name: 'a', role: 'user' }, 400, 'invalid-request'],
  ['a role that is none', { name: 'a', role: 'agent', expiresSeconds: 60 }, 400, 'invalid-request'],
])('a token with %s is not made', async (_, body, status, code) => {
  const here = await world()
  await tokenOf(here, 'root', 'admin')
  expect(await here.request('POST', '/v1/tokens', body)).toMatchObject({ status, body: { code } })
})
