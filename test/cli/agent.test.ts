/** `berth agent`: what reaches the program, and what people read of its status. */
import { expect, test } from 'vitest'
import type { AgentJoinOptions } from '../../src/cli/ports.ts'
import { AGENT, berth } from './berth.ts'

test.each([
  ['agent', null],
  ['agent run', null],
  ['agent --state /srv/agent', '/srv/agent'],
  ['agent run --state /srv/agent', '/srv/agent'],
])('berth %s runs until it ends, with its exit status', async (line, state) => {
  const seen: unknown[] = []
  const run = async (options: unknown) => {
    seen.push(options)
    return 3
  }
  const { status } = await berth(line.split(' '), {}, { agent: { ...ports, run } })
  expect([status, seen]).toEqual([3, [{ state, logFormat: null }]])
})

test('its log may be for machines', async () => {
  const seen: unknown[] = []
  const run = async (options: unknown) => {
    seen.push(options)
    return 0
  }
  await berth(['agent', 'run', '--log-format', 'json'], {}, { agent: { ...ports, run } })
  expect(seen).toEqual([{ state: null, logFormat: 'json' }])
  expect((await berth(['agent', 'run', '--log-format', 'xml'])).status).toBe(2)
})

const ports = { join: async () => AGENT, run: async () => 0, status: async () => AGENT }

test('join passes on what it was given, and says what comes next', async () => {
  const seen: AgentJoinOptions[] = []
  const join = async (options: AgentJoinOptions) => {
    seen.push(options)
    return AGENT
  }
  const line =
    'agent join --server https://controller:2634 --token berth_j_x.ab --simulator sim-nic --fingerprint ab --force --state s'
  const { stdout } = await berth(line.split(' '), {}, { agent: { ...ports, join } })
  expect(seen).toEqual([
    {
      ...{ server: 'https://controller:2634', token: 'berth_j_x.ab', state: 's', uri: null },
      ...{ simulator: 'sim-nic', fingerprint: 'ab', force: true },
    },
  ])
  expect(stdout).toBe(
    'joined https://controller:2634 as host kvm-a (ID 3); start it: berth agent run --state /var/lib/berth-agent\n',
  )
})

test.each([
  ['no server', 'agent join --token x'],
  ['no token', 'agent join --server https://c'],
  [
    'a machine and a libvirt',
    'agent join --server https://c --token x --simulator sim-nic --uri qemu:///system',
  ],
  ['an argument', 'agent run now'],
])('%s is wrong usage', async (_, line) => {
  const { status, stderr } = await berth(line.split(' '))
  expect(status).toBe(2)
  expect(stderr).toMatch(/^berth: /)
})

test('the status tells people what it is joined to, what waits and what is under way', async () => {
  const status = async () => ({
    ...AGENT,
    ...{
      driver: 'simulator' as const,
      uri: '/srv/sim',
      heardAt: Date.UTC(2026, 10, 26, 21),
      cluster: 'c\u001b[2J1',
    },
    waiting: { event: 1, step: 4 },
    orders: [{ id: 9, attempt: 2, kind: 'deploy' as const, about: 'VM 7' }],
  })
  const { stdout } = await berth(['agent', 'status'], {}, { agent: { ...ports, status } })
  expect(stdout).toContain('AGENT OF HOST kvm-a (ID 3)')
  expect(stdout).toContain('simulator (SIMULATED), /srv/sim')
  expect(stdout).toContain('2026-11-26T21:00:00Z')
  expect(stdout).toContain('1 event, 4 step')
  expect(stdout).toContain('deploy order 9 for VM 7, attempt 2')
  expect(stdout).not.toContain('\u001b')
  const json = await berth(['agent', 'status', '--json'])
  expect(JSON.parse(json.stdout)).toEqual(AGENT)
})
