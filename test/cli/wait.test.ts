/** `--wait`: steps as they happen, and the exit status that says where it ended. */
import { describe, expect, test } from 'vitest'
import type { VmState } from '../../src/model/vm.ts'
import type { VmView } from '../../src/view/documents.ts'
import { berth, refuse } from './berth.ts'
import { vmView } from './documents.ts'

const step = (what: string) => ({ at: '2026-11-21T01:00:01.000Z', what })
const OLD = step('deploy: long ago')

interface Watched {
  readonly flags?: readonly string[]
  readonly stderrIsTty?: boolean
  /** How often the clock ticks before Ctrl-C. */
  readonly ticks?: number
}

/** Each answer in turn to what is asked for; the last one stays. `work` answers the POST once `reads` GETs were answered. */
async function watch(
  command: string,
  post: string,
  posted: unknown,
  views: readonly unknown[],
  { flags = [], stderrIsTty = false, ticks = 1000 }: Watched = {},
) {
  let now = 0
  let left = ticks
  const asked: string[] = []
  const queue = [...views]
  const ended = await berth(
    [...command.split(' '), '--wait', ...flags],
    {},
    {
      stderrIsTty,
      columns: 60,
      now: () => now,
      pause: async (ms, sooner) => {
        await new Promise((resolve) => setImmediate(resolve))
        // Where something else ends it, no time goes by.
        if (sooner === undefined) now += ms
        return left-- > 0
      },
      request: async (method, path) => {
        asked.push(`${method} ${path}`)
        const answer = method === 'POST' ? posted : queue.length > 1 ? queue.shift() : queue[0]
        const [, wanted, seconds] = /\/wait\?for=(\w+)&timeout=([\d.]+)/.exec(path) ?? []
        if (wanted !== undefined) now += Math.min(Number(seconds) * 1000, 1000)
        if (method === 'POST') expect(path).toBe(post)
        if (answer instanceof Error) throw answer
        return typeof answer === 'object' && answer !== null && 'status' in answer && 'body' in answer
          ? (answer as { status: number; body: unknown })
          : { status: 200, body: wanted === undefined ? answer : { reached: false, for: wanted, vm: answer } }
      },
      readFile: async () => 'CPU = 1',
    },
  )
  return { ...ended, asked }
}

const at = (state: VmState, fields: Partial<VmView> = {}): VmView =>
  vmView({ state, ...(state === 'PENDING' && { host: null, hostName: null }), ...fields })

test('vm create --wait tells the id at once, each step, and where it runs', async () => {
  const { status, stdout, stderr } = await watch('vm create f', '/v1/vms', at('PENDING'), [
    at('PENDING'),
    at('BOOT', { history: [step('deploy: define'), step('deploy: create')] }),
    at('BOOT', { history: [step('deploy: define'), step('deploy: create')] }),
    at('RUNNING', { history: [step('deploy: define'), step('deploy: create'), step('runs')] }),
  ])
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'ID: 5\nVM 5 (train-1): RUNNING on kvm-a\n' })
  expect(stderr).toBe(`VM 5 (train-1): PENDING
VM 5 (train-1): deploy: define
VM 5 (train-1): deploy: create
VM 5 (train-1): BOOT on kvm-a
VM 5 (train-1): runs
`)
})

test('what happened before it was asked for is no news', async () => {
  const { stderr } = await watch('vm start 5', '/v1/vms/5/start', at('PENDING', { history: [OLD] }), [
    at('POWEROFF', { history: [OLD] }),
    at('RUNNING', { history: [OLD, step('runs')] }),
  ])
  expect(stderr).toBe('VM 5 (train-1): PENDING\nVM 5 (train-1): runs\n')
})

test('on a terminal one line changes, is never wider, and is gone in the end', async () => {
  const long = 'deploy: '.padEnd(200, 'x')
  const { stderr } = await watch(
    'vm start 5',
    '/v1/vms/5/start',
    at('PENDING'),
    [at('POWEROFF'), at('BOOT', { history: [step(long)] }), at('RUNNING')],
    { stderrIsTty: true },
  )
  const lines = stderr.split('\r\u001b[K')
  expect(lines[1]).toBe('VM 5 (train-1): PENDING (0 s)')
  expect(lines[2]).toMatch(/^VM 5 \(train-1\): BOOT on kvm-a: deploy: x+$/)
  for (const line of lines) expect(line.length).toBeLessThan(60)
  expect(lines.at(-1)).toBe('')
  expect(stderr).not.toContain('\n')
})

test('a name steers no terminal', async () => {
  const name = 'a\u001b[2J\r\nb'
  for (const stderrIsTty of [true, false]) {
    const views = [at('POWEROFF', { name }), at('RUNNING', { name, history: [step('x\u001b]0;y')] })]
    const { stdout, stderr } = await watch('vm start 5', '/v1/vms/5/start', at('PENDING', { name }), views, {
      stderrIsTty,
    })
    expect(`${stdout}${stderr}`.replaceAll('\r\u001b[K', '')).not.toMatch(/(?!\n)\p{Cc}/u)
  }
})

describe('where it ends', () => {
  test.each([
    ['start', 'RUNNING', 0],
    ['start', 'BOOT_FAILURE', 1],
    ['start', 'POWEROFF', 1],
    ['start', 'DONE', 1],
    ['stop', 'POWEROFF', 0],
    ['stop', 'RUNNING', 1],
    ['stop', 'DONE', 1],
    ['terminate', 'DONE', 0],
    ['terminate', 'POWEROFF', 1],
    ['deploy', 'RUNNING', 0],
    ['deploy', 'PENDING', 1],
  ] as const)('vm %s --wait that ends as %s exits with %i', async (verb, state, expected) => {
    const command = verb === 'deploy' ? 'vm deploy 5 kvm-a' : `vm ${verb} 5`
    const way = verb === 'start' || verb === 'deploy' ? 'BOOT' : 'SHUTDOWN'
    const { status, stdout, stderr } = await watch(command, `/v1/vms/5/${verb}`, at(way), [
      at('UNKNOWN'),
      at(way),
      at(state, { message: 'the reason' }),
    ])
    expect(status).toBe(expected)
    expect(stdout === '').toBe(expected === 1)
    if (expected === 1) expect(stderr).toMatch(new RegExp(`berth: VM 5 .*${state}.*: the reason\\n$`))
  })

  test('a stop that waits for a device to be plugged in is on the way', async () => {
    const { status } = await watch('vm stop 5', '/v1/vms/5/stop', at('RUNNING', { moving: 'attach' }), [
      at('RUNNING', { moving: 'attach' }),
      at('RUNNING', { moving: 'attach' }),
      at('SHUTDOWN'),
      at('POWEROFF'),
    ])
    expect(status).toBe(0)
  })
})

const DEVICE = {
  address: '0000:3b:00.0',
  role: 'passed',
  request: 0,
  type: '10de:20b0:0302',
  name: null,
  state: 'claimed',
} as const
const MORE = { ...DEVICE, address: '0000:3b:00.1', request: 1 }

test.each([
  ['attach-pci', 'attach', [DEVICE, MORE], [DEVICE, MORE], 0],
  ['attach-pci', 'attach', [DEVICE, MORE], [DEVICE], 1],
  ['detach-pci', 'detach', [DEVICE, MORE], [DEVICE], 0],
  ['detach-pci', 'detach', [DEVICE, MORE], [DEVICE, MORE], 1],
] as const)(
  'vm %s --wait is judged by what the VM has then',
  async (verb, moving, before, after, expected) => {
    const what = verb === 'attach-pci' ? '--class 0302' : '3b:00.1'
    const { status } = await watch(
      `vm ${verb} 5 ${what}`,
      `/v1/vms/5/${verb}`,
      at('RUNNING', { moving, devices: before }),
      [
        at('RUNNING'),
        at('RUNNING', { moving, devices: before }),
        at('RUNNING', { moving: null, devices: after, message: 'why' }),
      ],
    )
    expect(status).toBe(expected)
  },
)

test('a template that changed at once is done', async () => {
  const poff = at('POWEROFF', { host: null, hostName: null })
  const { status, stdout } = await watch('vm attach-pci 5 --class 0302', '/v1/vms/5/attach-pci', poff, [poff])
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'VM 5 (train-1) its template is changed\n' })
})

test('--timeout ends the waiting, says where it stands, and needs no --wait', async () => {
  const { status, stderr } = await watch(
    'vm start 5',
    '/v1/vms/5/start',
    at('PENDING'),
    [at('POWEROFF'), at('PENDING', { message: 'no host can take it' })],
    { flags: ['--timeout', '3'] },
  )
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /berth: not yet RUNNING after 3 s, and it goes on: VM 5 \(train-1\): PENDING: no host can take it\n$/,
  )
})

test('Ctrl-C ends the waiting', async () => {
  const views = [at('POWEROFF'), at('PENDING')]
  const { status, stderr } = await watch('vm start 5', '/v1/vms/5/start', at('PENDING'), views, { ticks: 3 })
  expect([status, stderr]).toEqual([1, expect.stringContaining('interrupted; what was begun goes on')])
})

test('a server that restarts meanwhile, or asks to slow down, is asked again', async () => {
  const { status, stderr } = await watch('vm start 5', '/v1/vms/5/start', at('PENDING'), [
    at('POWEROFF'),
    refuse(503, 'starting'),
    refuse(429, 'too many'),
    at('RUNNING'),
  ])
  expect(status).toBe(0)
  expect(stderr).toContain('starting; asked again\ntoo many; asked again\n')
})

test('it keeps to what the server says of when to ask again', async () => {
  const pauses: number[] = []
  const answers = [
    { ...refuse(429, 'too many'), retryAfter: 17 },
    { ...refuse(503, 'too many wait'), retryAfter: 5 },
    { status: 200, body: { reached: true, for: 'RUNNING', vm: at('RUNNING') } },
  ]
  const { status } = await berth(
    ['vm', 'wait', '5', '--for', 'running'],
    {},
    {
      pause: async (ms, sooner) => {
        if (sooner === undefined) pauses.push(ms)
        return true
      },
      request: async (_, path) =>
        (path.includes('/wait?') ? answers.shift() : null) ?? { status: 200, body: at('PENDING') },
    },
  )
  expect([status, pauses]).toEqual([0, [17_000, 5000]])
})

test('a refusal of the change itself is told, and nothing is waited for', async () => {
  const refusal = refuse(409, 'VM 5 is RUNNING')
  const { status, stderr, asked } = await watch('vm start 5', '/v1/vms/5/start', refusal, [at('RUNNING')])
  expect({ status, stderr, asked }).toEqual({
    status: 1,
    stderr: 'berth: VM 5 is RUNNING\n',
    asked: ['GET /v1/vms/5', 'POST /v1/vms/5/start'],
  })
})

test('with --json there is one document, the VM as it is in the end, also where it ended otherwise', async () => {
  const views = [at('PENDING'), at('BOOT_FAILURE', { message: 'no slot' })]
  const { status, stdout } = await watch('vm create f', '/v1/vms', at('PENDING'), views, { flags: ['-j'] })
  expect([status, JSON.parse(stdout)]).toMatchObject([1, { state: 'BOOT_FAILURE' }])
})

test('several VMs are waited for one after another, and one failure is a failure', async () => {
  const two = [at('PENDING', { id: 5 }), at('PENDING', { id: 6, name: 'b' })]
  const { status, stdout } = await watch(
    'template instantiate gpu --count 2',
    '/v1/templates/gpu/instantiate',
    two,
    [at('BOOT_FAILURE', { id: 5 }), at('RUNNING', { id: 6, name: 'b' })],
  )
  expect({ status, stdout }).toEqual({
    status: 1,
    stdout: 'VM ID: 5\nVM ID: 6\nVM 6 (b): RUNNING on kvm-a\n',
  })
})

test('steps of a request that takes its time are shown before it is answered', async () => {
  let answer = (_: { status: number; body: unknown }): void => {}
  let reads = 0
  const { status, stderr } = await berth(
    ['vm', 'stop', '5', '--wait'],
    {},
    {
      pause: async (_ms, sooner) => {
        await new Promise((resolve) => setImmediate(resolve))
        return !sooner?.aborted || true
      },
      request: (method, path) => {
        if (method === 'POST')
          return new Promise((resolve) => {
            answer = resolve
          })
        if (++reads === 3)
          answer({ status: 200, body: at('POWEROFF', { history: [step('guest asked'), step('gone')] }) })
        const vm = at('SHUTDOWN', { history: reads > 1 ? [step('guest asked')] : [] })
        const body = path.includes('/wait?') ? { reached: false, for: 'DONE', vm } : vm
        return Promise.resolve({ status: 200, body })
      },
    },
  )
  expect(status).toBe(0)
  expect(stderr.split('\n').slice(0, 1)).toEqual(['VM 5 (train-1): guest asked'])
})

test.each([
  ['vm create f --hold --wait', 'a VM that is held'],
  ['vm create f --hold --timeout 5', 'also with a time-out'],
  ['vm start 5 --timeout soon', 'a time that is none'],
])('%s is wrong usage: %s', async (line) => {
  expect((await berth(line.split(' '))).status).toBe(2)
})
