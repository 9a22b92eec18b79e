/** What `serve` and `agent` write: plain lines as ever, or one JSON document a line without a secret in it. */
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { type LogOptions, openLog } from '../src/log.ts'

async function written(options: LogOptions, say: (log: Awaited<ReturnType<typeof openLog>>) => void) {
  let text = ''
  say(
    await openLog(options, (piece) => {
      text += piece
    }),
  )
  return text
}

test('plain lines are what was said, with the cause of an error', async () => {
  const text = await written({ logFormat: 'plain', logLevel: 'info' }, (log) => {
    log.info('VM 5 waits', { vm: 5 })
    log.debug('GET /v1/hosts: 200')
    log.error('broken', new TypeError('boom'))
  })
  expect(text).toMatch(/^VM 5 waits\nbroken: TypeError: boom\n +at /)
})

test('JSON lines have level, time, message, the fields and the stack', async () => {
  const text = await written({ logFormat: 'json', logLevel: 'debug' }, (log) => {
    log.info('order 3 done', { vm: 5, host: 'kvm-a', order: 3 })
    log.debug('GET /v1/hosts: 200')
    log.error('broken', new TypeError('boom'), { host: 'kvm-a' })
  })
  const [first, second, third] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(first).toEqual({
    level: 'info',
    time: expect.any(String),
    vm: 5,
    host: 'kvm-a',
    order: 3,
    msg: 'order 3 done',
  })
  expect(new Date(first.time).toISOString()).toBe(first.time)
  expect(second).toMatchObject({ level: 'debug', msg: 'GET /v1/hosts: 200' })
  expect(third).toMatchObject({ level: 'error', msg: 'broken', host: 'kvm-a', err: { message: 'boom' } })
  expect(third.err.stack).toContain('log.test.ts')
})

test('no secret gets into a line', async () => {
  const text = await written({ logFormat: 'json', logLevel: 'info' }, (log) => {
    log.info('who', {
      headers: { authorization: 'Bearer berth_u_x' },
      token: 'berth_j_x',
      request: { body: { credential: 'berth_a_x' } },
    })
  })
  expect(text).not.toContain('berth_')
})

test.each([
  ['plain', 'error', 0],
  ['json', 'error', 0],
  ['plain', 'info', 1],
  ['json', 'info', 1],
  ['plain', 'debug', 2],
  ['json', 'debug', 2],
] as const)('%s at level %s writes %i of an information and a detail', async (logFormat, logLevel, lines) => {
  const text = await written({ logFormat, logLevel }, (log) => {
    log.info('a')
    log.debug('b')
  })
  expect(text.split('\n').length - 1).toBe(lines)
})

test.each([{ BERTH_LOG: 'xml' }, { BERTH_LOG_LEVEL: 'loud' }])('%o is no configuration', (environment) => {
  expect(() => readConfig(environment, 'x.db')).toThrow('it must be one of')
})

test('without a word it is plain lines from info on', () => {
  expect(readConfig({}, 'x.db')).toMatchObject({ logFormat: 'plain', logLevel: 'info' })
})
