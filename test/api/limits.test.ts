/** How often somebody may ask: guessing is hopeless, a broken agent floods nobody, and a thousand agents behind one address are no flood. */
import { expect, test } from 'vitest'
import { networkOf } from '../../src/api/door/address.ts'
import { createBuckets } from '../../src/api/door/buckets.ts'
import { agentOf, behind, tokenOf } from './door.ts'
import { must, world } from './world.ts'

const LIMITS = {
  failures: { burst: 3, perSecond: 1 },
  anonymous: { burst: 5, perSecond: 1 },
  person: { burst: 10, perSecond: 1 },
  agent: { burst: 4, perSecond: 1 },
}

test('wrong tokens are told to wait after a few; who is right comes in nevertheless, known there or not', async () => {
  const here = await world()
  const { ask } = await behind(here, { limits: LIMITS })
  const known = await tokenOf(here, 'known', 'viewer')
  const late = await tokenOf(here, 'late', 'viewer')
  expect((await ask(known, 'GET', '/v1/hosts')).status).toBe(200)
  const statuses: number[] = []
  for (let n = 0; n < 6; n++) statuses.push((await ask(`berth_u_${n}`, 'GET', '/v1/hosts')).status)
  expect(statuses).toEqual([401, 401, 401, 429, 429, 429])
  const again = await Promise.all([1, 2, 3].map(() => ask(known, 'GET', '/v1/hosts')))
  expect(again.map(({ status }) => status)).toEqual([200, 200, 200])
  const refused = await ask('berth_u_9', 'GET', '/v1/hosts')
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate-limited' } })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await ask(late, 'GET', '/v1/hosts')).status).toBe(200)
  here.now += 2000
  expect((await ask('berth_u_9', 'GET', '/v1/hosts')).status).toBe(401)
})

test('a controller that has just started lets in who is right, whatever else comes from the same address', async () => {
  const here = await world()
  const agent = await agentOf(here, 'kvm-b')
  const { ask } = await behind(here, { limits: LIMITS })
  for (let n = 0; n < 5; n++) await ask(`berth_a_${n}`, 'GET', '/v1/nothing')
  expect((await ask(agent, 'GET', '/v1/nothing')).status).toBe(404)
  // As often as anybody may ask without a token.
  const statuses: number[] = []
  for (let n = 0; n < 4; n++) statuses.push((await ask(`berth_a_${n}`, 'GET', '/v1/nothing')).status)
  expect(statuses).toEqual([429, 429, 429, 429])
})

test('a token that was known and is revoked counts as a wrong one', async () => {
  const here = await world()
  const { ask } = await behind(here, { limits: LIMITS })
  const token = await tokenOf(here, 'gone', 'viewer')
  expect((await ask(token, 'GET', '/v1/hosts')).status).toBe(200)
  await must(here, 'DELETE', '/v1/tokens/gone')
  const statuses: number[] = []
  for (let n = 0; n < 5; n++) statuses.push((await ask(token, 'GET', '/v1/hosts')).status)
  expect(statuses).toEqual([401, 401, 401, 429, 429])
})

test('join tokens are guessed at no oftener', async () => {
  const here = await world()
  const { ask } = await behind(here, { limits: LIMITS })
  const body = { token: 'berth_j_x', version: '1', driver: 'libvirt', uri: 'u' }
  const statuses: number[] = []
  for (let n = 0; n < 5; n++) statuses.push((await ask(null, 'POST', '/v1/join', body)).status)
  expect(statuses).toEqual([401, 401, 401, 429, 429])
})

test('requests without a token are limited by address, those with one by the token, whatever the address', async () => {
  const here = await world()
  const { ask } = await behind(here, { limits: LIMITS })
  const statuses = async (token: string | null, times: number, from: (n: number) => string) => {
    const all: number[] = []
    for (let n = 0; n < times; n++)
      all.push((await ask(token, 'GET', '/v1/nothing', undefined, from(n))).status)
    return all
  }
  expect(await statuses(null, 6, () => '2001:db8::1')).toEqual([401, 401, 401, 401, 401, 429])
  expect(await statuses(null, 1, () => '2001:db8::ffff')).toEqual([429])
  const token = await tokenOf(here, 'ops', 'operator')
  expect(await statuses(token, 11, (n) => `192.0.2.${n}`)).toEqual([...Array(10).fill(404), 429])
})

test('a thousand agents behind one address that ask at once are all answered; one that floods is slowed down alone', async () => {
  const here = await world()
  const { ask } = await behind(here, { limits: { ...LIMITS, failures: { burst: 1, perSecond: 0.01 } } })
  const agents: string[] = []
  for (let n = 0; n < 1000; n++) agents.push(await agentOf(here, `kvm-${n}`))
  const [first = ''] = agents
  const answers = await Promise.all(agents.map((agent) => ask(agent, 'GET', '/v1/nothing')))
  expect(answers.filter(({ status }) => status !== 404)).toEqual([])
  for (let n = 0; n < 4; n++) await ask(first, 'GET', '/v1/nothing')
  expect((await ask(first, 'GET', '/v1/nothing')).status).toBe(429)
  expect((await ask(agents[1] ?? '', 'GET', '/v1/nothing')).status).toBe(404)
})

test('a bucket refills to its size, survives a clock that goes back, and forgets who came longest ago', () => {
  let now = 10_000
  const buckets = createBuckets({ burst: 2, perSecond: 0.5 }, () => now, 2)
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a'), buckets.wait('a')]).toEqual([0, 0, 2, 2])
  now -= 5000
  expect(buckets.wait('a')).toBe(2)
  now += 60_000
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 2])
  buckets.take('b')
  buckets.take('c')
  expect(buckets.wait('a')).toBe(0)
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
