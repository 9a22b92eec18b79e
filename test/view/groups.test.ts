/** IOMMU groups as documents: who is in them, who holds them, what stands in the way. */
import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/model/address.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { deviceViews } from '../../src/view/device.ts'
import { hostGroups } from '../../src/view/groups.ts'
import type { Holder, InventoryDevice } from '../../src/view/inventory.ts'
import { addressOf, host, idOf, inventoryDevice, placedDevice, placedHost } from './build.ts'

const GPU = inventoryDevice('0000:3b:00.0', { iommuGroup: 12, driver: 'nvidia' })
const AUDIO = inventoryDevice('0000:3b:00.1', { iommuGroup: 12, classId: idOf('0403'), offered: false })
const PORT = inventoryDevice('0000:00:01.0', { iommuGroup: 12, classId: idOf('0604'), bridge: true })

interface Claimed {
  readonly device: InventoryDevice
  readonly vm: number
  readonly role: Holder['role']
}

/** The groups of a host that has the devices, some of them held by VMs. */
function groupsOf(devices: readonly InventoryDevice[], claims: readonly Claimed[] = []) {
  const claimedBy = new Map(claims.map(({ device, vm }) => [device.address, vm]))
  const placed = devices
    .filter(({ present }) => present)
    .map(
      (device): SnapshotDevice => placedDevice(device, { claimedBy: claimedBy.get(device.address) ?? null }),
    )
  const snapshot = placedHost(placed)
  const holders = new Map<Address, Holder>(
    claims.map(({ device, vm, role }) => [
      device.address,
      { vm, vmName: `vm-${vm}`, vmState: 'RUNNING', role },
    ]),
  )
  return hostGroups(host(), snapshot, deviceViews(snapshot, devices, holders), null).groups
}

test('a free group lists bridges and endpoints with their drivers, in address order', () => {
  const [group, ...others] = groupsOf([AUDIO, GPU, PORT])
  expect(others).toEqual([])
  expect(group).toMatchObject({ group: 12, state: 'free', viable: true, why: null, vm: null })
  expect(
    group?.devices.map(({ address, bridge, driver, state }) => [address, bridge, driver, state]),
  ).toEqual([
    ['0000:00:01.0', true, null, 'unassignable'],
    ['0000:3b:00.0', false, 'nvidia', 'free'],
    ['0000:3b:00.1', false, null, 'unassignable'],
  ])
})

describe('a group that is not viable says why', () => {
  test.each<[string, Partial<InventoryDevice>, string]>([
    [
      'the host uses a mate',
      { inUse: [{ address: AUDIO.address, reason: 'mount', detail: 'sda1 is mounted at /' }] },
      '0000:3b:00.1 in it is in use by the host: sda1 is mounted at /',
    ],
    ['a mate is quarantined', { health: 'quarantined' }, '0000:3b:00.1 in it is quarantined'],
    [
      'a chipset mate has a driver',
      { classId: idOf('0601'), driver: 'lpc_ich' },
      '0000:3b:00.1 in it is in use by the host',
    ],
  ])('%s', (_, fields, why) => {
    expect(groupsOf([GPU, { ...AUDIO, ...fields }])[0]).toMatchObject({
      ...{ state: 'unassignable', viable: false, why, vm: null },
    })
  })

  test('all that is in the way is told', () => {
    const wrong = { health: 'quarantined' } as const
    const [group] = groupsOf([
      { ...GPU, ...wrong },
      { ...AUDIO, ...wrong },
    ])
    expect(group?.why).toBe('0000:3b:00.0 in it is quarantined; 0000:3b:00.1 in it is quarantined')
  })

  test('a PF with VFs is in the way of its group', () => {
    const pf = inventoryDevice('0000:03:00.0', { iommuGroup: 21, kind: 'pf', totalVfs: 7, numVfs: 1 })
    const vf = inventoryDevice('0000:03:10.0', {
      iommuGroup: 29,
      kind: 'vf',
      parent: addressOf('0000:03:00.0'),
    })
    expect(groupsOf([pf, vf])).toMatchObject([
      {
        ...{ group: 21, viable: false, state: 'unassignable' },
        why: '0000:03:00.0 in it is a physical function with virtual functions',
      },
      { group: 29, viable: true, state: 'free' },
    ])
  })
})

test('a held group is viable for its VM, unless something comes in between', () => {
  const claims: readonly Claimed[] = [
    { device: GPU, vm: 7, role: 'passed' },
    { device: AUDIO, vm: 7, role: 'held' },
  ]
  expect(groupsOf([GPU, AUDIO, PORT], claims)[0]).toMatchObject({
    state: 'held',
    vm: 7,
    viable: true,
    why: null,
  })
  expect(groupsOf([GPU, { ...AUDIO, health: 'quarantined' }], claims)[0]).toMatchObject({
    ...{ state: 'held', vm: 7, viable: false, why: '0000:3b:00.1 in it is quarantined' },
  })
})

test('a viable group of which nothing can be given says what keeps each', () => {
  expect(groupsOf([{ ...GPU, health: 'drained', healthReason: 'new fan' }, AUDIO])[0]).toMatchObject({
    ...{ state: 'unassignable', viable: true },
    why: "0000:3b:00.0: drained: new fan; 0000:3b:00.1: not offered: the host's filter leaves it out",
  })
})

test('bridges and chipset alone are never given, and nobody asks why', () => {
  const bridge = inventoryDevice('0000:00:00.0', { iommuGroup: 0, classId: idOf('0600') })
  expect(groupsOf([bridge, { ...PORT, iommuGroup: 1 }])).toMatchObject([
    { group: 0, state: 'never', viable: true, why: null },
    { group: 1, state: 'never', viable: true, why: null },
  ])
})

test('groups come by number, the devices in no group last, those that are missing nowhere', () => {
  const groups = groupsOf([
    { ...GPU, iommuGroup: 100 },
    inventoryDevice('0000:00:02.0', { iommuGroup: null }),
    inventoryDevice('0000:00:03.0', { iommuGroup: 9 }),
    inventoryDevice('0000:00:04.0', { iommuGroup: 9, present: false, health: 'drained' }),
  ])
  expect(groups.map(({ group, devices }) => [group, devices.length])).toEqual([
    [9, 1],
    [100, 1],
    [null, 1],
  ])
  expect(groups.at(-1)).toMatchObject({ state: 'unassignable', viable: false, vm: null })
  expect(groups.at(-1)?.why).toContain('in no IOMMU group')
})
