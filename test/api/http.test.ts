/** What only raw requests can do: bodies that are no JSON, too large, or of another type. */
import { expect, test } from 'vitest'
import { world } from './world.ts'

test.each([
  ['no JSON', 'application/json', '{"name":', 400, 'invalid-request'],
  ['an attempt on a prototype', 'application/json', '{"__proto__":{"a":1}}', 400, 'invalid-request'],
  [
    'nested without end',
    'application/json',
    `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    400,
    'invalid-request',
  ],
  ['a text with NUL', 'application/json', '{"name":"a\\u0000b","agent":true}', 400, 'invalid-request'],
  ['another type', 'text/plain', 'name', 415, 'unsupported-media-type'],
  ['too much', 'application/json', JSON.stringify({ name: 'x'.repeat(2_000_000) }), 413, 'body-too-large'],
])('a body that is %s is refused', async (_, type, payload, status, code) => {
  const { app } = await world()
  const headers = { 'content-type': type }
  const answer = await app.inject({ method: 'POST', url: '/v1/hosts', headers, payload })
  expect([answer.statusCode, answer.json().code]).toEqual([status, code])
})

test('brackets are not read for long, and those in texts do not count', async () => {
  const { app } = await world()
  const headers = { 'content-type': 'application/json' }
  const ask = (payload: string) => app.inject({ method: 'POST', url: '/v1/hosts', headers, payload })
  const deep = await ask(`${'['.repeat(65)}${']'.repeat(65)}`)
  expect(deep.json().detail).toBe('body: is nested deeper than 64 levels')
  const quoted = await ask(JSON.stringify({ name: `a\\"${'[{'.repeat(40)}`, agent: true }))
  expect(quoted.json()).toMatchObject({ name: expect.stringContaining('[{[{') })
})
