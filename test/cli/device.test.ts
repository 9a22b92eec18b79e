/** `berth device`. */
import { describe, expect, test } from 'vitest'
import type { DeviceHistoryView, DeviceTypeView, DeviceView } from '../../src/view/documents.ts'
import { berth } from './berth.ts'
import { deviceView } from './documents.ts'

const DEVICES = [
  deviceView('0000:3b:00.0', { vm: 5, state: 'attached', driver: 'vfio-pci', deviceName: 'GA100' }),
  deviceView('0000:5e:00.0', { kind: 'pf', vendor: '15b3', device: '101d', class: '0200' }),
  deviceView('0000:00:1f.2', { offered: false }),
]

test('device list shows the offered ones with their state', async () => {
  const { stdout } = await berth(['device', 'list'], { 'GET /v1/devices': DEVICES })
  expect(stdout).toBe(`HOST        VM ADDR    TYPE           STATE        NUMA GROUP DRIVER   NAME
kvm-a        5 3b:00.0 10de:20b0:0302 attached        0    12 vfio-pci GA100
kvm-a          5e:00.0 15b3:101d:0200 free            0    12          Device 101d
`)
})

test.each([
  ['only the free', ['-f', 'STATE=free'], ['5e:00.0']],
  ['of one vendor', ['-f', 'VENDOR=10de'], ['3b:00.0']],
  ['with --all, those not offered too', ['--all', '-f', 'OFFERED=no'], ['00:1f.2']],
])('device list: %s', async (_, flags, addresses) => {
  const { stdout } = await berth(['device', 'list', '-l', 'ADDR', ...flags], { 'GET /v1/devices': DEVICES })
  expect(stdout.trim().split('\n')).toEqual(['ADDR', ...addresses])
})

test('device list --host asks for that host', async () => {
  const { status, calls } = await berth(['device', 'list', '--host', 'a&b'], {
    'GET /v1/devices?host=a%26b': [],
  })
  expect({ status, path: calls[0]?.path }).toEqual({ status: 0, path: '/v1/devices?host=a%26b' })
})

const TYPE: DeviceTypeView = {
  ...{ type: '15b3:101d:0200', vendor: '15b3', device: '101d', class: '0200' },
  ...{ vendorName: 'Mellanox Technologies', deviceName: 'ConnectX-6 Dx', className: 'Ethernet controller' },
  ...{ kinds: ['pf', 'vf'], total: 1200, free: 1, hosts: 40, hostsWithFree: 1 },
  states: { free: 1, attached: 1199 },
}

test('device types counts what the cluster has', async () => {
  const unnamed = { type: '10de:20b0:0302', vendor: '10de', device: '20b0', class: '0302', deviceName: null }
  const all = { 'GET /v1/devices/types': [{ ...TYPE, ...unnamed, kinds: ['plain'], free: 0 }, TYPE] }
  expect(
    (await berth(['device', 'types'], all)).stdout,
  ).toBe(`TYPE           KIND       FREE  TOTAL  HOSTS NAME
10de:20b0:0302 plain         0   1200     40 Device 20b0
15b3:101d:0200 pf vf         1   1200     40 ConnectX-6 Dx
`)
  const some = await berth(['device', 'types', '-f', 'FREE>0', '-l', 'TYPE,STATES', '--csv'], all)
  expect(some.stdout).toBe('TYPE,STATES\n15b3:101d:0200,"free 1, attached 1199"\n')
})

test('device show takes a short address and says what stands in the way', async () => {
  const device = deviceView('0000:3b:00.0', {
    state: 'unassignable',
    why: 'the host uses it',
    inUse: [{ address: deviceView('0000:3b:00.0').address, reason: 'mount', detail: '/srv' }],
    kind: 'pf',
    totalVfs: 8,
    msix: { vectors: 22, tableBar: 0, tableOffset: 8192, pbaBar: 0, pbaOffset: 8448, overlap: true },
  })
  const answers = { 'GET /v1/hosts/kvm-a/devices/0000%3A3b%3A00.0': device }
  const { stdout, status } = await berth(['device', 'show', 'kvm-a', '3B:00.0'], answers)
  expect(status).toBe(0)
  for (const line of [
    'DEVICE 0000:3b:00.0 OF HOST 0',
    'VIRTUAL FUNCTIONS     : 0 of 8',
    'WHY                   : the host uses it',
    'USED BY THE HOST      : mount /srv',
    'MSI-X                 : 22 vectors, table in BAR 0, pending bits in BAR 0 (overlapping)',
  ])
    expect(stdout.split('\n')).toContain(line)
})

test('device show tells what diagnosis found, or that there is nothing', async () => {
  const diagnosis = [
    { code: 'msix-overlap', level: 'warning', message: 'MSI-X overlaps' },
    { code: 'no-rom', level: 'note', message: 'it has no ROM' },
  ] as const
  const show = async (device: unknown) => {
    const answers = { 'GET /v1/hosts/kvm-a/devices/0000%3A3b%3A00.0': device }
    const { stdout } = await berth(['device', 'show', 'kvm-a', '3b:00.0'], answers)
    return stdout.slice(stdout.indexOf('DIAGNOSIS'))
  }
  expect(await show(deviceView('3b:00.0', { diagnosis }))).toBe(`DIAGNOSIS
warning               : MSI-X overlaps (msix-overlap)
note                  : it has no ROM (no-rom)
`)
  expect(await show(deviceView('3b:00.0'))).toBe('DIAGNOSIS\nno trouble found\n')
  expect(await show(deviceView('3b:00.0', { state: 'missing' }))).toBe('DIAGNOSIS\nit is not there\n')
  const { stdout } = await berth(['device', 'list', '-f', 'WARNINGS>0', '-l', 'ADDR,WARNINGS,DIAGNOSIS'], {
    'GET /v1/devices': [deviceView('3b:00.0', { diagnosis }), deviceView('3c:00.0')],
  })
  expect(stdout).toBe('ADDR    WARNINGS DIAGNOSIS\n3b:00.0        1 msix-overlap no-rom\n')
})

test.each([
  ['device allow kvm-a 3b:00.0', true, 'may be given even where the host uses it; now free'],
  ['device allow kvm-a 3b:00.0 --no', false, 'is not given where the host uses it; now free'],
])('berth %s sends allow %s and tells what holds from now on', async (line, allow, words) => {
  const path = '/v1/hosts/kvm-a/devices/0000%3A3b%3A00.0/allow'
  const { stdout, calls } = await berth(line.split(' '), {
    [`POST ${path}`]: deviceView('3b:00.0', { allowed: allow }),
  })
  expect(stdout).toBe(`0000:3b:00.0 of kvm-a ${words}\n`)
  expect(calls).toEqual([{ method: 'POST', path, body: { allow } }])
})

const PATH = '/v1/hosts/kvm-a/devices/0000%3A3b%3A00.0'

test.each<[string[], string, object, Partial<DeviceView>, string]>([
  [
    ['drain', '--reason', 'firmware'],
    'drain',
    { reason: 'firmware' },
    { health: 'drained', state: 'attached', vm: 5 },
    'is drained: no VM gets it; VM 5 keeps it until it gives it back',
  ],
  [['drain'], 'drain', {}, { health: 'drained', state: 'drained' }, 'is drained: no VM gets it'],
  [['undrain'], 'undrain', {}, {}, 'is in service; now free'],
  [
    ['quarantine', '--reason', 'hot'],
    'quarantine',
    { reason: 'hot' },
    { health: 'quarantined', state: 'quarantined' },
    'is quarantined: no VM gets it',
  ],
  [
    ['clear', '--reason', 'cooled'],
    'clear',
    { reason: 'cooled' },
    { state: 'unassignable', why: 'in use by the host' },
    'is in service; now in use by the host',
  ],
])(
  'device %j sends its reason and tells what holds from now on',
  async (words, action, body, fields, told) => {
    const [verb = '', ...options] = words
    const { stdout, calls } = await berth(['device', verb, 'kvm-a', '3b:00.0', ...options], {
      [`POST ${PATH}/${action}`]: deviceView('3b:00.0', fields),
    })
    expect(stdout).toBe(`0000:3b:00.0 of kvm-a ${told}\n`)
    expect(calls).toEqual([{ method: 'POST', path: `${PATH}/${action}`, body }])
  },
)

test('device show tells why a device is out of service, though a VM has it', async () => {
  const device = deviceView('3b:00.0', {
    ...{ health: 'drained', healthReason: 'firmware', state: 'attached', vm: 5, why: 'attached to VM 5 (v)' },
  })
  const { stdout } = await berth(['device', 'show', 'kvm-a', '3b:00.0'], { [`GET ${PATH}`]: device })
  expect(stdout).toContain('HEALTH                : drained: firmware\n')
})

describe('device history', () => {
  const shown = (history: DeviceHistoryView['history']) =>
    berth(['device', 'history', 'kvm-a', '3b:00.0'], {
      [`GET ${PATH}/history`]: { host: 0, hostName: 'kvm-a', address: '0000:3b:00.0', history },
    })
  const line = { at: '2026-11-21T01:23:18.123Z', address: '0000:3b:00.0' }
  const claimed = { ...line, event: 'claimed', vm: 5, what: 'passed to VM 5' } as const
  const drained = { ...line, event: 'drained', vm: null, what: 'by an operator:\u001b[31m x' } as const

  test('is a line for each thing that happened, safe to print', async () => {
    expect((await shown([claimed, drained])).stdout).toBe(`HISTORY OF DEVICE 0000:3b:00.0 OF HOST kvm-a

TIME                 EVENT          VM WHAT
2026-11-21 01:23:18Z claimed         5 passed to VM 5
2026-11-21 01:23:18Z drained           by an operator:[31m x
`)
  })

  test('names addresses where the device had another one', async () => {
    const moved = { ...line, event: 'moved', vm: null, what: 'was 0000:3a:00.0 before a restart' } as const
    const { stdout } = await shown([{ ...claimed, address: '0000:3a:00.0' }, moved])
    expect(stdout.split('\n').slice(2, 5)).toEqual([
      'TIME                 EVENT          VM ADDR    WHAT',
      '2026-11-21 01:23:18Z claimed         5 3a:00.0 passed to VM 5',
      '2026-11-21 01:23:18Z moved             3b:00.0 was 0000:3a:00.0 before a restart',
    ])
  })

  test('says so where there is none', async () => {
    expect((await shown([])).stdout).toContain('nothing has happened to it yet')
  })
})
