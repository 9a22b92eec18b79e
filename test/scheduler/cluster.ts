/** Small random clusters for properties, and what a placement leaves of a host. */
import fc from 'fast-check'
import type { Rank, Requirement } from '../../src/model/expression.ts'
import type { PendingVm, Placement, SnapshotDevice, SnapshotHost } from '../../src/model/snapshot.ts'
import { anyDevices, anyVm, host } from './build.ts'

const anyRequirement: fc.Arbitrary<Requirement | null> = fc.option(
  fc.record({
    type: fc.constant('comparison' as const),
    attribute: fc.constantFrom('RACK', 'FREE_CPU', 'RUNNING_VMS', 'ID'),
    operator: fc.constantFrom('=' as const, '!=' as const, '>' as const, '<' as const),
    value: fc.constantFrom(0, 1, 2, 150),
  }),
  { freq: 2 },
)

const anyRank: fc.Arbitrary<Rank | null> = fc.option(
  fc.constantFrom<Rank[]>(
    { type: 'attribute', name: 'FREE_CPU' },
    { type: 'attribute', name: 'RACK' },
    { type: 'negate', operand: { type: 'attribute', name: 'RUNNING_VMS' } },
  ),
  { freq: 2 },
)

const anyHost = (id: number): fc.Arbitrary<SnapshotHost> =>
  fc
    .record({
      devices: anyDevices,
      state: fc.constantFrom<SnapshotHost['state'][]>('on', 'on', 'on', 'on', 'off', 'disabled'),
      passthroughReady: fc.constantFrom(true, true, true, true, false),
      ungroupedAllowed: fc.boolean(),
      cpu: fc.constantFrom(null, 100, 200, 300),
      usedCpu: fc.constantFrom(0, 0, 100),
      memoryMiB: fc.constantFrom(null, 4, 8),
      runningVms: fc.constantFrom(0, 1, 2),
      attributes: fc.constantFrom({}, { RACK: '1' }, { RACK: 2 }, { RACK: 'x' }),
      firmware: fc.constantFrom({}, {}, { noUefi: true as const }),
    })
    .map(({ devices, firmware, ...facts }) => host(id, devices, { ...facts, ...firmware }))

const anyPending = (id: number): fc.Arbitrary<PendingVm> =>
  fc
    .record({
      base: anyVm(id),
      priority: fc.constantFrom(0, 0, 5),
      cpu: fc.constantFrom(0, 50, 100),
      memoryMiB: fc.constantFrom(0, 1, 4),
      requirement: anyRequirement,
      rank: anyRank,
      onlyHost: fc.constantFrom(null, null, null, null, 0, 7),
      firmware: fc.constantFrom({}, {}, { uefi: true as const }),
    })
    .map(({ base, firmware, ...facts }) => ({ ...base, ...facts, ...firmware }))

export const anySnapshot = fc.record({
  hosts: fc
    .integer({ min: 1, max: 4 })
    .chain((n) => fc.tuple(...Array.from({ length: n }, (_, id) => anyHost(id)))),
  vms: fc
    .integer({ min: 1, max: 5 })
    .chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => anyPending(i + 1)))),
  policy: fc.constantFrom('pack' as const, 'spread' as const),
})

/** The host with the VM on it, as the placement says. */
export function occupy(h: SnapshotHost, wants: PendingVm, placement: Placement): SnapshotHost {
  const taken = [...placement.devices.map((d) => d.address), ...placement.held]
  return {
    ...h,
    usedCpu: h.usedCpu + wants.cpu,
    usedMemoryMiB: h.usedMemoryMiB + wants.memoryMiB,
    runningVms: h.runningVms + 1,
    devices: h.devices.map(
      (d): SnapshotDevice => (taken.includes(d.address) ? { ...d, claimedBy: wants.id } : d),
    ),
  }
}
