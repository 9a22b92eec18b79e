/** Where a command goes: options win over variables, these over the file. */
import { expect, test } from 'vitest'
import type { Contexts } from '../../../src/cli/context/contexts.ts'
import { targetOf } from '../../../src/cli/context/target.ts'
import { globalOptions } from '../../../src/cli/global-options.ts'

const PIN = 'ab'.repeat(32)
const OTHER = `${'CD:'.repeat(31)}CD`
const CONTEXTS: Contexts = {
  current: 'lab',
  contexts: new Map([
    ['lab', { server: 'https://lab', fingerprint: PIN, token: 'of-lab' }],
    ['ci', { server: 'https://ci', fingerprint: null, token: 'of-ci' }],
  ]),
}
const target = (line: string, environment: Record<string, string> = {}, contexts = CONTEXTS) =>
  targetOf(
    globalOptions(line.split(' ')),
    environment,
    () => contexts,
    (path) => `in-${path}`,
  )

test.each([
  ['the context in use', '', {}, 'https://lab'],
  ['a variable with a database wins over it', '', { BERTH_DB: 'x.db' }, null],
  [
    'a context named by a variable wins over both',
    '',
    { BERTH_DB: 'x.db', BERTH_CONTEXT: 'ci' },
    'https://ci',
  ],
  ['so does a server', '', { BERTH_DB: 'x.db', BERTH_SERVER: 'https://s', BERTH_TOKEN: 't' }, 'https://s'],
  ['an empty variable is none', '', { BERTH_SERVER: '', BERTH_CONTEXT: '', BERTH_DB: '' }, 'https://lab'],
  ['--context wins over variables', '--context ci', { BERTH_CONTEXT: 'lab', BERTH_DB: 'x.db' }, 'https://ci'],
  [
    '--server wins over variables',
    '--server https://s',
    { BERTH_CONTEXT: 'lab', BERTH_TOKEN: 't' },
    'https://s',
  ],
  ['--db wins over all', '--db a.db', { BERTH_CONTEXT: 'lab', BERTH_SERVER: 'https://s' }, null],
  ['local is this machine', '--context local', {}, null],
  ['also as a variable', '', { BERTH_CONTEXT: 'local' }, null],
])('%s: %j, %j', (_, line, environment, server) => {
  const found = target(line, environment)
  expect(found.kind === 'server' ? found.server : null).toBe(server)
})

test('without anything it is this machine', () => {
  const none: Contexts = { current: null, contexts: new Map() }
  expect(target('', {}, none)).toEqual({ kind: 'database', url: null })
})

test.each([
  ["the context's token and pin", '', {}, 'of-lab', PIN],
  [
    "not the environment's: those are another server's",
    '',
    { BERTH_TOKEN: 't', BERTH_FINGERPRINT: OTHER },
    'of-lab',
    PIN,
  ],
  ['of a server without a context, BERTH_TOKEN', '--server https://s', { BERTH_TOKEN: 'mine' }, 'mine', null],
  ['... without the line end', '--server https://s', { BERTH_TOKEN: 'mine\n' }, 'mine', null],
  ['... and BERTH_FINGERPRINT', '--server https://s', { BERTH_TOKEN: 't', BERTH_FINGERPRINT: PIN }, 't', PIN],
  ['a file in place of both', '--token-file f', { BERTH_TOKEN: 'mine' }, 'in-f', PIN],
  ['another pin, with colons', `--fingerprint ${OTHER}`, {}, 'of-lab', 'cd'.repeat(32)],
  ['no pin where authorities vouch', '--context ci', {}, 'of-ci', null],
])('%s', (_, line, environment, token, fingerprint) => {
  expect(target(line, environment)).toMatchObject({ token, fingerprint })
})

test.each([
  ['a server without a token', '--server https://s', {}, 'no-token'],
  ['a token of two words', '--server https://s', { BERTH_TOKEN: 'a b' }, 'token-invalid'],
  ['an unknown context', '--context nobody', {}, 'unknown-context'],
  ['a wrong fingerprint', '--fingerprint abc', {}, 'fingerprint-invalid'],
  [
    'two variables that say different things',
    '',
    { BERTH_SERVER: 'https://s', BERTH_CONTEXT: 'ci' },
    'configuration',
  ],
])('%s is refused', (_, line, environment, code) => {
  expect(() => target(line, environment)).toThrowError(expect.objectContaining({ code }))
})
