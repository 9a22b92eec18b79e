/** `berth vm` and `berth explain`. */
import { expect, test } from 'vitest'
import { berth } from './berth.ts'
import { vmSummary, vmView } from './documents.ts'

const DEVICE = {
  address: '0000:3b:00.0',
  role: 'passed',
  request: 0,
  type: '10de:20b0:0302',
  name: 'GA100 [A100 SXM4 40GB]',
  state: 'attached',
} as const

test('vm list speaks the way OpenNebula does', async () => {
  const vms = [
    vmSummary({ devices: [DEVICE, { ...DEVICE, address: '0000:3b:00.1', role: 'held', state: 'held' }] }),
    vmSummary({ id: 6, name: 'w', state: 'PENDING', host: null, hostName: null, cpu: 50, memoryMiB: 512 }),
  ]
  const { stdout } = await berth(['vm', 'list'], { 'GET /v1/vms': vms })
  expect(stdout).toBe(`   ID NAME             STAT   CPU    MEM HOST             DEVICES
    5 train-1          runn     4     8G kvm-a            3b:00.0
    6 w                pend   0.5   512M
`)
})

test('vm show prints devices, message, history and template', async () => {
  const view = vmView({
    message: 'waits: 8 of 8 claimed',
    failures: 1,
    firmware: 'uefi-secure',
    devices: [
      DEVICE,
      { ...DEVICE, address: '0000:3b:00.1', role: 'held', request: null, name: null, state: 'held' },
    ],
    history: [{ at: '2026-11-21T01:00:01.000Z', what: 'deploy: create' }],
    template: 'CPU = 4\nNAME = "a\u001bb"\n',
  })
  const { stdout } = await berth(['vm', 'show', '5'], { 'GET /v1/vms/5': view })
  expect(stdout).toBe(`VIRTUAL MACHINE 5 INFORMATION
ID                    : 5
NAME                  : train-1
OWNER                 : -
STATE                 : RUNNING
HOST                  : kvm-a
PRIORITY              : 0
CPU                   : 4
MEMORY                : 8G
FIRMWARE              : UEFI, Secure Boot
CREATED               : 2026-11-21 01:00:00Z
FAILED DEPLOYS        : 1
MESSAGE               : waits: 8 of 8 claimed

PCI DEVICES

REQ ADDR    TYPE           STATE     NAME
  0 3b:00.0 10de:20b0:0302 attached  GA100 [A100 SXM4 40GB]
    3b:00.1 10de:20b0:0302 held      Device 20b0

VIRTUAL MACHINE HISTORY
2026-11-21 01:00:01Z deploy: create

VIRTUAL MACHINE TEMPLATE
CPU = 4
NAME = "ab"
`)
})

test.each([
  ['HOLD', null, null, 'berth vm release 5 lets it be placed'],
  ['PENDING', null, null, 'the next cycle places it: berth schedule --once, or berth serve'],
  ['PENDING', 'none of 3 hosts can take it', null, 'berth explain 5 tells why, host by host'],
  ['POWEROFF', null, null, 'berth vm start 5 places it anew; berth vm terminate 5 ends it'],
  ['BOOT_FAILURE', 'no slot', null, 'when the cause is gone: berth vm start 5; or berth vm terminate 5'],
  ['UNKNOWN', null, 'kvm-a', 'its host is silent: berth host show kvm-a tells why'],
  ['RUNNING', null, 'kvm-a', null],
  ['DONE', null, null, null],
] as const)(
  'vm show of a VM that is %s (message %j, host %j) tells what to do next',
  async (state, message, hostName, next) => {
    const { stdout } = await berth(['vm', 'show', '5'], {
      'GET /v1/vms/5': vmView({ state, message, hostName }),
    })
    expect(/^NEXT {18}: (.*)$/m.exec(stdout)?.[1] ?? null).toBe(next)
  },
)

test.each([
  ['a file', 'gpu.template'],
  ['standard input', '-'],
])('vm create reads %s and prints the id', async (_, file) => {
  const { stdout, calls } = await berth(
    ['vm', 'create', file, '--name', 'n', '--hold', '--priority', '-3'],
    { 'POST /v1/vms': vmView({ id: 9 }) },
    {},
    { [file]: 'CPU = 1' },
  )
  expect(stdout).toBe('ID: 9\n')
  expect(calls[0]?.body).toEqual({ template: 'CPU = 1', name: 'n', hold: true, priority: -3 })
})

test('a missing file is told and nothing is asked', async () => {
  const { status, stderr, calls } = await berth(['vm', 'create', 'gone'])
  expect({ status, calls }).toEqual({ status: 1, calls: [] })
  expect(stderr).toBe('berth: there is no file gone\n')
})

test.each([
  ['vm hold 5', '/v1/vms/5/hold', undefined],
  ['vm release 5', '/v1/vms/5/release', undefined],
  ['vm start 5', '/v1/vms/5/start', undefined],
  ['vm stop 5', '/v1/vms/5/stop', {}],
  ['vm stop 5 --hard', '/v1/vms/5/stop', { hard: true }],
  ['vm stop 5 --grace 90', '/v1/vms/5/stop', { graceSeconds: 90 }],
  ['vm terminate 5', '/v1/vms/5/terminate', {}],
  ['vm terminate 5 --hard', '/v1/vms/5/terminate', { hard: true }],
  ['vm deploy 5 kvm-a', '/v1/vms/5/deploy', { host: 'kvm-a' }],
])('berth %s posts to %s and tells where the VM stands', async (line, path, body) => {
  const { status, stdout, calls } = await berth(line.split(' '), { [`POST ${path}`]: vmView() })
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'VM 5 (train-1): RUNNING on kvm-a\n' })
  expect(calls).toEqual([{ method: 'POST', path, body }])
})

test('a deploy that came to nothing fails and says why', async () => {
  const view = vmView({ state: 'PENDING', host: null, hostName: null, message: 'create failed' })
  const outcome = await berth(['vm', 'deploy', '5', 'kvm-a'], { 'POST /v1/vms/5/deploy': view })
  expect(outcome).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'berth: not deployed: VM 5 (train-1): PENDING: create failed\n',
  })
})

test('explain has one row a host, in id order', async () => {
  const explanation = {
    vm: 5,
    state: 'PENDING',
    message: 'no host can take it',
    reasons: [{ host: 2, hostName: 'kvm-c', code: 'not-enough-free', message: '0 of 1 free, held by VM 4' }],
    fitting: [{ host: 1, hostName: 'kvm-b' }],
  }
  const { stdout } = await berth(['explain', 'train-1'], { 'GET /v1/vms/train-1/explain': explanation })
  expect(stdout).toBe(`VIRTUAL MACHINE 5
STATE                 : PENDING
MESSAGE               : no host can take it

HOST NAME         REASON             MESSAGE
   1 kvm-b        fits
   2 kvm-c        not-enough-free    0 of 1 free, held by VM 4
`)
})

test('explain has the smallest change at the top, and below each reason what would have to change', async () => {
  const change = (message: string) => ({ code: 'undrain', message, address: null, vm: null })
  const changes = [change('stop VM 4'), change('undrain it')]
  const reason = (host: number, facts: object) => ({
    host,
    hostName: `kvm-${host}`,
    code: 'cpu',
    message: 'no',
    ...facts,
  })
  const explanation = {
    ...{ vm: 5, state: 'PENDING', message: 'no host can take it', fitting: [], considered: 2 },
    reasons: [reason(2, { changes }), reason(3, { changes: null }), reason(4, {})],
    smallest: { host: 2, hostName: 'kvm-2', changes, exact: true },
  }
  const { stdout } = await berth(['explain', '5'], { 'GET /v1/vms/5/explain': explanation })
  expect(stdout).toBe(`VIRTUAL MACHINE 5
STATE                 : PENDING
MESSAGE               : no host can take it
SMALLEST CHANGE       : on kvm-2
                      : stop VM 4
                      : undrain it

HOST NAME         REASON             MESSAGE
   2 kvm-2        cpu                no
                                     - stop VM 4
                                     - undrain it
   3 kvm-3        cpu                no
                                     - nothing that Berth knows of would help
   4 kvm-4        cpu                no
`)
})
