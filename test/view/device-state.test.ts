/** A device's state in one word, and the words for why it is not free. */
import { expect, test } from 'vitest'
import { arrangeDevices } from '../../src/model/assignable.ts'
import type { ClaimRole } from '../../src/model/claim.ts'
import type { VmState } from '../../src/model/vm.ts'
import { deviceState } from '../../src/view/device-state.ts'
import type { Holder, InventoryDevice } from '../../src/view/inventory.ts'
import { addressOf, idOf, inventoryDevice, placedDevice } from './build.ts'

const GPU = '0000:3b:00.0'
const AUDIO = '0000:3b:00.1'

/** State of the first device; the others stand beside it on the host. */
function stateOf(devices: readonly InventoryDevice[], holder: Holder | null = null) {
  const [device] = devices
  if (!device) throw new Error('no device')
  const present = devices.filter((one) => one.present)
  const placed = present.map((one) =>
    placedDevice(one, { claimedBy: one === device ? (holder?.vm ?? null) : null }),
  )
  const arranged = arrangeDevices(placed, false)
  return deviceState(arranged, arranged.byAddress.get(device.address) ?? null, device, holder)
}

const held = (vmState: VmState, role: ClaimRole = 'passed'): Holder => ({
  ...{ vm: 7, vmName: 'train-1', vmState, role },
})

test('a device that nothing stands in the way of is free and says no reason', () => {
  expect(stateOf([inventoryDevice(GPU)])).toEqual({ state: 'free', why: null })
})

test.each([
  ['BOOT', 'passed', 'claimed', 'promised to VM 7 (train-1)'],
  ['RUNNING', 'passed', 'attached', 'attached to VM 7 (train-1)'],
  ['UNKNOWN', 'passed', 'attached', 'attached to VM 7 (train-1), whose host is silent'],
  ['SHUTDOWN', 'passed', 'releasing', 'on its way back from VM 7 (train-1)'],
  ['BOOT', 'held', 'held', 'held for VM 7 (train-1), which has a device of its IOMMU group'],
  ['RUNNING', 'held', 'held', 'held for VM 7 (train-1), which has a device of its IOMMU group'],
  ['SHUTDOWN', 'held', 'releasing', 'on its way back from VM 7 (train-1)'],
] as const)('a device of a VM in %s, %s, is %s', (vmState, role, state, why) => {
  expect(stateOf([inventoryDevice(GPU)], held(vmState, role))).toEqual({ state, why })
})

test('a claimed device that vanished is missing and still names its VM', () => {
  expect(stateOf([inventoryDevice(GPU, { present: false })], held('RUNNING'))).toEqual({
    state: 'missing',
    why: 'not seen since 2026-11-21T00:00:00.000Z; VM 7 (train-1) holds it',
  })
})

test('a vanished device that nobody holds is missing', () => {
  expect(stateOf([inventoryDevice(GPU, { present: false })]).state).toBe('missing')
})

test('a drained device says who drained it where a reason was given', () => {
  expect(
    stateOf([inventoryDevice(GPU, { health: 'drained', healthReason: 'fan replaced on Monday' })]),
  ).toEqual({ state: 'drained', why: 'drained: fan replaced on Monday' })
})

test('a quarantined device says why, in general words where no reason was given', () => {
  const { state, why } = stateOf([inventoryDevice(GPU, { health: 'quarantined' })])
  expect(state).toBe('quarantined')
  expect(why).toContain('not to be trusted')
})

test('a device that the host uses is unassignable and names every use', () => {
  const inUse = [
    { address: addressOf(GPU), reason: 'mount' as const, detail: 'sda1 is mounted at /boot' },
    { address: addressOf(GPU), reason: 'swap' as const, detail: 'sda2 is swap' },
  ]
  expect(stateOf([inventoryDevice(GPU, { inUse })])).toEqual({
    state: 'unassignable',
    why: 'in use by the host: sda1 is mounted at /boot; sda2 is swap',
  })
})

test("a device that the host uses is free on the operator's word", () => {
  const inUse = [{ address: addressOf(GPU), reason: 'display' as const, detail: 'boot display' }]
  expect(stateOf([inventoryDevice(GPU, { inUse, allowed: true })]).state).toBe('free')
})

test.each([
  ['a bridge', { bridge: true, classId: idOf('0604') }, 'bridge'],
  ['a chipset function', { classId: idOf('0600') }, 'chipset'],
  ['a device that the filter leaves out', { offered: false }, 'not offered'],
  ['a device in no IOMMU group', { iommuGroup: null }, 'in no IOMMU group'],
])('%s is unassignable', (_, fields, words) => {
  const { state, why } = stateOf([inventoryDevice(GPU, fields)])
  expect(state).toBe('unassignable')
  expect(why).toContain(words)
})

test('a group mate that the host uses makes a device unassignable, and is named', () => {
  const inUse = [{ address: addressOf(AUDIO), reason: 'mount' as const, detail: '/' }]
  const { state, why } = stateOf([inventoryDevice(GPU), inventoryDevice(AUDIO, { inUse })])
  expect(state).toBe('unassignable')
  expect(why).toContain(AUDIO)
})

test('of many uses the first few are named and the others counted', () => {
  const inUse = Array.from({ length: 9 }, (_, index) => ({
    ...{ address: addressOf(GPU), reason: 'route' as const, detail: `route ${index}` },
  }))
  const { why } = stateOf([inventoryDevice(GPU, { inUse })])
  expect(why).toBe('in use by the host: route 0; route 1; route 2; route 3; and 5 more')
})
