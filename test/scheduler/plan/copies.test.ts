import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import { type Copies, planCopies } from '../../../scheduler/plan/copies.ts'
import { planCluster } from '../../../scheduler/plan/plan.ts'
import { FIRST_COPY } from '../../../src/model/refusal.ts'
import type { PendingVm, Snapshot, SnapshotHost } from '../../../src/model/snapshot.ts'
import { device, host, request, vm } from '../build.ts'
import { anySnapshot, occupy } from '../cluster.ts'

function counted(snapshot: Snapshot, like: PendingVm, limit: number): Copies {
  const steps = planCopies(snapshot, like, limit)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Behind whatever waits: the scheduler plans by priority. */
const copy = (like: PendingVm, n: number): PendingVm => ({ ...like, id: FIRST_COPY + n, priority: -1 })

interface Together {
  /** As they are afterwards. */
  readonly hosts: readonly SnapshotHost[]
  /** The copies. */
  readonly byHost: ReadonlyMap<number, number>
}

/** What waits and so many copies, planned together; null = one of the copies was refused. */
function together(snapshot: Snapshot, like: PendingVm, copies: number): Together | null {
  const vms = [...snapshot.vms, ...Array.from({ length: copies }, (_, n) => copy(like, n))]
  const { placements, rejections } = planCluster({ ...snapshot, vms })
  if (rejections.some((one) => one.vm >= FIRST_COPY)) return null
  const byHost = new Map<number, number>()
  for (const { vm: placed, host: on } of placements)
    if (placed >= FIRST_COPY) byHost.set(on, (byHost.get(on) ?? 0) + 1)
  const hosts = snapshot.hosts.map((h) =>
    placements.reduce((now, placement) => {
      const placed = vms.find(({ id }) => id === placement.vm)
      return placement.host === h.id && placed !== undefined ? occupy(now, placed, placement) : now
    }, h),
  )
  return { hosts, byHost }
}

describe('how many copies of a VM there is room for', () => {
  test('as many as the scheduler places of them, one more each time, until it refuses one; where, and why not more', () => {
    const seen = { none: 0, some: 0, more: 0 }
    fc.assert(
      fc.property(anySnapshot, fc.boolean(), fc.integer({ min: 1, max: 5 }), (snapshot, waits, limit) => {
        const [like, ...others] = snapshot.vms
        if (like === undefined) return
        const start = { ...snapshot, vms: waits ? others : [] }
        const { byHost, count, more, refusals } = counted(start, like, limit)
        seen[more ? 'more' : count > 0 ? 'some' : 'none'] += 1
        expect([...byHost.values()].reduce((sum, n) => sum + n, 0)).toBe(count)
        expect(count <= limit && (!more || count === limit)).toBe(true)

        for (let n = 1; n < count; n++) expect(together(start, like, n)).not.toBeNull()
        expect(together(start, like, count + 1) !== null).toBe(more)
        // Without a copy what waits might be placed otherwise: what the copies ask for counts, too.
        if (count === 0 && waits) return
        const all = together(start, like, count)
        expect(all?.byHost).toEqual(byHost)
        // Asked in another way, host by host.
        const judged = judgeHosts({ hosts: all?.hosts ?? [] }, copy(like, count))
        expect(judged.fitting.length > 0).toBe(more)
        if (!more) expect(refusals).toEqual(judged.refusals)
      }),
      { numRuns: 300 },
    )
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(8)
  })

  test('a requirement that only placing makes false ends the count, too', () => {
    const few = { type: 'comparison', attribute: 'RUNNING_VMS', operator: '<', value: 2 } as const
    const snapshot: Snapshot = { hosts: [host(0, []), host(1, [])], vms: [], policy: 'pack' }
    const found = counted(snapshot, vm(0, [], { requirement: few }), 10_000)
    expect(found).toMatchObject({ count: 4, more: false, refusals: [{ refusal: { code: 'requirements' } }] })
  })

  test('a VM that waits and holds something already has it; the copies do not', () => {
    const gpus = ['3b:00.0', '3c:00.0'].map((at, n) =>
      device(at, '10de:20b0:0302', { claimedBy: n === 0 ? 7 : null }),
    )
    const snapshot: Snapshot = {
      hosts: [host(0, gpus)],
      vms: [vm(7, [request('10de::')])],
      policy: 'pack',
    }
    expect(counted(snapshot, vm(0, [request('10de::')]), 5)).toMatchObject({
      count: 0,
      refusals: [{ refusal: { code: 'not-enough-free', heldBy: [7] } }],
    })
  })
})
