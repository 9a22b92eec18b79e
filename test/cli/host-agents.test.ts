/** `berth host` for hosts behind agents: added, shown, changed, fenced and prepared. */
import { expect, test } from 'vitest'
import type { HostAgentView, HostErrand, HostFence, JoinTokenView } from '../../src/view/documents.ts'
import { berth } from './berth.ts'
import { hostSummary, hostView } from './documents.ts'

const HEARD: HostAgentView = {
  joinedAt: '2026-11-26T10:00:00.000Z',
  version: '0.1.0',
  heardAt: '2026-11-26T12:00:00.000Z',
  silentSeconds: null,
  compared: true,
}

test('host add --agent sends no driver, and prints what to type on that machine', async () => {
  const join: JoinTokenView = {
    ...{ host: 4, hostName: 'kvm-b', token: 'berth_j_x', expiresAt: '2026-11-26T13:00:00.000Z' },
    server: 'https://controller:2634',
  }
  const added = {
    'POST /v1/hosts': hostView({ id: 4, agent: null }),
    'POST /v1/hosts/kvm-b/join-tokens': join,
  }
  const line = ['host', 'add', 'kvm-b', '--agent', '--filter', '10de:']
  const { calls, stdout, stderr } = await berth(line, added)
  expect(stdout).toBe('ID: 4\nberth agent join --server https://controller:2634 --token berth_j_x\n')
  expect(stderr).toContain('On kvm-b, as root')
  expect(calls[0]).toEqual({
    ...{ method: 'POST', path: '/v1/hosts' },
    body: { name: 'kvm-b', agent: true, filter: '10de:' },
  })
  const json = await berth([...line, '--json'], added)
  expect([JSON.parse(json.stdout).id, json.calls.length]).toEqual([4, 1])
})

test.each([
  ['host add a', '--agent'],
  ['host add a --agent --driver libvirt', '--driver'],
  ['host add a --agent --uri qemu:///system', '--uri'],
  ['host set a', 'nothing to set'],
  ['host set a --period colours=3', 'devices'],
  ['host set a --period devices=-3', 'devices'],
])('berth %s is wrong usage', async (line, words) => {
  const { status, stderr, calls } = await berth(line.split(' '))
  expect({ status, calls }).toEqual({ status: 2, calls: [] })
  expect(stderr).toContain(words)
})

test.each([
  ['heard', HEARD, 'version 0.1.0, last heard 2026-11-26 12:00:00Z'],
  [
    'silent',
    { ...HEARD, silentSeconds: 7300, compared: false },
    'version 0.1.0, last heard 2026-11-26 12:00:00Z, silent for 2h',
  ],
  [
    'not compared',
    { ...HEARD, compared: false },
    'version 0.1.0, last heard 2026-11-26 12:00:00Z, its whole report is awaited',
  ],
  ['not joined', { ...HEARD, joinedAt: null, version: null, heardAt: null }, 'none has joined yet'],
])('host show tells of an agent that is %s', async (_, agent, words) => {
  const { stdout } = await berth(['host', 'show', 'a'], { 'GET /v1/hosts/a': hostView({ agent }) })
  expect(stdout).toContain(`AGENT                 : ${words}\n`)
})

test('host list has a column for agents', async () => {
  const hosts = [
    hostSummary(),
    hostSummary({ id: 1, name: 'kvm-b', agent: HEARD }),
    hostSummary({ id: 2, name: 'kvm-c', agent: { ...HEARD, silentSeconds: 90 } }),
    hostSummary({ id: 3, name: 'kvm-d', agent: { ...HEARD, joinedAt: null } }),
  ]
  const { stdout } = await berth(['host', 'list', '-l', 'ID,AGENT'], { 'GET /v1/hosts': hosts })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.trim().replace(/\s+/g, ' '))).toEqual([
    ...['ID AGENT', '0', '1 heard', '2 silent for 1m', '3 not joined'],
  ])
})

test('host set sends what is said, and takes back what is to go', async () => {
  const answers = { 'PATCH /v1/hosts/a': hostView() }
  const line =
    'host set a --no-filter --period devices=60 --period domains=default --attribute RACK=7 --attribute ROW='
  const { status, stdout, calls } = await berth(line.split(' '), answers)
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  expect(calls[0]?.body).toEqual({
    filter: null,
    periods: { devices: 60, domains: null },
    attributes: { RACK: '7', ROW: null },
  })
  const filtered = await berth('host set a --filter 10de: --filter 15b3:'.split(' '), answers)
  expect(filtered.calls[0]?.body).toEqual({ filter: '10de:,15b3:' })
})

const FENCE: HostFence = {
  ...{ host: 1, hostName: 'kvm-b', fenced: false, answers: false },
  failure: 'its agent was last heard at 2026-11-26T12:00:00Z',
  agent: { ...HEARD, silentSeconds: 3700 },
  vms: [
    { vm: 7, name: 'train', from: 'UNKNOWN', to: 'POWEROFF', devices: ['0000:3b:00.0', '0000:3b:00.1'] },
    { vm: 8, name: 'web', from: 'SHUTDOWN', to: 'DONE', devices: [] },
  ],
}

test('host fence without --yes says what it would do, changes nothing and exits 1', async () => {
  const { status, stdout, calls } = await berth(['host', 'fence', 'kvm-b'], {
    'GET /v1/hosts/kvm-b/fence': FENCE,
  })
  expect(status).toBe(1)
  expect(calls).toHaveLength(1)
  expect(
    stdout,
  ).toBe(`fencing kvm-b (its agent was last heard at 2026-11-26T12:00:00Z, silent for 1h) changes what follows; nothing has been changed yet.
Switch the machine off first: if it still runs, so do its VMs, and once started elsewhere two of them may write one disk.
berth host fence kvm-b --yes does it:
VM 7 (train): UNKNOWN -> POWEROFF, loses 0000:3b:00.0 0000:3b:00.1
VM 8 (web): SHUTDOWN -> DONE, it holds nothing
`)
})

test('host fence of a host that answers says so', async () => {
  const { status, stdout } = await berth(['host', 'fence', 'kvm-b'], {
    'GET /v1/hosts/kvm-b/fence': { ...FENCE, answers: true },
  })
  expect(status).toBe(1)
  expect(stdout).toContain('kvm-b answers: it will not be fenced. Stop or terminate its VMs:\n')
})

test('host fence of one that answers and has no VM asks for nothing', async () => {
  const { stdout } = await berth(['host', 'fence', 'kvm-b'], {
    'GET /v1/hosts/kvm-b/fence': { ...FENCE, answers: true, vms: [] },
  })
  expect(stdout).toBe('kvm-b answers: it will not be fenced.\nno VM is on it\n')
})

test('host fence --yes does it', async () => {
  const { status, stdout, calls } = await berth(['host', 'fence', 'kvm-b', '--yes'], {
    'POST /v1/hosts/kvm-b/fence': { ...FENCE, fenced: true },
  })
  expect(status).toBe(0)
  expect(calls).toHaveLength(1)
  expect(stdout).toContain('kvm-b is fenced\nVM 7 (train): UNKNOWN -> POWEROFF, lost 0000:3b:00.0')
})

test('host prepare hands its words on, waits, and ends as that ended', async () => {
  const waiting: HostErrand = { host: 1, errand: 3, state: 'waiting', answer: null, failure: null }
  const answer = { status: 1, stdout: 'would write\n', stderr: 'berth prepare: no\n' }
  const { status, stdout, stderr, calls } = await berth(
    ['host', 'prepare', 'a', '--', '--apply', '--device', '3b:00.0'],
    {
      'POST /v1/hosts/a/prepare': waiting,
      'GET /v1/hosts/a/prepare/3': { ...waiting, state: 'done', answer },
    },
  )
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: answer.stdout, stderr: answer.stderr })
  expect(calls[0]?.body).toEqual({ args: ['--apply', '--device', '3b:00.0'] })
})

test('host prepare says why it could not be run', async () => {
  const failed: HostErrand = { host: 1, errand: 3, state: 'failed', answer: null, failure: 'not root' }
  const { status, stderr } = await berth(['host', 'prepare', 'a'], { 'POST /v1/hosts/a/prepare': failed })
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'berth: a: not root\n' })
})
