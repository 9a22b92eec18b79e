import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planDocument } from '../../src/cluster-file/plan.ts'
import { cluster, documentOf } from './clusters.ts'
import { judge } from './judge.ts'

const policy = fc.constantFrom('pack' as const, 'spread' as const)
const runs = Number(process.env.BERTH_JUDGE_RUNS ?? '800')

test('every plan is what an exhaustive judge says: placed where possible, refused where not, optional devices at their most', {
  timeout: 300_000,
}, () => {
  let placed = 0
  let refused = 0
  fc.assert(
    fc.property(cluster, policy, (problem, how) => {
      const plan = planDocument(documentOf(problem), how)
      placed += plan.placements.length
      refused += plan.rejections.length
      expect(judge(problem, plan)).toEqual([])
    }),
    { numRuns: runs },
  )
  expect(Math.min(placed, refused)).toBeGreaterThan((placed + refused) / 10)
})

test('the order of hosts, devices and VMs in the file changes nothing', { timeout: 300_000 }, () => {
  const shuffled = <T>(list: readonly T[]) =>
    fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length })
  const pair = cluster.chain((problem) =>
    fc
      .tuple(
        shuffled(problem.vms),
        shuffled(problem.hosts).chain((hosts) =>
          fc.tuple(...hosts.map((host) => shuffled(host.devices).map((devices) => ({ ...host, devices })))),
        ),
      )
      .map(([vms, hosts]) => ({ problem, other: { hosts, vms } })),
  )
  fc.assert(
    fc.property(pair, policy, ({ problem, other }, how) => {
      expect(planDocument(documentOf(other), how)).toEqual(planDocument(documentOf(problem), how))
    }),
    { numRuns: runs / 5 },
  )
})
