/** The systemd units that ship: systemd itself accepts them, each gets what it needs, and the agent sees all of its host. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const folder = resolve(import.meta.dirname, '../../templates/systemd')
const CONTROLLER = 'berth-controller.service'
const AGENT = 'berth-agent.service'

const analyzer = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' })
const why = analyzer.status === 0 ? '' : ' (skipped: systemd-analyze is not installed)'
/** Judging files instead of what runs came with version 250. */
const version = Number(/systemd (\d+)/.exec(analyzer.stdout ?? '')?.[1] ?? 0)

type Unit = ReadonlyMap<string, readonly string[]>

/** `Section.Key` -> its values, in order. */
function unit(name: string): Unit {
  const values = new Map<string, string[]>()
  let section = ''
  for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, title, key = '', value = ''] = /^(?:\[(\w+)\]|(\w+)=(.*))$/.exec(line) ?? []
    if (title !== undefined) section = title
    else values.set(`${section}.${key}`, [...(values.get(`${section}.${key}`) ?? []), value])
  }
  return values
}

const one = (of: Unit, key: string): string | undefined => of.get(key)?.join(' ')

describe(`systemd${why}`, () => {
  test.skipIf(version === 0).each([CONTROLLER, AGENT])('accepts %s without a word', (name) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, name)], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' },
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test.skipIf(version < 250).each([
    [CONTROLLER, 30],
    [AGENT, 60],
  ])('finds %s exposed by no more than %i of 100', (name, limit) => {
    const args = ['security', '--offline=yes', '--no-pager', `--threshold=${limit}`, join(folder, name)]
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    expect(status, stdout).toBe(0)
  })

  test.skipIf(version === 0)('makes the user that the controller runs as', () => {
    const root = mkdtempSync(join(tmpdir(), 'berth-sysusers-'))
    try {
      mkdirSync(join(root, 'etc'))
      const args = [`--root=${root}`, join(folder, 'berth.sysusers')]
      const { status, stderr } = spawnSync('systemd-sysusers', args, { encoding: 'utf8' })
      expect(status, stderr).toBe(0)
      const users = readFileSync(join(root, 'etc/passwd'), 'utf8')
      expect(users).toMatch(/^berth:x:\d+:\d+:Berth controller:\/var\/lib\/berth:/m)
      expect(one(unit(CONTROLLER), 'Service.User')).toBe('berth')
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})

describe('the controller', () => {
  test('is a user of its own, with a folder of its own where its database is, and no rights beside', () => {
    const controller = unit(CONTROLLER)
    expect(one(controller, 'Service.StateDirectory')).toBe('berth')
    expect(one(controller, 'Service.StateDirectoryMode')).toBe('0700')
    expect(one(controller, 'Service.Environment')).toBe('BERTH_DB=/var/lib/berth/berth.db')
    expect(one(controller, 'Service.CapabilityBoundingSet')).toBe('')
    expect(one(controller, 'Service.ExecStart')).toBe('/usr/bin/env berth serve')
  })

  test('may reach its PostgreSQL by a socket, and open a port', () => {
    expect(one(unit(CONTROLLER), 'Service.RestrictAddressFamilies')).toBe('AF_UNIX AF_INET AF_INET6')
  })
})

describe('the agent', () => {
  const agent = unit(AGENT)

  test('is root and starts where a join was', () => {
    expect(one(agent, 'Service.User')).toBeUndefined()
    expect(one(agent, 'Unit.ConditionPathExists')).toBe('/var/lib/berth-agent/agent.json')
    expect(one(agent, 'Service.ExecStart')).toBe('/usr/bin/env berth agent run --state /var/lib/berth-agent')
  })

  /** Each of these would hide mounts, processes, devices or addresses, which are evidence that the host uses a device itself. */
  test.each([
    ['PrivateTmp', undefined],
    ['PrivateDevices', undefined],
    ['PrivateNetwork', undefined],
    ['PrivateUsers', undefined],
    ['ProtectProc', undefined],
    ['ProcSubset', undefined],
    ['ProtectKernelTunables', undefined],
    ['ProtectKernelModules', undefined],
    ['ProtectKernelLogs', undefined],
    ['InaccessiblePaths', undefined],
    ['TemporaryFileSystem', undefined],
    ['ProtectHome', 'read-only'],
    ['ProtectSystem', 'strict'],
  ])('sees its whole host: %s is %s', (key, value) => {
    expect(one(agent, `Service.${key}`)).toBe(value)
  })

  test.each([
    ['to load modules', 'CAP_SYS_MODULE'],
    ['to set addresses of virtual functions', 'CAP_NET_ADMIN'],
    ['to see what the first process has mounted and others have open', 'CAP_SYS_PTRACE'],
    ['to read configuration space whole', 'CAP_SYS_ADMIN'],
    ['to read the kernel log', 'CAP_SYSLOG'],
    ['to delete UEFI variables of another user', 'CAP_DAC_OVERRIDE'],
  ])('has the capability %s', (_, capability) => {
    expect(one(agent, 'Service.CapabilityBoundingSet')?.split(' ')).toContain(capability)
  })

  test('hears udev and libvirt, and speaks to its controller', () => {
    const families = 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'
    expect(one(agent, 'Service.RestrictAddressFamilies')).toBe(families)
  })
})

test.each([CONTROLLER, AGENT])(
  '%s leaves time for what is under way, and stops the program alone',
  (name) => {
    const service = unit(name)
    expect(one(service, 'Service.KillMode')).toBe('mixed')
    expect(Number(one(service, 'Service.TimeoutStopSec'))).toBeGreaterThanOrEqual(120)
    expect(one(service, 'Service.Restart')).toBe('on-failure')
    // V8 writes machine code at run time.
    expect(one(service, 'Service.MemoryDenyWriteExecute')).toBeUndefined()
  },
)

test.each(readdirSync(folder).filter((name) => name.endsWith('.env')))(
  '%s changes nothing as it is, and a line uncommented is an assignment',
  (name) => {
    const lines = readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    for (const line of lines) expect(line).toMatch(/^# |^#BERTH_[A-Z_]+=\S+$/)
  },
)

test('what lets the controller prepare a host takes back what the agent is kept from', () => {
  const dropIn = unit('berth-agent-prepare.conf')
  expect(one(dropIn, 'Service.ProtectSystem')).toBe('no')
  expect(one(dropIn, 'Service.CapabilityBoundingSet')).toBe('~')
  expect(one(dropIn, 'Service.SystemCallFilter')).toBe('')
})
