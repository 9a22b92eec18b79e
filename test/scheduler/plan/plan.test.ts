import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import { planCluster } from '../../../scheduler/plan/plan.ts'
import type { Rank, Requirement } from '../../../src/model/expression.ts'
import type { PendingVm, Plan, SnapshotHost } from '../../../src/model/snapshot.ts'
import { bestWay } from '../brute-force.ts'
import { device, host, request, vm } from '../build.ts'
import { anySnapshot, occupy } from '../cluster.ts'

const freeCpu = (h: SnapshotHost) =>
  h.cpu === null ? Number.MAX_SAFE_INTEGER : Math.max(0, h.cpu - h.usedCpu)

function attribute(h: SnapshotHost, name: string): string | number | undefined {
  if (name === 'FREE_CPU') return freeCpu(h)
  if (name === 'RUNNING_VMS') return h.runningVms
  return name === 'ID' ? h.id : h.attributes[name]
}

function meets(h: SnapshotHost, r: Requirement | null): boolean {
  if (r?.type !== 'comparison') return true
  const value = attribute(h, r.attribute)
  if (value === undefined) return false
  const number = Number(value)
  if (r.operator === '=') return number === r.value
  if (r.operator === '!=') return number !== r.value
  return r.operator === '>' ? number > Number(r.value) : number < Number(r.value)
}

function rankOf(h: SnapshotHost, r: Rank | null): number {
  if (r?.type === 'negate') return 0 - rankOf(h, r.operand)
  return r?.type === 'attribute' ? Number(attribute(h, r.name) ?? 0) || 0 : 0
}

/** What a VM is worth on a host, by the contract alone; null = it cannot go there. */
function verdict(h: SnapshotHost, wants: PendingVm): { optional: number; rank: number } | null {
  const bare = { ...wants, requests: wants.requests.filter((r) => !r.optional) }
  if (h.state !== 'on' || (wants.onlyHost !== null && wants.onlyHost !== h.id)) return null
  if (!h.passthroughReady && bare.requests.length > 0) return null
  if (wants.uefi === true && h.noUefi === true) return null
  if (!meets(h, wants.requirement) || wants.cpu > freeCpu(h)) return null
  if (h.memoryMiB !== null && wants.memoryMiB > h.memoryMiB - h.usedMemoryMiB) return null
  const way = bestWay(h.devices, h.passthroughReady ? wants : bare, h.ungroupedAllowed)
  if (way === null) return null
  return { optional: way.optional.reduce((sum, n) => sum + n, 0), rank: rankOf(h, wants.rank) }
}

describe('a plan against the contract, VM by VM', () => {
  test('each VM goes to a host with the most optional devices, then the highest rank, or to none when none can have it', () => {
    const seen = { placed: 0, refused: 0 }
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const plan = planCluster(snapshot)
        const hosts = new Map(snapshot.hosts.map((h) => [h.id, h]))
        for (const wants of [...snapshot.vms].sort((a, b) => b.priority - a.priority || a.id - b.id)) {
          const verdicts = [...hosts.values()].flatMap((h) => verdict(h, wants) ?? [])
          const placement = plan.placements.find((p) => p.vm === wants.id)
          if (placement === undefined) {
            seen.refused += 1
            expect(verdicts).toEqual([])
            const refusals = plan.rejections.find((r) => r.vm === wants.id)?.refusals ?? []
            expect(refusals.flatMap((r) => r.hosts).sort()).toEqual([...hosts.keys()].sort())
            continue
          }
          seen.placed += 1
          const chosen = hosts.get(placement.host)
          const own = chosen === undefined ? null : verdict(chosen, wants)
          const most = Math.max(...verdicts.map((v) => v.optional))
          const top = Math.max(...verdicts.filter((v) => v.optional === most).map((v) => v.rank))
          expect(own).toEqual({ optional: most, rank: top })
          if (chosen !== undefined) hosts.set(chosen.id, occupy(chosen, wants, placement))
        }
      }),
      { numRuns: 3000 },
    )
    expect(seen.placed).toBeGreaterThan(1000)
    expect(seen.refused).toBeGreaterThan(1000)
  })

  test('a refusal tells of the hosts as they were when it fell, whenever and in whatever order refusals are read', () => {
    const seen = { refused: 0, afterPlacement: 0 }
    const sizes = fc.array(fc.constantFrom(0, 1), { minLength: 6, maxLength: 12 })
    fc.assert(
      fc.property(anySnapshot, sizes, fc.boolean(), ({ hosts, vms, policy }, picks, backwards) => {
        const asked = picks.flatMap((pick, n) => {
          const like = vms[pick % vms.length]
          return like === undefined ? [] : [{ ...like, id: n + 1, priority: 0 }]
        })
        const plan = planCluster({ hosts, vms: asked, policy })
        const order = backwards ? plan.rejections.toReversed() : plan.rejections
        const told = new Map(order.map((rejection) => [rejection.vm, rejection.refusals]))
        const now = new Map(hosts.map((h) => [h.id, h]))
        for (const wants of asked) {
          const placement = plan.placements.find((p) => p.vm === wants.id)
          const chosen = placement === undefined ? undefined : now.get(placement.host)
          if (placement !== undefined && chosen !== undefined)
            now.set(chosen.id, occupy(chosen, wants, placement))
          else {
            seen.refused += 1
            if (plan.placements.some((p) => p.vm < wants.id)) seen.afterPlacement += 1
            expect(told.get(wants.id)).toEqual(judgeHosts({ hosts: [...now.values()] }, wants).refusals)
          }
        }
      }),
      { numRuns: 1000 },
    )
    expect(seen.refused).toBeGreaterThan(1000)
    expect(seen.afterPlacement).toBeGreaterThan(300)
  })

  test('safety: no device and no group goes to two VMs', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const owners = new Map<string, number>()
        const own = (key: string, who: number) =>
          expect(owners.set(key, owners.get(key) ?? who).get(key)).toBe(who)
        for (const p of planCluster(snapshot).placements)
          for (const at of [...p.devices.map((d) => d.address), ...p.held]) {
            const h = snapshot.hosts.find((x) => x.id === p.host)
            const group = h?.devices.find((d) => d.address === at)?.iommuGroup ?? null
            own(`${p.host} ${at}`, p.vm)
            if (group !== null) own(`${p.host} group ${group}`, p.vm)
          }
      }),
      { numRuns: 1000 },
    )
  })

  test('the order of hosts, devices and VMs in the input does not change the plan', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const turned = {
          ...snapshot,
          hosts: snapshot.hosts.map((h) => ({ ...h, devices: h.devices.toReversed() })).toReversed(),
          vms: snapshot.vms.toReversed(),
        }
        expect(plain(planCluster(turned))).toEqual(plain(planCluster(snapshot)))
      }),
      { numRuns: 1000 },
    )
  })

  test('judging one VM says what a plan with that VM alone says', () => {
    fc.assert(
      fc.property(anySnapshot, ({ hosts, vms }) => {
        for (const wants of vms) {
          const { fitting, refusals } = judgeHosts({ hosts }, wants)
          const plan = planCluster({ hosts, vms: [wants], policy: 'pack' })
          expect(plan.placements.length).toBe(fitting.length > 0 ? 1 : 0)
          if (fitting.length === 0) expect(plan.rejections[0]?.refusals).toEqual(refusals)
        }
      }),
      { numRuns: 500 },
    )
  })
})

const plain = (plan: Plan): unknown => JSON.parse(JSON.stringify(plan))

const GPU = '10de:20b0:0302'
const NIC = '8086:1572:0200'

describe('which host', () => {
  const gpus = (count: number) => Array.from({ length: count }, (_, n) => device(`3b:0${n}.0`, GPU))

  test.each<[string, SnapshotHost[], PendingVm, number]>([
    ['a VM without PCI stays off the host with free devices', [host(0, gpus(1)), host(1, [])], vm(1, []), 1],
    [
      '... unless no other can take it',
      [host(0, gpus(1)), host(1, [], { cpu: 100 })],
      vm(1, [], { cpu: 200 }),
      0,
    ],
    [
      'a host whose devices are all taken is as good as one without',
      [host(0, gpus(2)), host(1, [device('3b:00.0', GPU, { claimedBy: 9 })])],
      vm(1, []),
      1,
    ],
    [
      'pack: the host with the fewest GPUs left that suffice',
      [host(0, gpus(4)), host(1, gpus(2)), host(2, gpus(1))],
      vm(1, [request('10de::', { count: 2 })]),
      1,
    ],
    [
      'pack: no group mate is dragged along where a device stands alone',
      [
        host(0, [
          device('3b:00.0', GPU, { iommuGroup: 1 }),
          device('3b:00.1', '10de:1aef:0403', { iommuGroup: 1 }),
        ]),
        host(1, [device('3b:00.0', GPU, { iommuGroup: 1 }), device('3c:00.0', NIC), device('3d:00.0', NIC)]),
      ],
      vm(1, [request('10de:20b0:')]),
      1,
    ],
    [
      'pack: among equals the fuller host',
      [host(0, [], { cpu: 400 }), host(1, [], { cpu: 400, usedCpu: 200 })],
      vm(1, [], { cpu: 100 }),
      1,
    ],
    ['ties go to the lowest id', [host(7, gpus(1)), host(3, gpus(1))], vm(1, [request('10de::')]), 3],
    [
      'SCHED_RANK comes before the policy',
      [host(0, gpus(1), { attributes: { FAST: 1 } }), host(1, [])],
      vm(1, [], { rank: { type: 'attribute', name: 'FAST' } }),
      0,
    ],
    [
      'more optional devices come before SCHED_RANK',
      [host(0, [], { attributes: { FAST: 9 } }), host(1, gpus(1))],
      vm(1, [request('10de::', { optional: true })], { rank: { type: 'attribute', name: 'FAST' } }),
      1,
    ],
    [
      'a host that may not pass devices takes a VM without its optional ones',
      [host(0, gpus(1), { passthroughReady: false })],
      vm(1, [request('10de::', { optional: true })]),
      0,
    ],
  ])('%s', (_, hosts, wants, expected) => {
    expect(planCluster({ hosts, vms: [wants], policy: 'pack' }).placements[0]?.host).toBe(expected)
  })

  test('spread: VMs go round', () => {
    const plan = planCluster({
      hosts: [host(0, []), host(1, []), host(2, [])],
      vms: [1, 2, 3].map((n) => vm(n, [])),
      policy: 'spread',
    })
    expect(plan.placements.map((p) => p.host)).toEqual([0, 1, 2])
  })

  test('higher priority first, then the lower id; what one takes, the next cannot', () => {
    const wants = [request('10de::')]
    const plan = planCluster({
      hosts: [host(0, gpus(2))],
      vms: [vm(1, wants), vm(2, wants, { priority: 9 }), vm(3, wants)],
      policy: 'pack',
    })
    expect(plan.placements.map((p) => p.vm)).toEqual([1, 2])
    expect(plan.rejections.map((r) => r.vm)).toEqual([3])
  })

  test('a class-only VM leaves the card that a later VM names', () => {
    const plan = planCluster({
      hosts: [host(0, [device('3b:00.0', '10de:1db4:0302'), device('af:00.0', GPU)])],
      vms: [vm(1, [request('10de::0302')]), vm(2, [request('10de:1db4:')])],
      policy: 'pack',
    })
    expect(plan.rejections).toEqual([])
  })
})
