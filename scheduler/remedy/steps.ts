/** Changes made ready for the search: each with its cost, and with those that are as good as it on this host. */
import type { Change, Tenant } from '../../src/model/remedy.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { costOf } from './cost.ts'
import { ending } from './cure.ts'
import { nameOf, type Situation } from './situation.ts'
import { type Involved, involvedIn, likeness, readsLoad } from './twins.ts'

export interface Step {
  readonly change: Change
  readonly cost: number
  /** Steps with equal keys can stand for each other: the host stays the same when they, and all they touch, are exchanged. */
  readonly twin: string
}

/** VMs that are named because of their cores or memory alone: those that take most. */
const MOST_TENANTS = 8

/** Cheapest first, then by name. `given` = made anyway, not among the steps. */
export function stepsOf(
  situation: Situation,
  given: readonly Change[],
  surveyed: readonly Change[],
): readonly Step[] {
  const { vm } = situation
  const changes = [...surveyed]
  if (vm.numaPolicy === 'required') changes.push({ code: 'relax-numa' })
  // They hold now, and may not once VMs have ended.
  if (readsLoad(vm) && !changes.some(({ code }) => code === 'relax-requirements'))
    changes.push({ code: 'relax-requirements' })
  const known = new Set([...given, ...changes].map(nameOf))
  const tenants = loads(situation, changes).filter((one) => !known.has(nameOf(one)))
  const all = [...changes, ...tenants]
  const involved = involvedIn(situation, all)
  return all
    .map((change) => stepFor(change, situation, involved))
    .sort((a, b) => a.cost - b.cost || compareText(nameOf(a.change), nameOf(b.change)))
}

function stepFor(change: Change, situation: Situation, involved: Involved): Step {
  const cost = costOf(change, heldBy(situation.host.devices, change))
  return { change, cost, twin: `${cost} ${likeness(change, situation, involved)}` }
}

/** PCI devices of a VM that the change is about. */
export function heldBy(devices: readonly SnapshotDevice[], change: Change): number {
  return 'vm' in change ? devices.filter(({ claimedBy }) => claimedBy === change.vm).length : 0
}

/** VMs whose end would give the host cores or memory that it lacks. */
function loads({ tenants }: Situation, changes: readonly Change[]): readonly Change[] {
  const lacks = (code: Change['code']): boolean => changes.some((change) => change.code === code)
  const [cpu, memory] = [lacks('free-cpu'), lacks('free-memory')]
  if (!cpu && !memory) return []
  const amount = (one: Tenant): number => (memory ? one.memoryMiB : one.cpu)
  return [...tenants]
    .filter((one) => (cpu && one.cpu > 0) || (memory && one.memoryMiB > 0))
    .sort((a, b) => amount(b) - amount(a) || a.vm - b.vm)
    .slice(0, MOST_TENANTS)
    .map(({ vm }) => ending(vm, tenants))
}

/** One step for each device that the VM would go without; all of one block are alike. */
export function fewerSteps({ vm }: Situation): readonly Step[] {
  return [...vm.requests]
    .sort((a, b) => a.index - b.index)
    .filter(({ optional, count }) => !optional && count > 1)
    .flatMap(({ index, count }) =>
      Array.from({ length: count - 1 }, (): Step => {
        const change: Change = { code: 'ask-for-fewer', request: index, fewer: 1 }
        return { change, cost: costOf(change), twin: nameOf(change) }
      }),
    )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
