/** The shipped command and a server elsewhere: contexts, trust, tokens, refusals at the door, and nothing done here meanwhile. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { FINGERPRINT } from '../client/certificate.ts'
import { type Door, openDoor, TOKEN } from './door.ts'
import { type Served, startServed } from './served.ts'
import { PROGRAM, berth as shipped } from './shipped.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

/** The program that ships; and what stands for one that is slow, or refuses what it cannot be brought to refuse. */
let served: Served
let token: string
let door: Door
let folder: string

beforeAll(async () => {
  served = await startServed()
  token = await served.token('ops', 'operator')
  door = await openDoor()
})
afterAll(async () => {
  await served.remove()
  await door.close()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-elsewhere-'))
  door.requests.length = 0
  door.instead = () => null
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Of the one who runs the tests only where programs are. */
const surroundings = (env: Record<string, string> = {}) => ({
  cwd: folder,
  env: { PATH: process.env.PATH, XDG_CONFIG_HOME: folder, ...env },
  extendEnv: false,
  reject: false as const,
})

async function berth(line: string, { input = '', ...env }: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [PROGRAM, ...line.split(' ')], {
    ...surroundings(env),
    input,
  })
  return { status: exitCode, stdout, stderr }
}

const addLab = () =>
  berth(`context add lab --server ${door.url} --fingerprint ${FINGERPRINT}`, { input: `${TOKEN}\n` })
const addServed = (secret: string, name = 'lab') =>
  berth(`context add ${name} --server ${served.url} --fingerprint ${served.fingerprint}`, {
    input: `${secret}\n`,
  })

test('a context is added, used, and every command goes there; nothing is made here', async () => {
  expect(await addServed(token)).toMatchObject({ status: 0, stderr: '' })
  const file = join(folder, 'berth', 'contexts.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(file, 'utf8')).contexts.lab.token).toBe(token)
  expect((await berth('context use lab')).stdout).toBe('commands go to lab\n'.trim())

  expect((await berth('host add sim --driver simulator --machine sim-nic')).stdout).toBe('ID: 1')
  const { stdout } = await berth('host list -l NAME,DRIVER --no-header')
  expect(stdout.trim()).toMatch(/^sim +SIMULATED$/)
  expect(readdirSync(folder)).toEqual(['berth'])

  const here = await berth('host list --context local --no-header')
  expect(here).toEqual({ status: 0, stdout: '', stderr: '' })
  expect((await shipped(served.folder, 'host', 'list', '-l', 'NAME', '--no-header')).stdout).toBe('sim')
})

test('a server without a context: its address, its fingerprint, the token from the environment or a file', async () => {
  const server = `--server ${served.url} --fingerprint ${served.fingerprint}`
  expect(await berth(`template list ${server}`, { BERTH_TOKEN: token })).toMatchObject({ status: 0 })
  writeFileSync(join(folder, 'token'), `${token}\n`, { mode: 0o600 })
  expect(await berth(`template list ${server} --token-file token`)).toMatchObject({ status: 0 })
  chmodSync(join(folder, 'token'), 0o644)
  const { status, stderr } = await berth(`template list ${server} --token-file token`)
  expect([status, stderr]).toEqual([1, expect.stringContaining('chmod 600 token')])
})

test('a certificate that nobody vouches for: where nobody can be asked it is refused with its fingerprint, and nothing is sent', async () => {
  const { status, stderr } = await berth(`context add lab --server ${door.url}`, { input: TOKEN })
  expect(status).toBe(1)
  expect(stderr).toContain(`--fingerprint ${FINGERPRINT}`)
  expect(door.requests).toEqual([])
})

test('another certificate than the pinned one: no byte of the request, and the context is named', async () => {
  const other = 'ab'.repeat(32)
  const { status, stderr } = await berth(`vm list --server ${door.url} --fingerprint ${other}`, {
    BERTH_TOKEN: TOKEN,
  })
  expect([status, stderr]).toEqual([1, expect.stringContaining('another certificate')])
  expect(door.requests).toEqual([])
})

test.each([
  [
    'too much at once',
    { status: 413, body: { code: 'body-too-large', detail: 'Request body is too large' } },
    'Request body is too large; what was sent is larger',
  ],
  [
    'too many requests',
    { status: 429, body: { code: 'too-many', detail: 'too many' }, headers: { 'retry-after': '17' } },
    'try again in 17 s',
  ],
  [
    'a proxy that has no problem document',
    { status: 502, body: 'bad gateway' },
    'the API answered with status 502',
  ],
])('%s is told with what to do, and where', async (_, instead, words) => {
  await addLab()
  door.instead = () => instead
  const { status, stdout, stderr } = await berth('vm list --context lab')
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toContain(words)
  expect(stderr).toMatch(/\(context lab\)$/)
})

test('a wrong token and a role that may not are told with what to do, and where', async () => {
  await addServed(await served.token('looker', 'viewer'))
  const refused = await berth('host disable sim --context lab')
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/has the role viewer, and this takes the role operator.*\(context lab\)$/),
  ])
  writeFileSync(join(folder, 'wrong'), `berth_u_${'x'.repeat(43)}`, { mode: 0o600 })
  const wrong = await berth('vm list --context lab --token-file wrong')
  expect([wrong.status, wrong.stderr]).toEqual([
    1,
    expect.stringMatching(/this token is not known.*; the token is wrong, has expired.*\(context lab\)$/),
  ])
})

test('a server that is away', async () => {
  const { status, stderr } = await berth('vm list --server https://127.0.0.1:1', { BERTH_TOKEN: TOKEN })
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^berth: https:\/\/127.0.0.1:1 does not answer: /),
  ])
})

test('a file of contexts that others may read is not used', async () => {
  await addLab()
  chmodSync(join(folder, 'berth', 'contexts.json'), 0o644)
  const { status, stderr } = await berth('vm list')
  expect([status, stderr]).toEqual([1, expect.stringMatching(/mode 0644.*chmod 600/)])
})

test('Ctrl-C ends a command that waits for its server, and says what may go on there', async () => {
  await addLab()
  const asked = new Promise<void>((resolve) => {
    door.instead = () => {
      resolve()
      return new Promise(() => {})
    }
  })
  const child = execa(process.execPath, [PROGRAM, 'schedule', '--once', '--context', 'lab'], surroundings())
  await asked
  child.kill('SIGINT')
  const { signal, stderr } = await child
  expect([signal, stderr]).toEqual([
    'SIGINT',
    'berth: interrupted; what it was asked to do may go on there (context lab)',
  ])
})

test('-d ends with Ctrl-C, and that is no failure', async () => {
  const child = execa(process.execPath, [PROGRAM, 'vm', 'list', '-d', '60'], surroundings())
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.kill('SIGINT')
  expect(await child).toMatchObject({ exitCode: 0, stderr: '' })
})

/** `script` gives the command a terminal; what is typed is sent when its question is there. */
test.skipIf(!existsSync('/usr/bin/script'))(
  'at a terminal the fingerprint is shown and asked about, and the token is typed unseen',
  async () => {
    const line = `${process.execPath} ${PROGRAM} context add lab --server ${served.url}`
    const child = execa('/usr/bin/script', ['-qec', line, '/dev/null'], { ...surroundings(), all: true })
    let seen = ''
    const answers = new Map([
      ['(yes/no)?', 'yes'],
      ['Token for', token],
    ])
    child.all?.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
      for (const [question, answer] of answers)
        if (seen.includes(question) && answers.delete(question)) child.stdin?.write(`${answer}\r`)
    })
    const { exitCode } = await child
    expect(seen).toContain(`SHA-256 ${served.fingerprint}`)
    expect(seen).not.toContain(token)
    expect(exitCode).toBe(0)
    const { contexts } = JSON.parse(readFileSync(join(folder, 'berth', 'contexts.json'), 'utf8'))
    expect(contexts.lab).toEqual({ server: served.url, fingerprint: served.fingerprint, token })
  },
)
