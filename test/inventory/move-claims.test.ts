/** Where claims go with a report: their groups as they are now and, when a host comes back from a restart, where their devices are. */
import { describe, expect, test } from 'vitest'
import type { StoredClaim } from '../../src/database/claims.ts'
import type { StoredDevice } from '../../src/database/devices.ts'
import { moveClaims as move } from '../../src/inventory/move-claims.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import { at, id, reported } from '../support/reports.ts'

const A = '0000:10:00.0'
const B = '0000:20:00.0'

function claim(address: string, vm: number, facts: Partial<StoredClaim> = {}): StoredClaim {
  const defaults = { host: 1, request: 0, role: 'passed', iommuGroup: 1, managed: true } as const
  return { ...defaults, address: at(address), vm, identity: `serial:${vm}`, ...facts }
}

const known = (devices: readonly ReportedDevice[]): StoredDevice[] =>
  devices.map((device) => ({
    ...device,
    ...{ host: 1, present: true, inUse: [], allowed: false, health: 'ok' as const, healthReason: null },
    ...{
      failures: 0,
      reserved: false,
      boundFrom: null,
      wantedVfs: null,
      vfAutoprobe: false,
      firstSeen: 1,
      lastSeen: 1,
    },
  }))

const gpu = (address: string, vm: number, iommuGroup: number | null) =>
  reported(address, { identity: `serial:${vm}`, iommuGroup })

const moveClaims = (
  claims: readonly StoredClaim[],
  before: readonly StoredDevice[],
  now: readonly ReportedDevice[],
) => move(claims, before, now, true)

const places = (claims: readonly StoredClaim[]) =>
  claims.map(({ address, vm, iommuGroup, role }) => [address, vm, iommuGroup, role])

test('a claim follows its device to another address and group', () => {
  const moved = moveClaims([claim(A, 1)], known([gpu(A, 1, 1)]), [gpu(B, 1, 7)])
  expect(places(moved.claims)).toEqual([[B, 1, 7, 'passed']])
  expect(moved.groups).toEqual([{ host: 1, iommuGroup: 7, vm: 1 }])
})

test('two devices that changed places take their claims along', () => {
  const before = known([gpu(A, 1, 1), gpu(B, 2, 2)])
  const moved = moveClaims([claim(A, 1), claim(B, 2, { iommuGroup: 2 })], before, [
    gpu(B, 1, 2),
    gpu(A, 2, 1),
  ])
  expect(places(moved.claims).sort()).toEqual([
    [A, 2, 1, 'passed'],
    [B, 1, 2, 'passed'],
  ])
  expect(moved.dropped).toEqual([])
})

test('a device that cannot be told by identity stays where it is, with its new group', () => {
  const device = reported(A, { identity: null, iommuGroup: 5 })
  const moved = moveClaims([claim(A, 1, { identity: null })], known([device]), [device])
  expect(places(moved.claims)).toEqual([[A, 1, 5, 'passed']])
})

test('a device that is gone keeps its claim, without a group', () => {
  const moved = moveClaims([claim(A, 1)], known([gpu(A, 1, 1)]), [])
  expect(places(moved.claims)).toEqual([[A, 1, null, 'passed']])
  expect(moved.groups).toEqual([])
})

test('a device that is gone, and whose address another claimed device took, is lost', () => {
  const before = known([gpu(A, 1, 1), gpu(B, 2, 2)])
  const moved = moveClaims([claim(A, 1), claim(B, 2, { iommuGroup: 2 })], before, [gpu(A, 2, 1)])
  expect(places(moved.claims)).toEqual([[A, 2, 1, 'passed']])
  expect(moved.dropped).toMatchObject([{ vm: 1, address: A }])
})

test('two VMs that meet in one group: one has it, the other’s device is quarantined and says why', () => {
  const before = known([gpu(A, 1, 1), gpu(B, 2, 2)])
  const moved = moveClaims([claim(A, 1), claim(B, 2, { iommuGroup: 2 })], before, [
    gpu(A, 1, 3),
    gpu(B, 2, 3),
  ])
  expect(places(moved.claims)).toEqual([
    [A, 1, 3, 'passed'],
    [B, 2, null, 'passed'],
  ])
  expect(moved.groups).toEqual([{ host: 1, iommuGroup: 3, vm: 1 }])
  expect([...moved.quarantine.keys()]).toEqual([B])
  expect(moved.quarantine.get(at(B))).toContain('IOMMU group 3')
})

test('a claim does not follow a path to the card of another model that is plugged in there', () => {
  const path = 'path:0000:00/1c.0/00.0'
  const before = known([reported(A, { identity: path, iommuGroup: 1 })])
  const other = reported(B, { identity: path, deviceId: id('2230'), iommuGroup: 2 })
  const moved = moveClaims([claim(A, 1, { identity: path })], before, [other])
  expect(places(moved.claims)).toEqual([[A, 1, null, 'passed']])
})

describe('group mates are computed anew', () => {
  const mate = (group: number, facts: Partial<ReportedDevice> = {}) =>
    reported('0000:10:00.1', { identity: null, iommuGroup: group, offered: false, ...facts })
  const held = claim('0000:10:00.1', 1, { role: 'held', request: null, identity: null })

  test('an endpoint that is new in the group is held too, a bridge is not', () => {
    const bridge = reported('0000:0f:00.0', { iommuGroup: 4, bridge: true })
    const moved = moveClaims([claim(A, 1)], known([gpu(A, 1, 1)]), [gpu(A, 1, 4), mate(4), bridge])
    expect(places(moved.claims)).toEqual([
      [A, 1, 4, 'passed'],
      ['0000:10:00.1', 1, 4, 'held'],
    ])
  })

  test('a held mate that left the group stays held, in its own', () => {
    const moved = moveClaims([claim(A, 1), held], known([gpu(A, 1, 1), mate(1)]), [gpu(A, 1, 4), mate(5)])
    expect(moved.groups).toEqual([
      { host: 1, iommuGroup: 4, vm: 1 },
      { host: 1, iommuGroup: 5, vm: 1 },
    ])
  })

  test('a held mate whose address another device took is forgotten', () => {
    const other = mate(9, { deviceId: id('1111') })
    const moved = moveClaims([claim(A, 1), held], known([gpu(A, 1, 1), mate(1)]), [gpu(A, 1, 4), other])
    expect(places(moved.claims)).toEqual([[A, 1, 4, 'passed']])
  })
})

test('a lost mate whose address another VM’s device took leaves that VM its claim', () => {
  const mate = reported(B, { identity: null, deviceId: id('10f0'), iommuGroup: 1, offered: false })
  const held = claim(B, 1, { role: 'held', request: null, identity: null })
  const other = '0000:30:00.0'
  const before = known([gpu(A, 1, 1), mate, gpu(other, 2, 2)])
  const claims = [claim(A, 1), held, claim(other, 2, { iommuGroup: 2 })]
  const moved = moveClaims(claims, before, [gpu(A, 1, 1), gpu(B, 2, 2)])
  expect(places(moved.claims)).toEqual([
    [A, 1, 1, 'passed'],
    [B, 2, 2, 'passed'],
  ])
  expect(moved.dropped).toMatchObject([{ vm: 1, address: B }])
})

describe('within one boot', () => {
  const settle = (
    claims: readonly StoredClaim[],
    before: readonly ReportedDevice[],
    now: readonly ReportedDevice[],
  ) => places(move(claims, known(before), now, false).claims)

  test('nobody moves, whatever identities say', () => {
    const now = [gpu(A, 2, 1), gpu(B, 1, 2)]
    expect(settle([claim(A, 1)], [gpu(A, 1, 1), gpu(B, 2, 2)], now)).toEqual([[A, 1, 1, 'passed']])
  })

  test('a device that is gone lets go of its group: the kernel gives the number to the next one', () => {
    expect(settle([claim(A, 1)], [gpu(A, 1, 1)], [gpu(B, 2, 1)])).toEqual([[A, 1, null, 'passed']])
  })

  test('a device that came back in another group holds that one', () => {
    expect(settle([claim(A, 1)], [gpu(A, 1, 1)], [gpu(A, 1, 6)])).toEqual([[A, 1, 6, 'passed']])
  })

  test('an endpoint that was plugged into a held group is held too', () => {
    expect(settle([claim(A, 1)], [gpu(A, 1, 1)], [gpu(A, 1, 1), gpu(B, 2, 1)])).toEqual([
      [A, 1, 1, 'passed'],
      [B, 1, 1, 'held'],
    ])
  })
})

describe('within a boot, a VF that was away with its PF’s number', () => {
  const vf = (address: string, vm: number) =>
    reported(address, { identity: `serial:${vm}`, iommuGroup: 1, kind: 'vf', parent: at('0000:30:00.0') })
  const away = (device: ReportedDevice) => known([device]).map((one) => ({ ...one, present: false }))

  test('takes its claim along to the address at which it comes back', () => {
    const moved = move([claim(A, 1)], away(vf(A, 1)), [vf(B, 1)], false)
    expect(places(moved.claims)).toEqual([[B, 1, 1, 'passed']])
  })

  test('goes nowhere where another claim is, and one that was there goes nowhere at all', () => {
    const claims = [claim(A, 1), claim(B, 2, { iommuGroup: 2 })]
    const both = [...away(vf(A, 1)), ...known([vf(B, 2)])]
    expect(move(claims, both, [vf(B, 1)], false).claims.map(({ address, vm }) => [address, vm])).toEqual([
      [A, 1],
      [B, 2],
    ])
    expect(places(move([claim(A, 1)], known([vf(A, 1)]), [vf(B, 1)], false).claims)).toEqual([
      [A, 1, null, 'passed'],
    ])
  })
})
