/** `berth host`: the screens of hosts and their devices. */
import { describe, expect, test } from 'vitest'
import { berth } from './berth.ts'
import { deviceView, hostSummary, hostView } from './documents.ts'

const show = async (view: unknown, ...flags: string[]) =>
  berth(['host', 'show', 'kvm-a', ...flags], { 'GET /v1/hosts/kvm-a': view })

const devicesOf = (stdout: string): string => stdout.slice(stdout.indexOf('PCI DEVICES'))

describe('host show', () => {
  test("prints the contract's example to the character", async () => {
    const devices = [
      deviceView('0000:00:00.0', {
        vendor: '8086',
        device: '0a04',
        class: '0600',
        deviceName: 'Haswell-ULT DRAM Controller',
      }),
      deviceView('0000:00:03.0', {
        vendor: '8086',
        device: '0a0c',
        class: '0403',
        deviceName: 'Haswell-ULT HD Audio Controller',
        vm: 123,
        state: 'attached',
      }),
    ]
    const { stdout, status } = await show(hostView({ devices, capacity: null }))
    expect(status).toBe(0)
    expect(devicesOf(stdout)).toBe(
      [
        'PCI DEVICES',
        '',
        '   VM ADDR    TYPE           NAME',
        '      00:00.0 8086:0a04:0600 Haswell-ULT DRAM Controller',
        '  123 00:03.0 8086:0a0c:0403 Haswell-ULT HD Audio Controller',
        '',
      ].join('\n'),
    )
  })

  test('prints the whole host in sections', async () => {
    const view = hostView({
      simulated: true,
      driver: 'simulator',
      uri: '/var/lib/berth/sim/kvm-a',
      filter: '10de:',
      attributes: { RACK: '7', SLOTS: 4 },
      failure: 'kvm-a: the tree is gone',
      readiness: { passthrough: false, reason: 'no IOMMU group seen', checks: null },
      orphans: [
        { name: 'berth-9', uuid: '7d9b1d9e-8a3e-4a53-9f0e-0b9d0c5f7a11', vm: 9, epoch: 2, database: null },
      ],
    })
    const { stdout } = await show(view)
    expect(stdout).toBe(`HOST 0 INFORMATION
ID                    : 0
NAME                  : kvm-a
CLUSTER               : default
STATE                 : on
DRIVER                : simulator, SIMULATED: no machine behind it
URI                   : /var/lib/berth/sim/kvm-a
FILTER                : 10de:
KERNEL                : 6.12.0 (x86_64)
HYPERVISOR            : kvm
LAST REPORT           : 2026-11-21 01:23:18Z
FAILURE               : kvm-a: the tree is gone

HOST SHARES
RUNNING VMS           : 1
MEMORY
  TOTAL               : 256G
  USED (ALLOCATED)    : 8G
CPU
  TOTAL               : 6400
  USED (ALLOCATED)    : 400
DEVICES OFFERED
  TOTAL               : 0
  FREE                : 0
  HELD BY VMS         : 0
  NOT TO BE GIVEN     : 0

READINESS
PASSTHROUGH           : not ready: no IOMMU group seen

ATTRIBUTES
RACK="7"
SLOTS="4"

PCI DEVICES

   VM ADDR    TYPE           NAME

ORPHANS (Berth domains that this database does not know; they keep their devices and are never destroyed by Berth)

   VM EPOCH DOMAIN           UUID                                 DATABASE
    9     2 berth-9          7d9b1d9e-8a3e-4a53-9f0e-0b9d0c5f7a11 this

NUMA NODES

  ID CPUS   MEMORY
   0   64     256G
`)
  })

  test('widens the address column for other domains and keeps their domain', async () => {
    const devices = [deviceView('0000:3b:00.0'), deviceView('10000:e1:00.0')]
    const { stdout } = await show(hostView({ devices, capacity: null }))
    expect(devicesOf(stdout)).toBe(`PCI DEVICES

   VM ADDR          TYPE           NAME
      3b:00.0       10de:20b0:0302 Device 20b0
      10000:e1:00.0 10de:20b0:0302 Device 20b0
`)
  })

  test('names the VM of a held group mate too', async () => {
    const devices = [
      deviceView('3b:00.0', { vm: 7, state: 'attached' }),
      deviceView('3b:00.1', { vm: 7, state: 'held', class: '0403', device: '1aef' }),
    ]
    const { stdout } = await show(hostView({ devices }))
    expect(stdout).toMatch(/^ {4}7 3b:00\.0 .*\n {4}7 3b:00\.1 10de:1aef:0403 Device 1aef$/m)
  })

  test.each([
    ['shows only what is offered', [], false],
    ['--all shows the rest, apart', ['--all'], true],
  ])('%s', async (_, flags, seen) => {
    const devices = [deviceView('3b:00.0'), deviceView('00:1f.2', { offered: false })]
    const { stdout } = await show(hostView({ devices }), ...flags)
    const [offered = '', rest = ''] = devicesOf(stdout).split('PCI DEVICES NOT OFFERED')
    expect(offered).toContain('3b:00.0')
    expect(offered).not.toContain('00:1f.2')
    expect(rest.includes('00:1f.2')).toBe(seen)
  })

  test('counts what can be given, and says where the reasons stand for what cannot', async () => {
    const devices = [
      deviceView('3b:00.0', { vm: 7, state: 'attached' }),
      deviceView('3c:00.0'),
      deviceView('3d:00.0', { state: 'unassignable', why: 'in use by the host' }),
      deviceView('3e:00.0', { offered: false }),
    ]
    const { stdout } = await show(hostView({ devices }))
    expect(stdout).toContain(`DEVICES OFFERED
  TOTAL               : 3
  FREE                : 1
  HELD BY VMS         : 1
  NOT TO BE GIVEN     : 1, why: berth device list --host 0 -f 'STATE!=free' -l ADDR,STATE,WHY
`)
  })

  test('counts offered devices with warnings and says what shows them; notes are no warnings', async () => {
    const finding = (level: 'warning' | 'note') => ({ code: 'no-reset', level, message: 'x' }) as const
    const devices = [
      deviceView('3b:00.0', { diagnosis: [finding('warning'), finding('warning')] }),
      deviceView('3c:00.0', { diagnosis: [finding('note')] }),
      deviceView('3d:00.0', { diagnosis: [finding('warning')], offered: false }),
    ]
    const { stdout } = await show(hostView({ devices }))
    expect(stdout).toContain(`READINESS
PASSTHROUGH           : ready
WARNINGS              : 1 device, see: berth device list --host 0 -f 'WARNINGS>0' -l ADDR,NAME,DIAGNOSIS
`)
  })

  test('--all says so where nothing else is stored', async () => {
    const { stdout } = await show(hostView({ devices: [deviceView('3b:00.0')] }), '--all')
    expect(stdout).toContain('PCI DEVICES NOT OFFERED\n\nnone is stored\n')
  })

  test('lets nothing in a name steer the terminal', async () => {
    const devices = [deviceView('3b:00.0', { deviceName: 'Evil\u001b[2J\u009b31m\r\ncard\u202e!' })]
    const { stdout } = await show(hostView({ devices, name: 'a\u0007b' }))
    expect(stdout).toContain('10de:20b0:0302 Evil[2J31m  card!\n')
    expect(stdout).toContain(': ab\n')
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u)
  })

  test('--json gives the document as it is, unsafe characters escaped', async () => {
    const view = hostView({
      devices: [deviceView('3b:00.0', { deviceName: 'a\u009b"\u202eb', offered: false })],
    })
    const { stdout } = await show(view, '--json')
    expect(JSON.parse(stdout)).toEqual(view)
    expect(stdout).not.toMatch(/[\u0080-\u009f\u202e]/)
  })

  test('tells the refusal on standard error and exits 1', async () => {
    const outcome = await berth(['host', 'show', 'nope'])
    expect(outcome).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'berth: no route GET /v1/hosts/nope\n',
      closed: 1,
    })
  })
})

test('host list marks simulated hosts and counts devices free of offered', async () => {
  const hosts = [
    hostSummary(),
    hostSummary({
      id: 1,
      name: 'sim-1',
      simulated: true,
      driver: 'simulator',
      state: 'unknown',
      totalCpu: null,
      totalMemoryMiB: null,
      usedCpu: 0,
      usedMemoryMiB: 0,
      freeDevices: 0,
      passthrough: null,
      offeredDevices: 0,
    }),
  ]
  const { stdout } = await berth(['host', 'list'], { 'GET /v1/hosts': hosts })
  expect(
    stdout,
  ).toBe(`  ID NAME             CLUSTER   DRIVER    STATE    READY VMS             CPU              MEM DEVICES
   0 kvm-a            default   libvirt   on       yes     1 400 / 6400 (6%)   8G / 256G (3%)     7/8
   1 sim-1            default   SIMULATED unknown  -       1           0 / -           0M / -     0/0
`)
})

test('host add sends what was given and prints the id', async () => {
  const argv = [
    'host',
    'add',
    'kvm-a',
    '--driver',
    'libvirt',
    '--filter',
    '10de:',
    '--filter',
    '15b3:',
    '--attribute',
    'rack=7',
    '--attribute',
    'ROW=a=b',
  ]
  const { stdout, calls } = await berth(argv, { 'POST /v1/hosts': hostView({ id: 4 }) })
  expect(stdout).toBe('ID: 4\n')
  expect(calls).toEqual([
    {
      method: 'POST',
      path: '/v1/hosts',
      body: {
        name: 'kvm-a',
        driver: 'libvirt',
        filter: '10de:,15b3:',
        attributes: { rack: '7', ROW: 'a=b' },
      },
    },
  ])
})

test('host add names the machines that the simulator knows', async () => {
  const { MACHINES } = await import('../../src/model/machines.ts')
  const { listMachines } = await import('../../src/simulator/host.ts')
  expect([...MACHINES].sort()).toEqual(
    listMachines()
      .map(({ name }) => name)
      .sort(),
  )
})

test('host add warns where the host could not be probed', async () => {
  const answers = { 'POST /v1/hosts': hostView({ failure: 'no libvirt here' }) }
  expect(await berth(['host', 'add', 'a', '--driver', 'libvirt'], answers)).toMatchObject({
    status: 0,
    stdout: 'ID: 0\n',
    stderr: 'berth: a was added, but could not be probed: no libvirt here\n',
  })
})

test.each([
  ['host enable a/b', 'POST', '/v1/hosts/a%2Fb/enable'],
  ['host disable kvm-a', 'POST', '/v1/hosts/kvm-a/disable'],
  ['host delete 0', 'DELETE', '/v1/hosts/0'],
])('berth %s calls %s %s and is silent', async (line, method, path) => {
  const outcome = await berth(line.split(' '), { [`${method} ${path}`]: null })
  expect(outcome).toMatchObject({ status: 0, stdout: '', stderr: '' })
  const json = await berth([...line.split(' '), '-j'], { [`${method} ${path}`]: null })
  expect(json.stdout).toBe('null\n')
})
