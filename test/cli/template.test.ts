/** `berth template`. */
import { expect, test } from 'vitest'
import { CREATE_TEMPLATE } from '../../src/api/schemas.ts'
import { LONGEST_TEMPLATE } from '../../src/cli/template/file.ts'
import { berth, refuse } from './berth.ts'
import { templateView, vmView } from './documents.ts'

const CHECK = {
  valid: true,
  hosts: 3,
  ever: 2,
  now: 1,
  reasons: [
    { host: 2, hostName: 'kvm-c', code: 'no-such-device', message: 'none of its devices fits' },
    { host: 1, hostName: 'kvm-b', code: 'not-enough-free', message: '0 of 1 free' },
  ],
}

test.each([
  ['a file', 'gpu.template', { 'gpu.template': 'CPU=1' }, 'POST /v1/templates/check', { text: 'CPU=1' }],
  ['standard input', '-', { '-': 'CPU=1' }, 'POST /v1/templates/check', { text: 'CPU=1' }],
  ['a stored one by name', 'gpu', {}, 'GET /v1/templates/gpu/check', undefined],
  [
    'a stored one by id, a file of that name or not',
    '3',
    { '3': 'x' },
    'GET /v1/templates/3/check',
    undefined,
  ],
  [
    'a file first, where a name is both',
    'gpu',
    { gpu: 'CPU=1' },
    'POST /v1/templates/check',
    { text: 'CPU=1' },
  ],
])('template check takes %s', async (_, word, files, route, body) => {
  const { status, stdout, calls } = await berth(['template', 'check', word], { [route]: CHECK }, {}, files)
  expect(status).toBe(0)
  expect(calls).toEqual([{ method: route.split(' ')[0], path: route.split(' ')[1], body }])
  expect(stdout).toBe(`TEMPLATE CHECK
TEMPLATE              : valid
HOSTS                 : 3
COULD EVER TAKE IT    : 2
COULD TAKE IT NOW     : 1

WHY NOT NOW

HOST NAME         REASON             MESSAGE
   1 kvm-b        not-enough-free    0 of 1 free
   2 kvm-c        no-such-device     none of its devices fits
`)
})

const FIT = {
  ...{ count: 12, more: false, limit: 1000, afterWaiting: false },
  hosts: [
    { host: 1, hostName: 'kvm-a', count: 4 },
    { host: 3, hostName: 'kvm-c', count: 8 },
  ],
  reasons: [
    { host: 1, hostName: 'kvm-a', code: 'not-enough-free', message: '0 of 4 free' },
    { host: 2, hostName: 'kvm-b', code: 'no-such-device', message: 'none of its devices fits' },
    { host: 3, hostName: 'kvm-c', code: 'not-enough-free', message: '0 of 8 free' },
  ],
}

test('template fit tells how many more fit, where, and why not one more', async () => {
  const { status, stdout } = await berth(['template', 'fit', 'gpu'], { 'GET /v1/templates/gpu/fit': FIT })
  expect(status).toBe(0)
  expect(stdout).toBe(`12 more fit now, on 2 of 3 hosts

HOST NAME         COUNT
   1 kvm-a            4
   3 kvm-c            8

WHY NOT ONE MORE

HOST NAME         REASON             MESSAGE
   1 kvm-a        not-enough-free    0 of 4 free
   2 kvm-b        no-such-device     none of its devices fits
   3 kvm-c        not-enough-free    0 of 8 free
`)
})

test.each([
  [{ count: 1, hosts: FIT.hosts.slice(0, 1) }, '1 more fits now, on 1 of 3 hosts'],
  [{ count: 0, hosts: [] }, 'no more fit now, on 3 hosts'],
  [{ count: 0, hosts: [], reasons: [] }, 'no more fit now, on 0 hosts'],
  [{ afterWaiting: true }, '12 more fit after those that wait, on 2 of 3 hosts'],
  [{ more: true, reasons: [] }, 'more than 12 fit now; so many would be on 2 hosts'],
])('template fit in one sentence: %j', async (facts, sentence) => {
  const { stdout } = await berth(['template', 'fit', 'gpu'], {
    'GET /v1/templates/gpu/fit': { ...FIT, ...facts },
  })
  expect(stdout.split('\n')[0]).toBe(sentence)
})

test.each([
  ['a file', 'f', 'POST /v1/templates/fit', { text: 'CPU=1', limit: 5, afterWaiting: true }],
  ['a stored one', 'gpu', 'GET /v1/templates/gpu/fit?limit=5&afterWaiting=true', undefined],
])('template fit asks of %s what it was told to, and prints every document', async (_, word, route, body) => {
  const [method = '', path = ''] = route.split(' ')
  const words = ['template', 'fit', word, '--limit', '5', '--after-waiting']
  const run = (...more: string[]) => berth([...words, ...more], { [route]: FIT }, {}, { f: 'CPU=1' })
  const { stdout, calls } = await run('-j')
  expect(calls).toEqual([{ method, path, body }])
  expect(JSON.parse(stdout)).toEqual(FIT)
  expect((await run('-y')).stdout).toContain('count: 12')
  expect((await run('-x')).stdout).toContain('<COUNT>12</COUNT>')
})

test.each([
  ['0', 'at least 1'],
  ['10001', '10000 at most'],
  ['many', 'whole number'],
])('template fit refuses --limit %s before anything is asked', async (limit, words) => {
  const { status, stderr, calls } = await berth(['template', 'fit', 'gpu', '--limit', limit])
  expect({ status, calls }).toEqual({ status: 2, calls: [] })
  expect(stderr).toContain(words)
})

test('template check of a path that is not there names it', async () => {
  const { status, stderr, calls } = await berth(['template', 'check', './gone'])
  expect({ status, calls }).toEqual({ status: 1, calls: [] })
  expect(stderr).toContain('there is no file ./gone')
})

test.each([
  ['vm create', 'POST /v1/vms'],
  ['template create', 'POST /v1/templates'],
  ['template update gpu', 'PUT /v1/templates/gpu'],
  ['template check', 'POST /v1/templates/check'],
  ['template fit', 'POST /v1/templates/fit'],
])(
  '%s tells which file is wrong, and asks nothing of one that cannot be a template',
  async (command, route) => {
    const run = (text: string, answer: unknown = null) =>
      berth([...command.split(' '), 'f'], { [route]: answer }, {}, { f: text })
    const refusal = refuse(400, 'line 1, column 5: expected', 'template-syntax')
    expect(await run('A = [', refusal)).toMatchObject({
      status: 1,
      stderr: 'berth: f: line 1, column 5: expected\n',
    })
    expect(await run(' \n')).toMatchObject({
      status: 1,
      calls: [],
      stderr: 'berth: f is empty: it is no template\n',
    })
    expect(await run('#'.repeat(300_000))).toMatchObject({
      status: 1,
      calls: [],
      stderr: 'berth: f has 300000 characters: a template has 262144 at most\n',
    })
  },
)

test('a file may be as long as the API takes it', () => {
  expect(CREATE_TEMPLATE.properties).toMatchObject({ text: { maxLength: LONGEST_TEMPLATE } })
})

test('template create prints the id', async () => {
  const answers = { 'POST /v1/templates': templateView() }
  const outcome = await berth(['template', 'create', 'f', '--name', 'gpu'], answers, {}, { f: 'CPU=1' })
  expect(outcome.stdout).toBe('ID: 3\n')
  expect(outcome.calls[0]?.body).toEqual({ text: 'CPU=1', name: 'gpu' })
})

test.each([
  [[], { text: 'CPU=1' }],
  [['--name', 'training'], { text: 'CPU=1', name: 'training' }],
])('template update %j replaces the text, silently', async (options, body) => {
  const answers = { 'PUT /v1/templates/gpu': templateView() }
  const outcome = await berth(['template', 'update', 'gpu', 'f', ...options], answers, {}, { f: 'CPU=1' })
  expect(outcome).toMatchObject({ status: 0, stdout: '' })
  expect(outcome.calls).toEqual([{ method: 'PUT', path: '/v1/templates/gpu', body }])
})

test('template instantiate prints the id of every VM', async () => {
  const answers = { 'POST /v1/templates/gpu/instantiate': [vmView({ id: 7 }), vmView({ id: 8 })] }
  const outcome = await berth(['template', 'instantiate', 'gpu', '--count', '2', '--hold'], answers)
  expect(outcome.stdout).toBe('VM ID: 7\nVM ID: 8\n')
  expect(outcome.calls[0]?.body).toEqual({ count: 2, hold: true })
})

test('template show prints the text as it was given', async () => {
  const { stdout } = await berth(['template', 'show', 'gpu'], { 'GET /v1/templates/gpu': templateView() })
  expect(stdout).toMatch(/\n\nTEMPLATE CONTENTS\nCPU = 4\n$/)
})

test('template list and delete', async () => {
  const list = await berth(['template', 'list'], { 'GET /v1/templates': [templateView()] })
  expect(list.stdout).toMatch(/\n +3 gpu +2026-11-21 01:00:00Z\n$/)
  const gone = await berth(['template', 'delete', '3'], { 'DELETE /v1/templates/3': null })
  expect(gone).toMatchObject({ status: 0, stdout: '' })
})
