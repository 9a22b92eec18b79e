/** Errors at the door: one shape, one status each, nothing internal told. */
import { expect, test } from 'vitest'
import { problemOf } from '../../src/api/problem.ts'
import {
  CommandFailed,
  Conflict,
  CorruptReport,
  Forbidden,
  InvalidInput,
  NotFound,
} from '../../src/model/errors.ts'
import { PROBLEM_SCHEMA } from '../../src/model/schemas/problem.ts'
import { expectFits } from './strict.ts'
import { world } from './world.ts'

test.each([
  [InvalidInput, 400],
  [Forbidden, 403],
  [NotFound, 404],
  [Conflict, 409],
  [CorruptReport, 422],
  [CommandFailed, 502],
])('%o has its status, keeps code and facts and tells its message', (Class, status) => {
  const problem = problemOf(new Class('some-code', 'host kvm-a: do this', { host: 1 }, new Error('secret')))
  expectFits(PROBLEM_SCHEMA, problem)
  expect(problem).toMatchObject({
    ...{ status, code: 'some-code', detail: 'host kvm-a: do this', facts: { host: 1 } },
    type: 'urn:berth:error:some-code',
  })
  expect(JSON.stringify(problem)).not.toContain('secret')
})

const brokenValidator = Object.assign(new TypeError('secret'), {
  statusCode: 400,
  code: 'FST_ERR_VALIDATION',
})

test.each([
  brokenValidator,
  new Error('secret'),
  new TypeError('secret'),
  'secret',
  null,
  { statusCode: 400, message: 'secret' },
])('anything else (%o) is 500 and tells nothing', (error) => {
  const problem = problemOf(error)
  expectFits(PROBLEM_SCHEMA, problem)
  expect(problem).toMatchObject({ status: 500, code: 'internal-error' })
  expect(JSON.stringify(problem)).not.toContain('secret')
})

test('a defect behind a route is 500 to the caller and told with its cause to the log', async () => {
  const here = await world()
  await here.database.kysely.schema.dropTable('history').execute()
  const { status, type, body } = await here.request('POST', '/v1/vms', { template: 'MEMORY = 1024' })
  expect([status, body.code]).toEqual([500, 'internal-error'])
  expect(type).toMatch(/^application\/problem\+json/)
  expect(JSON.stringify(body)).not.toContain('history')
  expect(here.logged).toEqual([expect.stringMatching(/^POST \/v1\/vms: .*history/)])
})

test('a refusal is not logged', async () => {
  const here = await world()
  await here.request('GET', '/v1/vms/1')
  expect(here.logged).toEqual([])
})

test.each([
  ['GET', '/v1/nothing'],
  ['GET', '/'],
  ['DELETE', '/v1/schedule'],
] as const)('%s %s is 404 unknown-route, as a problem', async (method, url) => {
  const { status, type, body } = await (await world()).request(method, url)
  expect([status, body.code]).toEqual([404, 'unknown-route'])
  expect(type).toMatch(/^application\/problem\+json/)
  expectFits(PROBLEM_SCHEMA, body)
})

test.each([
  [{ driver: 'libvirt' }, '/name', 'is missing'],
  [{ name: 'a', driver: 'xen' }, '/driver', 'must be one of libvirt, simulator'],
  [{ name: 'a', driver: 'libvirt', 'a/b': 1 }, '/a~1b', 'is not known here'],
  [{ name: 'a/b', driver: 'libvirt' }, '/name', 'without "/"'],
  [{ name: 'a', driver: 'libvirt', attributes: { A: true } }, '/attributes/A', 'must be'],
  [[], '', 'must be object'],
])('a body of %j is refused at %j: %s', async (body, pointer, words) => {
  const answer = await (await world()).request('POST', '/v1/hosts', body)
  expect(answer.body).toMatchObject({ status: 400, code: 'invalid-request', facts: { in: 'body', pointer } })
  expect(answer.body.detail).toContain(words)
})
