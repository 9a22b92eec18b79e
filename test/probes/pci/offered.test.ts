/** What a report carries beside the offered devices (invariant 4). */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reportedDevices } from '../../../probes/pci/offered.ts'
import { type Address, parseAddress, slotOf } from '../../../src/model/address.ts'
import type { Device } from '../../../src/model/device.ts'
import { hexId } from '../../../src/model/ids.ts'
import type { PassthroughFacts } from '../../../src/model/passthrough-facts.ts'

function device(address: string, fields: Partial<Device> = {}): Device {
  const parsed = parseAddress(address)
  if (parsed === null) throw new Error(address)
  return {
    address: parsed,
    vendorId: hexId(0x8086),
    deviceId: hexId(1),
    classId: hexId(0x200),
    progIf: '00',
    revision: null,
    subsystemVendorId: null,
    subsystemDeviceId: null,
    vendorName: null,
    deviceName: null,
    className: null,
    kind: 'plain',
    parent: null,
    totalVfs: 0,
    numVfs: 0,
    numaNode: null,
    iommuGroup: null,
    driver: null,
    bridge: false,
    networkInterfaces: [],
    resetMethods: [],
    msix: null,
    pcie: null,
    identity: null,
    passthrough: null,
    ...fields,
  }
}

const FACTS: PassthroughFacts = {
  ...{ upstream: null, acs: null, flr: null, resettable: false, barSizes: null },
  ...{ msi: null, irq: null, rom: false, reservedMemory: null },
}

const report = (devices: readonly Device[], ...offered: string[]) =>
  reportedDevices(devices, ({ address }) => offered.includes(address)).map(
    ({ address, offered }) => `${address}${offered ? ' offered' : ''}`,
  )

describe('an offered device brings along', () => {
  test('its group mates', () => {
    const devices = [
      device('01:00.0', { iommuGroup: 1 }),
      device('02:00.0', { iommuGroup: 1 }),
      device('03:00.0', { iommuGroup: 2 }),
    ]
    expect(report(devices, '0000:01:00.0')).toEqual(['0000:01:00.0 offered', '0000:02:00.0'])
  })

  test('its sibling functions', () => {
    expect(report([device('01:00.0'), device('01:00.1'), device('01:01.0')], '0000:01:00.1')).toEqual([
      '0000:01:00.0',
      '0000:01:00.1 offered',
    ])
  })

  test("a VF's PF and its sister VFs", () => {
    const pf = device('03:00.0')
    const vfs = ['03:10.0', '03:10.2', '03:11.0'].map((at) => device(at, { parent: pf.address, kind: 'vf' }))
    expect(report([pf, ...vfs], '0000:03:10.2')).toEqual([
      '0000:03:00.0',
      '0000:03:10.0',
      '0000:03:10.2 offered',
      '0000:03:11.0',
    ])
  })

  test('the bridges above it and above its mates, up to the root port, and nothing else that hangs on them', () => {
    const below = (upstream: string | null): Partial<Device> => ({
      passthrough: { ...FACTS, upstream: upstream === null ? null : parseAddress(upstream) },
    })
    const devices = [
      ...[device('00:01.0', { ...below(null), bridge: true }), device('00:01.1', below(null))],
      device('01:00.0', { ...below('00:01.0'), bridge: true }),
      device('02:00.0', { ...below('01:00.0'), bridge: true, iommuGroup: 7 }),
      device('02:01.0', { ...below('01:00.0'), bridge: true, iommuGroup: 7 }),
      ...[device('03:00.0', below('02:00.0')), device('04:00.0', below('02:01.0'))],
    ]
    expect(report(devices, '0000:03:00.0')).toEqual([
      ...['0000:00:01.0', '0000:01:00.0', '0000:02:00.0', '0000:03:00.0 offered'],
    ])
  })

  test('the mates of its mates: a mate that is bound along touches its own PF and VFs', () => {
    const pf = device('03:00.0', { iommuGroup: 1 })
    const vf = device('03:10.0', { parent: pf.address, iommuGroup: 2 })
    expect(report([device('01:00.0', { iommuGroup: 1 }), pf, vf, device('05:00.0')], '0000:01:00.0')).toEqual(
      ['0000:01:00.0 offered', '0000:03:00.0', '0000:03:10.0'],
    )
  })

  test('nothing where nothing is offered', () => {
    expect(report([device('01:00.0'), device('01:00.1')])).toEqual([])
  })
})

test('whatever is carried, all that is related to it is carried, and nothing without a chain to an offered device', () => {
  const arbitrary = fc.uniqueArray(
    fc.record({
      slot: fc.integer({ min: 0, max: 5 }),
      fn: fc.integer({ min: 0, max: 3 }),
      group: fc.option(fc.integer({ min: 0, max: 5 })),
      parent: fc.option(fc.integer({ min: 0, max: 5 })),
      offered: fc.boolean(),
    }),
    { selector: ({ slot, fn }) => slot * 8 + fn, maxLength: 16 },
  )
  fc.assert(
    fc.property(arbitrary, (described) => {
      const devices = described.map(({ slot, fn, group, parent }) =>
        device(`00:0${slot}.${fn}`, {
          iommuGroup: group,
          parent: parent === null ? null : device(`00:0${parent}.0`).address,
        }),
      )
      const wanted = new Set(
        devices.filter((_, index) => described[index]?.offered).map(({ address }) => address),
      )
      const related = (a: Device, b: Device) =>
        (a.iommuGroup !== null && a.iommuGroup === b.iommuGroup) ||
        slotOf(a.address) === slotOf(b.address) ||
        (a.parent ?? a.address) === (b.parent ?? b.address)
      const expected = new Set<Address>(wanted)
      for (let before = -1; before !== expected.size; ) {
        before = expected.size
        for (const a of devices)
          if (expected.has(a.address)) for (const b of devices) if (related(a, b)) expected.add(b.address)
      }
      const found = reportedDevices(devices, ({ address }) => wanted.has(address))
      expect(new Set(found.map(({ address }) => address))).toEqual(expected)
      for (const { address, offered } of found) expect(offered).toBe(wanted.has(address))
    }),
  )
})
