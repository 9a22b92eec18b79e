/** "Would it fit with these changes?", asked of the allocator itself, and how much asking that took. */
import type { Change } from '../../src/model/remedy.ts'
import type { PendingVm } from '../../src/model/snapshot.ts'
import type { Fit } from '../allocate/allocate.ts'
import { emptyCatalog, indifferent } from '../allocate/catalog.ts'
import { hostState } from '../feasible/host-state.ts'
import { compileQuestion, judgeHost, type Question } from '../feasible/judge.ts'
import { changed, type Situation } from './situation.ts'

/** Counted in devices looked at, so that the same question always costs the same: never by a clock. */
export interface Budget {
  left: number
}

/** What a question costs beside its devices. */
const EACH = 20

export interface Oracle {
  readonly situation: Situation
  readonly fits: (changes: readonly Change[]) => boolean
  /** Addresses of what it would get, group mates included; null = it would not fit. */
  readonly gets: (changes: readonly Change[]) => ReadonlySet<string> | null
  /** To be told of each look at all devices that is no question. */
  readonly spend: () => void
}

export function oracleFor(situation: Situation, budget: Budget): Oracle {
  const catalog = emptyCatalog()
  const worth = indifferent()
  const questions = new Map<string, Question>()
  const ask = (vm: PendingVm): Question => {
    const key = `${vm.numaPolicy} ${vm.requirement === null} ${vm.onlyHost} ${vm.requests.map(({ count }) => count)}`
    const question = questions.get(key) ?? compileQuestion(vm)
    questions.set(key, question)
    return question
  }
  const spend = (): void => {
    budget.left -= situation.host.devices.length + EACH
  }
  const judge = (changes: readonly Change[]) => {
    spend()
    const { host, vm } = changed(situation, changes)
    const state = hostState(host, catalog)
    return { state, verdict: judgeHost(state, ask(vm), worth) }
  }
  return {
    situation,
    spend,
    fits: (changes) => !('code' in judge(changes).verdict),
    gets: (changes) => {
      const { state, verdict } = judge(changes)
      return 'code' in verdict ? null : addressesOf(state.table.devices, verdict)
    },
  }
}

function addressesOf(devices: readonly { readonly address: string }[], fit: Fit): ReadonlySet<string> {
  return new Set([...fit.passed, ...fit.held].flatMap((position) => devices[position]?.address ?? []))
}
