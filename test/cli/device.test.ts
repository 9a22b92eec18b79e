/** `berth device`. */
import { expect, test } from 'vitest'
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
