/** The whole: a snapshot of the cluster and its pending VMs in, placements and refusals out. Pure and deterministic. */
import type { PendingVm, Placement, Plan, Rejection, Snapshot } from '../../src/model/snapshot.ts'
import { type Fit, toAllocation } from '../allocate/allocate.ts'
import { demandByKind, emptyKindTable } from '../allocate/kinds.ts'
import { afterPlacing, type HostState, hostState } from '../feasible/host-state.ts'
import { compileQuestion, gather, type HostRefusal, judgeHost } from '../feasible/judge.ts'
import { compileRank } from '../rank/rank.ts'

/** Plans VMs by priority (higher first), then id; what one takes, the next cannot. */
export function planCluster(snapshot: Snapshot): Plan {
  const kinds = emptyKindTable()
  const states = [...snapshot.hosts].sort((a, b) => a.id - b.id).map((host) => hostState(host, kinds))
  const demand = demandByKind(
    kinds,
    snapshot.vms.flatMap((vm) => vm.requests),
  )
  const placements: Placement[] = []
  const rejections: Rejection[] = []
  for (const vm of inTurn(snapshot.vms)) {
    const result = place(states, vm, demand)
    if ('host' in result) placements.push(result)
    else rejections.push(result)
  }
  return {
    placements: placements.sort((a, b) => a.vm - b.vm),
    rejections: rejections.sort((a, b) => a.vm - b.vm),
  }
}

export function inTurn(vms: readonly PendingVm[]): PendingVm[] {
  return [...vms].sort((a, b) => b.priority - a.priority || a.id - b.id)
}

function place(states: HostState[], vm: PendingVm, demand: readonly number[]): Placement | Rejection {
  const ask = compileQuestion(vm)
  const rank = vm.rank === null ? () => 0 : compileRank(vm.rank)
  const refused: HostRefusal[] = []
  let best: { at: number; fit: Fit; rank: number } | null = null
  for (const [at, state] of states.entries()) {
    const verdict = judgeHost(state, ask, demand)
    if ('code' in verdict) {
      refused.push({ host: state.host.id, refusal: verdict })
      continue
    }
    const found = { at, fit: verdict, rank: rank(state) }
    const more = found.fit.solution.optional - (best?.fit.solution.optional ?? -1)
    if (best === null || more > 0 || (more === 0 && found.rank > best.rank)) best = found
  }
  const state = best === null ? undefined : states[best.at]
  if (best === null || state === undefined) return { vm: vm.id, refusals: gather(refused) }
  const shape = state.host.passthroughReady ? ask.shape : ask.bare
  states[best.at] = afterPlacing(state, vm, [...best.fit.passed, ...best.fit.held])
  return { vm: vm.id, host: state.host.id, ...toAllocation(state.table, shape, best.fit) }
}
