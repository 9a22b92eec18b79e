/** `berth context`: what is trusted, what is kept, and that no token is ever shown. */
import { expect, test } from 'vitest'
import type { Contexts } from '../../../src/cli/context/contexts.ts'
import type { ContextPorts } from '../../../src/cli/context/ports.ts'
import { berth, refuse } from '../berth.ts'
import { contextPorts } from '../context-ports.ts'

const PIN = 'ab'.repeat(32)
const LAB = { server: 'https://lab:2634', fingerprint: PIN, token: 'berth_u_lab' }

async function run(line: string, kept: Contexts, fields: Partial<ContextPorts> = {}) {
  let now = kept
  const ports = contextPorts({
    read: () => now,
    write: (contexts) => {
      now = contexts
    },
    chosen: () => ({
      choice: now.current === null ? null : 'use',
      server: null,
      context: now.current ?? 'local',
    }),
    ...fields,
  })
  const ended = await berth(line.split(' '), {}, { contexts: ports })
  expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/berth_u_/)
  expect(ended.calls).toEqual([])
  return { ...ended, kept: now }
}

const NONE: Contexts = { current: null, contexts: new Map() }
const ONE: Contexts = { current: null, contexts: new Map([['lab', LAB]]) }
const USED: Contexts = { ...ONE, current: 'lab' }
const ADD = 'context add new --server https://new:2634'

test('a certificate that authorities vouch for is kept without a pin, the token as it came', async () => {
  const { status, stdout, kept } = await run(ADD, NONE)
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('berth context use new'),
  })
  expect(kept).toEqual({
    current: null,
    contexts: new Map([['new', { server: 'https://new:2634', fingerprint: null, token: 'berth_u_secret' }]]),
  })
})

const UNKNOWN = { certificate: async () => ({ fingerprint: PIN, trusted: false }) }

test.each([
  ['yes', 'yes', PIN],
  ['y', ' Y ', PIN],
])('one that nobody vouches for is pinned after %j', async (_, answer, fingerprint) => {
  const { status, stderr, kept } = await run(ADD, NONE, { ...UNKNOWN, ask: async () => answer })
  expect(status).toBe(0)
  expect(stderr).toContain(`SHA-256 ${PIN}`)
  expect(kept.contexts.get('new')?.fingerprint).toBe(fingerprint)
})

test.each([
  ['nobody is there to ask', null],
  ['the answer is no', 'no'],
  ['there is no answer', ''],
  ['the answer is something else', 'yesterday'],
])('where %s nothing is sent or kept, and the fingerprint is there to compare', async (_, answer) => {
  let asked = 0
  const { status, stderr, kept } = await run(ADD, NONE, {
    ...UNKNOWN,
    ask: async () => answer,
    secret: async () => {
      asked++
      return 'x'
    },
    knock: async () => {
      asked++
      return { status: 200, body: [] }
    },
  })
  expect({ status, kept, asked }).toEqual({ status: 1, kept: NONE, asked: 0 })
  expect(stderr).toContain(`--fingerprint ${PIN}`)
})

test('with --fingerprint nobody is asked, and the certificate is not looked at before it is pinned', async () => {
  const { status, kept } = await run(`${ADD} --fingerprint ${PIN.toUpperCase()} --token-file t`, NONE, {
    certificate: () => Promise.reject(new Error('looked at')),
    secret: () => Promise.reject(new Error('asked')),
  })
  expect(status).toBe(0)
  expect(kept.contexts.get('new')).toEqual({
    server: 'https://new:2634',
    fingerprint: PIN,
    token: 'berth_u_file',
  })
})

test('a token that the server refuses is not kept', async () => {
  const { status, stderr, kept } = await run(ADD, NONE, {
    knock: async () => refuse(401, 'the token is not known here', 'token-unknown'),
  })
  expect({ status, kept }).toEqual({ status: 1, kept: NONE })
  expect(stderr).toContain('the token is not known here; the token is wrong, has expired')
})

test.each([
  ['an empty token', ADD, { secret: async () => ' \n' }, 'it is empty'],
  ['two words', ADD, { secret: async () => 'a b' }, 'that is no token'],
  ['a fingerprint that is none', `${ADD} --fingerprint 12`, {}, '64 hexadecimal digits'],
  ['plain HTTP to elsewhere', 'context add new --server http://new:2634', {}, 'clear text'],
  ['no URL', 'context add new --server new:2634', {}, 'no server'],
  ['the name of this machine', 'context add local --server https://a', {}, 'this machine'],
  ['a name with blanks in it', 'context add a/b --server https://a', {}, 'letters, digits'],
])('%s is refused', async (_, line, fields, words) => {
  const { status, stderr, kept } = await run(line, NONE, fields)
  expect({ status, kept }).toEqual({ status: 1, kept: NONE })
  expect(stderr).toContain(words)
})

test('a name that is taken is refused, and with --replace it gets the new one', async () => {
  const line = 'context add lab --server https://other'
  expect(await run(line, USED)).toMatchObject({
    status: 1,
    kept: USED,
    stderr: expect.stringContaining('--replace'),
  })
  const { status, kept } = await run(`${line} --replace`, USED)
  expect([status, kept.current, kept.contexts.get('lab')?.server]).toEqual([0, 'lab', 'https://other'])
})

test('list tells all but the tokens, this machine first', async () => {
  const { stdout } = await run('context list -l USED,NAME,SERVER', USED)
  expect(stdout).toBe(`USED NAME             SERVER
     local            this machine
*    lab              https://lab:2634
`)
  const { stdout: json } = await run('context list -j', USED)
  expect(JSON.parse(json)[1]).toEqual({
    name: 'lab',
    server: 'https://lab:2634',
    fingerprint: PIN,
    current: true,
  })
})

test('use sends commands there, and local back here', async () => {
  const there = await run('context use lab', ONE)
  expect([there.kept.current, there.stdout]).toEqual(['lab', 'commands go to lab\n'])
  const back = await run('context use local', USED)
  expect([back.kept.current, back.stdout]).toEqual([null, 'commands go to this machine\n'])
})

test('use says so where a variable sends commands elsewhere', async () => {
  const chosen = () => ({ choice: 'BERTH_DB', server: null, context: null }) as const
  const { stdout } = await run('context use lab', ONE, { chosen })
  expect(stdout).toContain('BERTH_DB is set')
})

test('show tells where commands go and why', async () => {
  const { stdout } = await run('context show', USED)
  expect(stdout).toContain('SERVER                : https://lab:2634')
  expect(stdout).toContain('COMMANDS GO THERE     : yes: `berth context use`')
  expect((await run('context show lab', ONE)).stdout).toContain('COMMANDS GO THERE     : no')
})

test('show names a server without a context by its address', async () => {
  const chosen = () => ({ choice: 'BERTH_SERVER', server: 'https://s:2634', context: null }) as const
  const { stdout } = await run('context show -j', USED, { chosen })
  expect(JSON.parse(stdout)).toMatchObject({ name: 'https://s:2634', because: 'the variable BERTH_SERVER' })
})

test('delete forgets it, and commands come back here', async () => {
  const { kept, stdout } = await run('context delete lab', USED)
  expect([kept, stdout]).toEqual([NONE, 'commands go to this machine from now on\n'])
})

test.each(['context use x', 'context show x', 'context delete x'])('%s: there is none', async (line) => {
  const { status, stderr } = await run(line, USED)
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'berth: there is no context x; there are: lab, local\n',
  })
})
