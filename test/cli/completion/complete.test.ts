/** What `berth __complete` offers: commands, options, values, and names that it asks for. */
import { expect, test } from 'vitest'
import { completionWords, shellWords } from '../../../src/cli/completion/line.ts'
import { GROUPS, isPassedOn } from '../../../src/cli/groups.ts'
import { berth } from '../berth.ts'
import { contextPorts } from '../context-ports.ts'
import { deviceView, hostSummary, templateView, vmSummary, vmView } from '../documents.ts'

const ANSWERS = {
  'GET /v1/hosts': [hostSummary(), hostSummary({ id: 1, name: 'kvm-b' })],
  'GET /v1/vms': [
    vmSummary(),
    vmSummary({ id: 6, name: 'twin' }),
    vmSummary({ id: 7, name: 'twin' }),
    vmSummary({ id: 8, name: '-rf' }),
    vmSummary({ id: 9, name: 'a\u001b[2J' }),
    vmSummary({ id: 10, name: '12' }),
    vmSummary({ id: 11, name: 'two words' }),
  ],
  'GET /v1/templates': [templateView()],
  'GET /v1/devices?host=kvm-a': [
    deviceView('3b:00.0'),
    deviceView('10000:e1:00.0'),
    deviceView('3c:00.0', { offered: false }),
  ],
  'GET /v1/vms/train-1': vmView({
    devices: [
      { address: '0000:3b:00.0', role: 'passed', request: 0, type: '', name: null, state: 'attached' },
    ],
  }),
}
const contexts = contextPorts({
  read: () => ({
    current: null,
    contexts: new Map([['lab', { server: 'https://lab', fingerprint: null, token: 't' }]]),
  }),
})
// What waits for the answer is there first, as on any machine.
const pause = (_ms: number, sooner?: AbortSignal) =>
  new Promise<boolean>((resolve) => sooner?.addEventListener('abort', () => resolve(true)))

async function offered(...words: readonly string[]) {
  const { status, stdout, stderr } = await berth(['__complete', ...words], ANSWERS, { contexts, pause })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const [kind, ...lines] = stdout.trimEnd().split('\n')
  return kind === 'files' ? 'files' : lines.map((line) => line.split('\t')[0])
}

test.each([
  [['vm', 'sh'], ['show']],
  [['d'], ['device', 'drift', 'doctor', 'db', 'demo']],
  [['--db', 'x.db', 'vm', 'sh'], ['show']],
  [
    ['context', 'use', ''],
    ['local', 'lab'],
  ],
  [
    ['--context', ''],
    ['local', 'lab'],
  ],
  [['--context=l'], ['--context=local', '--context=lab']],
  [['vm', 'list', '--context', 'la'], ['lab']],
  [
    ['vm', 'show', ''],
    ['train-1', '6', '7', '8', '9', '10', 'two words'],
  ],
  [['vm', 'show', 'tr'], ['train-1']],
  [['vm', 'show', '--json', 'tr'], ['train-1']],
  [['vm', 'stop', '--grace', '5', 'tr'], ['train-1']],
  [['vm', 'stop', '--grace', ''], []],
  [
    ['vm', 'deploy', 'train-1', ''],
    ['kvm-a', 'kvm-b'],
  ],
  [['vm', 'deploy', 'train-1', 'kvm-a', ''], []],
  [['vm', 'detach-pci', 'train-1', ''], ['3b:00.0']],
  [
    ['device', 'show', 'kvm-a', ''],
    ['3b:00.0', '10000:e1:00.0'],
  ],
  [['device', 'show', 'kvm-a', '3b:0'], ['3b:00.0']],
  [
    ['device', 'list', '--host', ''],
    ['kvm-a', 'kvm-b'],
  ],
  [['device', 'list', '--host=kvm-b'], ['--host=kvm-b']],
  [
    ['vm', 'list', '-l', 'ST'],
    ['STAT', 'STATE'],
  ],
  [
    ['vm', 'list', '-l', 'ID,ST'],
    ['ID,STAT', 'ID,STATE'],
  ],
  [['vm', 'list', '--op'], ['--operator']],
  [
    ['vm', 'list', '--operator', ''],
    ['AND', 'OR'],
  ],
  [
    ['host', 'add', 'x', '--driver', ''],
    ['libvirt', 'simulator'],
  ],
  [['host', 'add', ''], []],
  [['template', 'instantiate', ''], ['gpu']],
  [['template', 'check', 'g'], ['gpu']],
  [['template', 'check', 'x'], 'files'],
  [['vm', 'create', ''], 'files'],
  [['--token-file', ''], 'files'],
  [['doctor', '--root', ''], 'files'],
  [
    ['probe', ''],
    ['pci', 'usb', 'usage', 'capacity', 'host'],
  ],
  [['probe', 'pci', ''], 'files'],
  [['plan', ''], 'files'],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['schema', 'vm'], []],
  [['fly', ''], []],
  [['vm', 'fly', ''], []],
])('after %j comes %j', async (words, expected) => {
  const found = await offered(...words)
  if (words.join(' ') === 'vm fly ') return expect(found).toContain('show')
  expect(found).toEqual(expected)
})

test('options are told with the global ones, once each', async () => {
  const found = await offered('vm', 'list', '-')
  expect(found).toEqual(expect.arrayContaining(['--all', '--list', '--csv', '--db', '--context', '--help']))
  expect(new Set(found).size).toBe(found.length)
})

test('what fails, or takes too long, completes nothing and says nothing', async () => {
  expect((await berth(['__complete', 'vm', 'show', ''], {})).stdout).toBe('words\n')
  const never = await berth(
    ['__complete', 'vm', 'show', ''],
    {},
    { request: () => new Promise(() => {}), pause: async () => true },
  )
  expect(never).toMatchObject({ status: 0, stdout: 'words\n', stderr: '' })
})

test.each([
  ['berth vm show 3b:0', ['vm', 'show', '3b:0']],
  ['berth vm show ', ['vm', 'show', '']],
  ["berth vm  show 'two wor", ['vm', 'show', 'two wor']],
  ['berth vm show "a\\"b" c', ['vm', 'show', 'a"b', 'c']],
  ['berth vm show two\\ wor', ['vm', 'show', 'two wor']],
  ['berth --context=l', ['--context=l']],
  ['berth', []],
])('the line %j has the words %j', (line, words) => {
  expect(shellWords(line).slice(1)).toEqual(words)
  expect(completionWords(['__complete', '--line', line])).toEqual(['__complete', ...words])
})

test('so does opennebula', async () => {
  const { runOpenNebula } = await import('../../../src/opennebula/command.ts')
  let help = ''
  await runOpenNebula(['--help'], {
    stdout: (text) => {
      help += text
    },
    stderr: () => {},
    stdin: (async function* () {})(),
    environment: {},
    distFile: (name) => name,
    onStop: () => undefined,
  })
  const group = GROUPS.find(({ name }) => name === 'opennebula')
  const named = new Set([...help.matchAll(/berth opennebula ([a-z][a-z-]*)/g)].map((match) => match[1]))
  expect(group !== undefined && isPassedOn(group) && [...group.words].sort()).toEqual([...named].sort())
})

test('groups that read their own arguments name their own commands', async () => {
  const { runProbe } = await import('../../../probes/command.ts')
  let help = ''
  await runProbe(['--help'], {
    stdout: (text) => {
      help += text
    },
    stderr: () => {},
  })
  const probe = GROUPS.find((group) => group.name === 'probe')
  expect(probe !== undefined && isPassedOn(probe) && probe.words).toEqual(
    [...help.matchAll(/^ {2}berth probe ([a-z-]+)/gm)]
      .map((match) => match[1])
      .filter((word, at, all) => all.indexOf(word) === at),
  )
})
