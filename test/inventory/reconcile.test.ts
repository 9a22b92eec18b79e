/** What a report makes of the inventory, row by row. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredDevice } from '../../src/database/devices.ts'
import { type ReconcileInput, reconcile } from '../../src/inventory/reconcile.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import { keptIdentity, swapReason } from '../../src/model/same-device.ts'
import { at, id, reported } from '../support/reports.ts'

const ADDRESS = '0000:10:00.0'
const SERIAL = 'serial:00-11/10de:20b0:10de:134f/0'

function stored(address: string, facts: Partial<StoredDevice> = {}): StoredDevice {
  return {
    ...reported(address),
    ...{ host: 1, present: true, inUse: [], allowed: false, health: 'ok', healthReason: null, failures: 0 },
    ...{ reserved: false, boundFrom: null, wantedVfs: null, vfAutoprobe: false },
    ...{ firstSeen: 1, lastSeen: 1 },
    ...facts,
  }
}

function run(
  devices: readonly ReportedDevice[],
  known: readonly StoredDevice[],
  rest: Partial<ReconcileInput> = {},
): ReturnType<typeof reconcile> {
  return reconcile({
    ...{
      host: 1,
      report: { devices, usage: [] },
      known,
      claimed: new Set(),
      awaited: new Set(),
      newBoot: false,
      now: 9,
    },
    ...rest,
  })
}

test('the same report again changes nothing, even where a device came with another object', () => {
  const result = run([reported(ADDRESS)], [stored(ADDRESS)])
  expect(result).toMatchObject({ insert: [], update: [], remove: [], relevant: false })
})

test('a new device is trusted, free, and of now', () => {
  const result = run([reported(ADDRESS)], [])
  expect(result.insert).toEqual([stored(ADDRESS, { firstSeen: 9, lastSeen: 9 })])
  expect(result).toMatchObject({ added: [ADDRESS], relevant: true })
})

test('a device that vanished is removed where it is free, and stays as missing where a VM holds it', () => {
  const known = [stored(ADDRESS), stored('0000:11:00.0')]
  const result = run([], known, { claimed: new Set([at('0000:11:00.0')]) })
  expect(result).toMatchObject({
    vanished: [ADDRESS],
    remove: [ADDRESS],
    missing: ['0000:11:00.0'],
    relevant: true,
  })
  expect(result.update).toEqual([{ ...known[1], present: false, lastSeen: 9 }])
  expect(run([], result.update, { claimed: new Set([at('0000:11:00.0')]) }).relevant).toBe(false)
})

test('a VF that is to come back stays as missing, one that is not goes; so does a PF that is wanted no VFs of', () => {
  const vf = (address: string) => stored(address, { kind: 'vf', parent: at(ADDRESS), allowed: true })
  const known = [stored(ADDRESS, { kind: 'pf', wantedVfs: 1 }), vf('0000:10:10.0'), vf('0000:10:10.1')]
  const result = run([], known, { awaited: new Set([at('0000:10:10.0')]) })
  expect(result).toMatchObject({ missing: [ADDRESS, '0000:10:10.0'], vanished: ['0000:10:10.1'] })
  const back = run([reported('0000:10:10.0', { kind: 'vf', parent: at(ADDRESS) })], result.update)
  expect(back.update).toMatchObject([{ address: '0000:10:10.0', present: true, allowed: true }])
  const unwanted = run([], [stored(ADDRESS, { kind: 'pf' })])
  expect(unwanted.vanished).toEqual([ADDRESS])
})

test('a VF that comes back at another address is the same', () => {
  const identity = 'serial:1/vf0'
  const away = stored('0000:10:10.0', { kind: 'vf', present: false, identity, allowed: true })
  const here = reported('0000:20:10.0', { kind: 'vf', identity })
  const result = run([here], [away])
  expect(result).toMatchObject({ added: [here.address], vanished: [away.address] })
  expect(result.insert).toMatchObject([{ allowed: true, firstSeen: 1 }])
  expect(run([here], [{ ...away, present: true }]).insert).toMatchObject([{ allowed: false }])
})

test.each(['drained', 'quarantined'] as const)(
  'a %s device that falls off the bus is no better when it is back',
  (health) => {
    const lost = run([], [stored(ADDRESS, { health, healthReason: 'why' })])
    expect(lost).toMatchObject({ missing: [ADDRESS], remove: [], relevant: true })
    expect(run([], lost.update)).toMatchObject({ update: [], remove: [], relevant: false })
    const back = run([reported(ADDRESS)], lost.update)
    expect(back.update).toMatchObject([{ present: true, health, healthReason: 'why' }])
    const other = run([reported(ADDRESS, { deviceId: id('2230') })], lost.update)
    expect(other.update).toMatchObject([{ present: true, health: 'ok', healthReason: null }])
  },
)

test('a missing device that is back is present again', () => {
  const result = run([reported(ADDRESS)], [stored(ADDRESS, { present: false })])
  expect(result).toMatchObject({ changed: [ADDRESS], relevant: true })
  expect(result.update[0]?.present).toBe(true)
})

describe('does it matter to allocation?', () => {
  test.each<[string, Partial<ReportedDevice>, boolean]>([
    ['another driver of a GPU', { driver: 'vfio-pci' }, false],
    ['another driver of a host bridge', { classId: id('0600'), driver: 'x' }, true],
    ['another name', { vendorName: 'NVIDIA' }, false],
    ['another network interface', { networkInterfaces: ['eth0'] }, false],
    ['another IOMMU group', { iommuGroup: 4 }, true],
    ['another class', { classId: id('0300') }, true],
    ['another device id', { deviceId: id('2230') }, true],
    ['it can make VFs now', { kind: 'pf' }, true],
    ['it is a VF now', { kind: 'vf', parent: at('0000:11:00.0') }, true],
    ['it is a bridge now', { bridge: true }, true],
    ['other reset methods', { resetMethods: ['flr'] }, false],
    ['another NUMA node', { numaNode: 1 }, true],
    ['not offered any more', { offered: false }, true],
  ])('%s', (_, facts, matters) => {
    const result = run([reported(ADDRESS, facts)], [stored(ADDRESS)])
    expect(result.update).toHaveLength(1)
    expect(result.relevant).toBe(matters)
  })

  test.each<[string, boolean, boolean]>([
    ['the host begins to use it', false, true],
    ['the host begins to use it, and an operator allowed that', true, false],
  ])('%s', (_, allowed, matters) => {
    const usage = [{ address: at(ADDRESS), reason: 'mount', detail: '/data' }] as const
    const report = { devices: [reported(ADDRESS)], usage }
    const result = run([], [stored(ADDRESS, { allowed })], { report })
    expect(result.update[0]?.inUse).toEqual(usage)
    expect(result.relevant).toBe(matters)
  })
})

describe('a swap', () => {
  const marked = stored(ADDRESS, {
    ...{ identity: SERIAL, health: 'drained', healthReason: 'old', allowed: true, failures: 1 },
    subsystemVendorId: id('10de'),
  })

  test.each<[string, Partial<ReportedDevice>, boolean]>([
    ['another device id', { identity: SERIAL, deviceId: id('2230') }, true],
    ['another vendor', { identity: SERIAL, vendorId: id('1002') }, true],
    ['another subsystem', { identity: SERIAL, subsystemVendorId: id('1028') }, true],
    ['another serial number', { identity: SERIAL.replace('00-11', '00-12') }, true],
    ['a subsystem that could not be read', { identity: SERIAL }, false],
    ['a serial number that could not be read', { identity: 'path:0000:00/10:00.0' }, false],
    ['no identity at all', { identity: null }, false],
    ['another class only', { identity: SERIAL, classId: id('0300') }, false],
  ])('%s', (_, facts, swapped) => {
    const result = run([reported(ADDRESS, facts)], [marked])
    expect(result.swapped).toEqual(swapped ? [ADDRESS] : [])
    const inherited = { health: 'drained', healthReason: 'old', allowed: true, failures: 1, firstSeen: 1 }
    const anew = { health: 'ok', healthReason: null, allowed: false, failures: 0, firstSeen: 9 }
    for (const device of result.update) expect(device).toMatchObject(swapped ? anew : inherited)
  })

  test('of a device that a VM holds is quarantined, and says what changed', () => {
    const device = reported(ADDRESS, { identity: SERIAL, deviceId: id('2230') })
    const result = run([device], [marked], { claimed: new Set([at(ADDRESS)]) })
    expect(result.update[0]).toMatchObject({
      health: 'quarantined',
      healthReason: 'swapped while a VM holds it: was 10de:20b0, is 10de:2230',
    })
  })

  test('a serial number that could not be read once is not forgotten', () => {
    const result = run([reported(ADDRESS, { identity: null })], [marked])
    expect(result.update[0]?.identity).toBe(SERIAL)
  })
})

describe('in a new boot', () => {
  const drained = stored(ADDRESS, { identity: SERIAL, health: 'drained', healthReason: 'old' })

  test('what is known follows a device to its new address', () => {
    const result = run([reported('0000:20:00.0', { identity: SERIAL })], [drained], { newBoot: true })
    expect(result.insert).toMatchObject([{ address: '0000:20:00.0', health: 'drained', healthReason: 'old' }])
    expect(result.remove).toEqual([ADDRESS])
  })

  test('but not to the card of another model that took its slot while the host was off', () => {
    const path = 'path:0000:00/1c.0/00.0'
    const known = stored(ADDRESS, { identity: path, health: 'quarantined', allowed: true })
    for (const address of [ADDRESS, '0000:20:00.0']) {
      const device = reported(address, { identity: path, deviceId: id('2230') })
      const [next] = ((result) => [...result.insert, ...result.update.filter(({ present }) => present)])(
        run([device], [known], { newBoot: true }),
      )
      expect(next).toMatchObject({ address, health: 'ok', allowed: false })
    }
  })

  test('nor to the one at its old address that does not tell who it is', () => {
    const devices = [reported(ADDRESS, { identity: null }), reported('0000:20:00.0', { identity: SERIAL })]
    const result = run(devices, [drained], { newBoot: true })
    expect(result.swapped).toEqual([ADDRESS])
    expect(result.update).toMatchObject([{ health: 'ok', identity: null }])
    expect(result.insert).toMatchObject([{ health: 'drained' }])
  })

  test('but not to one of two that share its identity', () => {
    const twins = ['0000:20:00.0', '0000:21:00.0'].map((address) => reported(address, { identity: SERIAL }))
    const result = run(twins, [drained], { newBoot: true })
    expect(result.insert.map(({ health }) => health)).toEqual(['ok', 'ok'])
  })

  test('and two that changed places keep what is known of each', () => {
    const other = SERIAL.replace('00-11', '00-12')
    const known = [drained, stored('0000:11:00.0', { identity: other })]
    const devices = [reported(ADDRESS, { identity: other }), reported('0000:11:00.0', { identity: SERIAL })]
    const result = run(devices, known, { newBoot: true })
    expect(result.update.map(({ address, health }) => [address, health])).toEqual([
      [ADDRESS, 'ok'],
      ['0000:11:00.0', 'drained'],
    ])
  })
})

const identity = fc.constantFrom(null, 'path:a', 'path:b', 'serial:1/x/0', 'serial:2/x/0')

test('nothing is its own swap, and what could not be read on one side never makes one', () => {
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      const [before, now] = [reported(ADDRESS, { identity: a }), reported(ADDRESS, { identity: b })]
      expect(swapReason(before, before)).toBeNull()
      const comparable = a !== null && b !== null && a.split(':')[0] === b.split(':')[0]
      expect(swapReason(before, now) !== null).toBe(comparable && a !== b)
    }),
  )
})

test('a serial identity is kept until another serial comes', () => {
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      const kept = keptIdentity(a, b)
      if (a?.startsWith('serial:') && !b?.startsWith('serial:')) expect(kept).toBe(a)
      else expect(kept).toBe(b ?? a)
    }),
  )
})
