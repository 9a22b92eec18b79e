/** What list and show say of a host never contradicts: on random inventories. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Address } from '../../src/model/address.ts'
import type { VmState } from '../../src/model/vm.ts'
import { deviceViews } from '../../src/view/device.ts'
import { hostSummary } from '../../src/view/host.ts'
import type { Holder, InventoryDevice } from '../../src/view/inventory.ts'
import { addressOf, host, idOf, inventoryDevice, placedDevice, placedHost } from './build.ts'

const HOLDING: readonly VmState[] = ['BOOT', 'RUNNING', 'SHUTDOWN', 'UNKNOWN']

interface Row {
  readonly device: InventoryDevice
  readonly holder: Holder | null
}

const row = (slot: number): fc.Arbitrary<Row> => {
  const address = addressOf(`0000:3b:${slot.toString(16).padStart(2, '0')}.0`)
  const use = { address, reason: 'mount' as const, detail: 'sda1 is mounted at /' }
  const device = fc.record({
    iommuGroup: fc.option(fc.nat(3)),
    offered: fc.boolean(),
    present: fc.boolean(),
    allowed: fc.boolean(),
    health: fc.constantFrom('ok' as const, 'ok' as const, 'drained' as const, 'quarantined' as const),
    classId: fc.constantFrom(idOf('0302'), idOf('0302'), idOf('0604'), idOf('0600')),
    inUse: fc.constantFrom([], [], [use]),
  })
  const holder = fc.option(
    fc.record({
      vm: fc.integer({ min: 1, max: 3 }),
      vmName: fc.constant('train'),
      vmState: fc.constantFrom(...HOLDING),
      role: fc.constantFrom('passed' as const, 'held' as const),
    }),
  )
  return fc.record({
    device: device.map((fields) => inventoryDevice(address, fields)),
    holder,
  })
}

const inventory = fc.nat(8).chain((size) => fc.tuple(...Array.from({ length: size }, (_, slot) => row(slot))))

function views(rows: readonly Row[]) {
  const placed = placedHost(
    rows
      .filter(({ device }) => device.present)
      .map(({ device, holder }) => placedDevice(device, { claimedBy: holder?.vm ?? null })),
  )
  const holders = new Map(
    rows.flatMap(({ device, holder }): [Address, Holder][] => (holder ? [[device.address, holder]] : [])),
  )
  const devices = rows.map(({ device }) => device)
  return { placed, devices: deviceViews(placed, devices, holders) }
}

test('the list counts as free exactly the offered devices that show says are free', () => {
  fc.assert(
    fc.property(inventory, (rows) => {
      const { placed, devices } = views(rows)
      const free = devices.filter(({ state, offered }) => state === 'free' && offered)
      expect(hostSummary(host(), placed).freeDevices).toBe(free.length)
    }),
  )
})

test('a device is free or says why not, never both, and a free one belongs to nobody', () => {
  fc.assert(
    fc.property(inventory, (rows) => {
      for (const { state, why, vm } of views(rows).devices) {
        expect(state === 'free').toBe(why === null)
        if (state === 'free') expect(vm).toBeNull()
      }
    }),
  )
})

test('the order of the inventory changes nothing', () => {
  fc.assert(
    fc.property(inventory, (rows) => {
      const states = (list: readonly Row[]) =>
        views(list).devices.map(({ address, state }) => [address, state])
      expect(states([...rows].reverse())).toEqual(states(rows))
    }),
  )
})
