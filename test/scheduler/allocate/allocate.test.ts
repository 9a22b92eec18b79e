import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, toAllocation } from '../../../scheduler/allocate/allocate.ts'
import { emptyCatalog, worthByKind } from '../../../scheduler/allocate/catalog.ts'
import { deviceTable, freeFor } from '../../../scheduler/allocate/device-table.ts'
import { compileShape } from '../../../scheduler/allocate/shape.ts'
import { arrangeDevices, obstacle } from '../../../src/model/assignable.ts'
import type { PendingVm, SnapshotDevice } from '../../../src/model/snapshot.ts'
import { assignable, bestWay } from '../brute-force.ts'
import { anyDevices, anyVm, device, request, vm } from '../build.ts'

function run(devices: readonly SnapshotDevice[], wants: PendingVm, ungrouped = true) {
  const catalog = emptyCatalog()
  const table = deviceTable(devices, ungrouped, catalog)
  const shape = compileShape(wants.requests, wants.numaPolicy)
  const fit = allocate(table, shape, wants.id, worthByKind(catalog, wants.requests))
  return typeof fit === 'string' ? fit : toAllocation(table, shape, fit)
}

/** `0=0000:3b:00.0 1=...`, or the misfit. */
function told(devices: readonly SnapshotDevice[], wants: PendingVm): string {
  const result = run(devices, wants)
  return typeof result === 'string'
    ? result
    : result.devices.map((d) => `${d.request}=${d.address.slice(5)}`).join(' ')
}

describe('against brute force', () => {
  test('a device is free exactly when the invariant says so, whether asked one by one or all at once', () => {
    fc.assert(
      fc.property(anyDevices, fc.boolean(), fc.constantFrom(1, 99), (devices, ungrouped, who) => {
        const table = deviceTable(devices, ungrouped, emptyCatalog())
        const arranged = arrangeDevices(table.devices, ungrouped)
        const expected = table.devices.map((d) => assignable(table.devices, d, who, ungrouped))
        expect(freeFor(table, who)).toEqual(expected)
        expect(table.devices.map((d) => obstacle(arranged, d, who) === null)).toEqual(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('safety: whatever is given is assignable, fits its request, is given once, and carries its group along', () => {
    fc.assert(
      fc.property(anyDevices, anyVm(1), fc.boolean(), (devices, wants, ungrouped) => {
        const result = run(devices, wants, ungrouped)
        if (typeof result === 'string') return
        const passed = result.devices.map((d) => d.address)
        expect(new Set(passed).size).toBe(passed.length)
        for (const given of passed) {
          const d = devices.find((x) => x.address === given)
          expect(d !== undefined && assignable(devices, d, 1, ungrouped)).toBe(true)
        }
        const held = devices.filter(
          (d) =>
            !passed.includes(d.address) &&
            d.claimedBy === null &&
            !d.bridge &&
            d.classId !== '0604' &&
            devices.some(
              (p) => passed.includes(p.address) && p.iommuGroup !== null && p.iommuGroup === d.iommuGroup,
            ),
        )
        expect([...result.held]).toEqual(held.map((d) => d.address).sort())
      }),
      { numRuns: 2000 },
    )
  })

  test('quality: it fits exactly when there is a way, with the most optional devices, earlier blocks first', () => {
    let fitted = 0
    fc.assert(
      fc.property(anyDevices, anyVm(1), fc.boolean(), (devices, wants, ungrouped) => {
        const result = run(devices, wants, ungrouped)
        const best = bestWay(devices, wants, ungrouped)
        if (typeof result === 'string') {
          expect(best).toBeNull()
          expect(result).toBe('infeasible')
          return
        }
        fitted += wants.requests.length > 0 ? 1 : 0
        const given = wants.requests.map((r) => result.devices.filter((d) => d.request === r.index))
        expect(given.map((list, i) => (wants.requests[i]?.optional ? list.length : 0))).toEqual(
          best?.optional,
        )
        const nodes = new Set(
          result.devices.flatMap((g) => devices.find((d) => d.address === g.address)?.numaNode ?? []),
        )
        if (wants.numaPolicy !== 'none') expect(nodes.size <= 1).toBe(best?.oneNode)
        for (const [i, r] of wants.requests.entries())
          if (!r.optional && !r.allFunctions) expect(given[i]).toHaveLength(r.count)
      }),
      { numRuns: 5000 },
    )
    expect(fitted).toBeGreaterThan(500)
  })

  test('the order of devices in the input changes nothing', () => {
    fc.assert(
      fc.property(
        anyDevices.chain((d) => fc.tuple(fc.constant(d), fc.shuffledSubarray(d, { minLength: d.length }))),
        anyVm(1),
        ([devices, shuffled], wants) => {
          expect(run(shuffled, wants)).toEqual(run(devices, wants))
        },
      ),
      { numRuns: 1000 },
    )
  })
})

const V100 = '10de:1db4:0302'
const A100 = '10de:20b0:0302'

describe('rows', () => {
  test.each<[string, SnapshotDevice[], PendingVm, string]>([
    [
      'a class-only request leaves the device that an exact one needs',
      [device('3b:00.0', V100), device('af:00.0', A100)],
      vm(1, [request('10de::'), request('10de:1db4:')]),
      '0=af:00.0 1=3b:00.0',
    ],
    [
      'the same in the other order of blocks',
      [device('3b:00.0', V100), device('af:00.0', A100)],
      vm(1, [request('10de:1db4:'), request('10de::')]),
      '0=3b:00.0 1=af:00.0',
    ],
    [
      'two blocks naming one address are never served',
      [device('3b:00.0', A100), device('3b:00.1', A100)],
      vm(1, [request('', { at: '3b:00.0' }), request('', { at: '3b:00.0' })]),
      'infeasible',
    ],
    [
      'a PF without VFs answers KIND = PF, not PLAIN',
      [device('3b:00.0', A100, { kind: 'pf' }), device('3b:00.1', A100)],
      vm(1, [request('10de::', { kind: 'plain' }), request('10de::', { kind: 'pf' })]),
      '0=3b:00.1 1=3b:00.0',
    ],
    [
      'FUNCTIONS = ALL takes the audio function with the GPU',
      [device('3b:00.0', A100), device('3b:00.1', '10de:1aef:0403')],
      vm(1, [request('::0302', { allFunctions: true })]),
      '0=3b:00.0 0=3b:00.1',
    ],
    [
      'FUNCTIONS = ALL gives up a slot that a single request needs',
      [device('3b:00.0', A100), device('3b:00.1', '10de:1aef:0403'), device('af:00.0', A100)],
      vm(1, [request('::0302', { allFunctions: true }), request('::0403')]),
      '0=af:00.0 1=3b:00.1',
    ],
    [
      'FUNCTIONS = ALL refuses a slot of which one function is in use',
      [device('3b:00.0', A100), device('3b:00.1', '10de:1aef:0403', { inUseByHost: true })],
      vm(1, [request('::0302', { allFunctions: true })]),
      'infeasible',
    ],
    [
      'a second device comes from the group that the VM holds already',
      [
        device('3b:00.0', A100, { iommuGroup: 1 }),
        device('3c:00.0', A100, { iommuGroup: 2 }),
        device('3d:00.0', A100, { iommuGroup: 1 }),
        device('3e:00.0', A100, { iommuGroup: 2 }),
      ],
      vm(1, [request('10de::', { count: 2 })]),
      '0=3b:00.0 0=3d:00.0',
    ],
    [
      'what few devices can serve is taken first, so that the rest of its group is not held for nothing',
      [
        device('3b:00.0', A100, { iommuGroup: 1 }),
        device('3b:00.1', '10de:1aef:0403', { iommuGroup: 1 }),
        device('5b:00.0', A100, { iommuGroup: 2 }),
      ],
      vm(1, [request('10de::'), request('::0403')]),
      '0=3b:00.0 1=3b:00.1',
    ],
    [
      'a device that drags no group mate along is preferred',
      [
        device('3b:00.0', A100, { iommuGroup: 1 }),
        device('3b:00.1', '10de:1aef:0403', { iommuGroup: 1 }),
        device('af:00.0', A100, { iommuGroup: 2 }),
      ],
      vm(1, [request('::0302')]),
      '0=af:00.0',
    ],
    [
      'NUMA PREFERRED moves to one node when that costs nothing',
      [
        device('3b:00.0', A100, { numaNode: 0 }),
        device('af:00.0', A100, { numaNode: 1 }),
        device('af:00.1', A100, { numaNode: 1 }),
      ],
      vm(1, [request('::0302', { count: 2 })], { numaPolicy: 'preferred' }),
      '0=af:00.0 0=af:00.1',
    ],
    [
      'NUMA PREFERRED takes nothing from an earlier optional block to give a later one more',
      [
        device('3b:00.0', A100, { numaNode: 0 }),
        device('3b:00.1', '10de:1aef:0403', { numaNode: 0 }),
        device('af:00.0', A100, { numaNode: 1 }),
      ],
      vm(
        1,
        [request('::0403', { optional: true }), request('10de::', { allFunctions: true, optional: true })],
        { numaPolicy: 'preferred' },
      ),
      '0=3b:00.1 1=af:00.0',
    ],
    [
      'an optional block is served in part',
      [device('3b:00.0', A100), device('af:00.0', A100)],
      vm(1, [request('10de::'), request('10de::', { count: 3, optional: true })]),
      '0=3b:00.0 1=af:00.0',
    ],
  ])('%s', (_, devices, wants, expected) => {
    expect(told(devices, wants)).toBe(expected)
  })
})
