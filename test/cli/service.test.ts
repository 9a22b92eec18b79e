/** `schedule`, `serve`, `db`, `schema`, `demo`, `probe`, `plan`, and what happens when things go wrong. */
import { expect, test, vi } from 'vitest'
import type { CliPorts } from '../../src/cli/ports.ts'
import { CommandFailed } from '../../src/model/errors.ts'
import { berth, refuse } from './berth.ts'

const CYCLE = { probed: [0, 1], failed: [], placed: [], waiting: [], ordersDone: 0, ordersFailed: 0 }

test('schedule --once tells what the cycle did', async () => {
  const cycle = {
    ...CYCLE,
    placed: [
      { vm: 5, host: 0, hostName: 'kvm-a', devices: ['0000:3b:00.0', '0000:3b:00.1'], usb: ['1-2'] },
      { vm: 6, host: 1, hostName: 'kvm-b', devices: [], usb: [] },
    ],
    waiting: [{ vm: 7, message: '0 of 1 free' }],
    ordersDone: 2,
  }
  const { status, stdout, stderr } = await berth(['schedule', '--once'], { 'POST /v1/schedule': cycle })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toBe(`VM 5 placed on kvm-a: 0000:3b:00.0, 0000:3b:00.1, USB 1-2
VM 6 placed on kvm-b: no PCI device
VM 7 waits: 0 of 1 free
2 hosts probed, 2 VMs placed, 1 waiting, 2 orders carried out
`)
})

const SILENT = [{ host: 1, message: 'no libvirt' }]

test.each([
  ['one silent host among others', 0, { failed: SILENT }, 'berth: host 1: no libvirt\n'],
  ['no host that could be probed', 1, { probed: [], failed: SILENT }, 'berth: host 1: no libvirt\n'],
  ['an order that failed', 1, { ordersFailed: 1 }, 'berth: 1 order failed: '],
])(
  'schedule --once tells of %s and exits %i, its document on standard output',
  async (_, status, part, told) => {
    const cycle = { ...CYCLE, ...part }
    const outcome = await berth(['schedule', '--once', '-j'], { 'POST /v1/schedule': cycle })
    expect(outcome.status).toBe(status)
    expect(JSON.parse(outcome.stdout)).toEqual(cycle)
    expect(outcome.stderr).toContain(told)
  },
)

const DATABASE: CliPorts['database'] = {
  migrate: async () => ({ location: '', schemaVersion: 1 }),
  check: async () => [],
  backup: async (file) => ({ location: 'berth.db', file, bytes: 4096, problems: [] }),
  copy: async (from, to) => ({ from, to, cluster: 'c', rows: {} }),
}

test.each([
  ['verified', [], 0, 'verified', ''],
  ['of another schema', null, 0, 'its pages verified; its schema is of another berth', ''],
  [
    'broken as the database is',
    [{ code: 'claim-of-missing-vm', message: 'claim without VM' }],
    1,
    "with 1 of the database's problems",
    'berth: claim without VM [claim-of-missing-vm]\n',
  ],
])(
  'db backup tells of a copy that is %s, and exits accordingly',
  async (_, problems, status, told, stderr) => {
    const asked: unknown[] = []
    const database: CliPorts['database'] = {
      ...DATABASE,
      backup: async (file, options) => {
        asked.push(file, options)
        return { location: 'berth.db', file, bytes: 4096, problems }
      },
    }
    expect(await berth(['db', 'backup', 'b.db', '--force'], {}, { database })).toMatchObject({
      ...{ status, stderr },
      stdout: `berth.db is copied to b.db: 4096 bytes, ${told}\n`,
    })
    expect(asked).toEqual(['b.db', { overwrite: true }])
  },
)

test('db copy says what was copied where, and takes no serve at work for granted', async () => {
  const asked: unknown[] = []
  const database: CliPorts['database'] = {
    ...DATABASE,
    copy: async (from, to, options) => {
      asked.push(options)
      return { from, to, cluster: 'c', rows: { hosts: 2, vms: 3 } }
    },
  }
  const { status, stdout } = await berth(['db', 'copy', 'a.db', 'b.db'], {}, { database })
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: 'a.db is copied to b.db: 5 rows in 2 tables, verified\n',
  })
  expect(asked).toEqual([{ served: false }])
})

test('db check prints problems on standard error and fails', async () => {
  const sound = await berth(['db', 'check'])
  expect(sound).toMatchObject({ status: 0, stdout: 'no problem found\n', stderr: '' })
  const problems = [{ code: 'claim-of-missing-vm', message: 'claim without VM' }]
  const database = { ...DATABASE, check: async () => problems }
  const broken = await berth(['db', 'check', '-j'], {}, { database })
  expect(broken).toMatchObject({ status: 1, stderr: 'berth: claim without VM [claim-of-missing-vm]\n' })
  expect(JSON.parse(broken.stdout)).toEqual({ problems })
})

test('db migrate says what it did', async () => {
  expect(await berth(['db', 'migrate'])).toMatchObject({ status: 0, stdout: 'berth.db is at schema 1\n' })
})

test('schema lists names, prints one, and refuses an unknown one', async () => {
  expect((await berth(['schema'])).stdout).toBe('berth.pci-inventory\nberth.host-report\n')
  expect(JSON.parse((await berth(['schema', 'berth.pci-inventory'])).stdout)).toEqual({
    title: 'berth.pci-inventory',
  })
  const unknown = await berth(['schema', 'x'])
  expect(unknown.status).toBe(1)
  expect(unknown.stderr).toBe(
    'berth: there is no schema x; there are: berth.pci-inventory, berth.host-report\n',
  )
})

test.each([['probe'], ['plan']] as const)(
  '%s reads its own arguments, and its exit status counts',
  async (name) => {
    const run = vi.fn(async () => 2)
    const argv = ['--db', 'x.db', name, 'pci', '--sysfs', '/tmp/x', '--help']
    expect((await berth(argv, {}, { [name]: run })).status).toBe(2)
    expect(run).toHaveBeenCalledWith(['pci', '--sysfs', '/tmp/x', '--help'])
  },
)

const PLAIN = {
  ...{ intervalSeconds: null, listen: null, tlsCert: null, tlsKey: null },
  ...{ tlsSelfSigned: false, logFormat: null },
}

test.each([
  ['serve', PLAIN],
  ['serve --interval 5', { ...PLAIN, intervalSeconds: 5 }],
  ['serve --listen none', { ...PLAIN, listen: 'none' }],
  ['serve --tls-cert c --tls-key k', { ...PLAIN, tlsCert: 'c', tlsKey: 'k' }],
  ['serve --tls-self-signed', { ...PLAIN, tlsSelfSigned: true }],
  ['serve --log-format json', { ...PLAIN, logFormat: 'json' }],
])('berth %s runs the loops', async (line, options) => {
  const serve = vi.fn(async () => 0)
  await berth(line.split(' '), {}, { serve })
  expect(serve).toHaveBeenCalledWith(options)
})

test.each([
  ['demo --directory /tmp/d', { directory: '/tmp/d', serve: false, listen: null }],
  ['demo --serve', { directory: null, serve: true, listen: null }],
  ['demo --serve --listen 127.0.0.1:1', { directory: null, serve: true, listen: '127.0.0.1:1' }],
])('%s hands its options and its exit status on', async (line, options) => {
  const demo = vi.fn(async () => 1)
  expect((await berth(line.split(' '), {}, { demo })).status).toBe(1)
  expect(demo).toHaveBeenCalledWith(options)
})

test('demo that is not served listens nowhere', async () => {
  const demo = vi.fn(async () => 0)
  const { status, stderr } = await berth(['demo', '--listen', '127.0.0.1:1'], {}, { demo })
  expect(status).toBe(2)
  expect(stderr).toContain('--listen goes with --serve')
  expect(demo).not.toHaveBeenCalled()
})

test.each([
  ['a problem document', refuse(409, 'VM 5 is DONE'), 'berth: VM 5 is DONE\n'],
  ['a body that is none', { status: 502, body: 'Bad gateway' }, 'berth: the API answered with status 502\n'],
  ['control characters', refuse(400, 'line 1: \u001b[31m'), 'berth: line 1: [31m\n'],
  ['a name of two lines', refuse(404, 'no VM a\nb'), 'berth: no VM a b\n'],
  [
    "the API's words for an option",
    refuse(400, 'body /priority: must be <= 1000000', 'invalid-request'),
    'berth: priority: must be <= 1000000\n',
  ],
])('a refusal with %s is one line and exit status 1', async (_, answer, stderr) => {
  expect(await berth(['vm', 'hold', '5'], { 'POST /v1/vms/5/hold': answer })).toMatchObject({
    status: 1,
    stdout: '',
    stderr,
  })
})

test('an error of ours that never reached the API is told the same way, and the ports are closed', async () => {
  const request = async () => {
    throw new CommandFailed('corrupt-database', 'berth.db is not a database')
  }
  const outcome = await berth(['host', 'list'], {}, { request })
  expect(outcome).toMatchObject({ status: 1, stderr: 'berth: berth.db is not a database\n', closed: 1 })
})

test('a bug shows where it happened', async () => {
  const request = async () => {
    throw new TypeError('boom')
  }
  const { status, stderr } = await berth(['host', 'list'], {}, { request })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^berth: TypeError: boom\n +at /)
})

test('what could not be opened, and so not closed either, is told once', async () => {
  const error = new CommandFailed('corrupt-database', 'berth.db is damaged')
  const fail = () => Promise.reject(error)
  const outcome = await berth(['host', 'list'], {}, { request: fail, close: fail })
  expect(outcome).toMatchObject({ status: 1, stderr: 'berth: berth.db is damaged\n' })
})

test('a failure to close fails the command', async () => {
  const close = async () => {
    throw new Error('disk full')
  }
  const { status, stderr } = await berth(['schema'], {}, { close })
  expect(status).toBe(1)
  expect(stderr).toContain('disk full')
})
