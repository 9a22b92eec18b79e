import fc from 'fast-check'
import { expect, test } from 'vitest'
import { remedyFor } from '../../../scheduler/remedy/remedy.ts'
import type { Situation } from '../../../scheduler/remedy/situation.ts'
import type { Tenant } from '../../../src/model/remedy.ts'
import { anyDevices, anyVm, host } from '../build.ts'
import { cheapestOfAll, costOfAll, everyChange, everyFewer, fits } from './every-subset.ts'

const anyTenant = (vm: number): fc.Arbitrary<Tenant> =>
  fc.record({
    vm: fc.constant(vm),
    cpu: fc.constantFrom(0, 100, 200),
    memoryMiB: fc.constantFrom(0, 512, 1024),
    leaving: fc.constantFrom(false, false, false, true),
  })

const anySituation: fc.Arbitrary<Situation> = fc
  .record({
    devices: anyDevices,
    vm: anyVm(50),
    tenants: fc.tuple(anyTenant(1), anyTenant(2)),
    wants: fc.record({
      cpu: fc.constantFrom(0, 0, 100, 300, 900),
      memoryMiB: fc.constantFrom(0, 0, 512, 9000),
    }),
    answers: fc.constantFrom(true, true, false),
    facts: fc.record({
      state: fc.constantFrom('on' as const, 'on' as const, 'disabled' as const),
      passthroughReady: fc.constantFrom(true, true, false),
      ungroupedAllowed: fc.boolean(),
    }),
  })
  .map(({ devices: any, vm, tenants, wants, answers, facts }) => {
    // What is removed with the virtual functions of a device are its virtual functions, and nobody's parent is one.
    const devices = any.map((d) => (d.kind === 'vf' && d.parent !== d.address ? d : { ...d, parent: null }))
    const usedCpu = tenants.reduce((sum, one) => sum + one.cpu, 100)
    const usedMemoryMiB = tenants.reduce((sum, one) => sum + one.memoryMiB, 1000)
    const load = { cpu: 600, usedCpu, memoryMiB: 3200, usedMemoryMiB, runningVms: 3 }
    return { host: host(0, devices, { ...load, ...facts }), vm: { ...vm, ...wants }, tenants, answers }
  })
  .filter((situation) => everyChange(situation).length <= 9 && !fits(situation, []))

/** As often as not such that something helps. */
const mixed = fc.oneof(
  anySituation,
  anySituation.filter((situation) => fits(situation, everyChange(situation))),
)

const plenty = () => ({ left: 1_000_000 })
const runs = Number(process.env.BERTH_REMEDY_RUNS ?? '120')

test('the changes do, none of them can be left out, and no cheaper set does', { timeout: 300_000 }, () => {
  let helped = 0
  fc.assert(
    fc.property(mixed, (situation) => {
      const remedy = remedyFor(situation, plenty())
      const best = cheapestOfAll(situation, everyChange(situation))
      const last = best ?? cheapestOfAll(situation, [...everyChange(situation), ...everyFewer(situation)])
      if (remedy === 'unknown') throw new Error('there was plenty of time')
      expect(remedy?.cost ?? null).toBe(last)
      if (remedy === null) return
      helped += 1
      expect(remedy.exact).toBe(true)
      expect(costOfAll(situation, remedy.changes)).toBe(remedy.cost)
      expect(fits(situation, remedy.changes)).toBe(true)
    }),
    { numRuns: runs },
  )
  expect(helped).toBeGreaterThan(runs / 4)
})

test('without a budget the changes still do, and none of them can be left out', () => {
  fc.assert(
    fc.property(mixed, (situation) => {
      const remedy = remedyFor(situation, { left: -1 })
      if (remedy === null || remedy === 'unknown') return
      const { changes } = remedy
      expect(fits(situation, changes)).toBe(true)
      if (changes.some(({ code }) => code === 'remove-vfs' || code === 'ask-for-fewer')) return
      for (const change of changes)
        expect(
          fits(
            situation,
            changes.filter((one) => one !== change),
          ),
        ).toBe(false)
    }),
    { numRuns: runs },
  )
})

test('the order of devices, requests and tenants changes nothing', () => {
  const shuffled = <T>(list: readonly T[]) =>
    fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length })
  const pair = mixed.chain((situation) =>
    fc
      .tuple(shuffled(situation.host.devices), shuffled(situation.vm.requests), shuffled(situation.tenants))
      .map(([devices, requests, tenants]) => ({
        situation,
        other: {
          host: { ...situation.host, devices },
          vm: { ...situation.vm, requests },
          tenants,
          answers: situation.answers,
        },
      })),
  )
  fc.assert(
    fc.property(pair, ({ situation, other }) => {
      expect(remedyFor(other, plenty())).toEqual(remedyFor(situation, plenty()))
    }),
    { numRuns: runs },
  )
})
