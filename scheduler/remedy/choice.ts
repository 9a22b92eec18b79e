/** Physical functions that lose their virtual functions, and what that takes beside it. */
import type { Address } from '../../src/model/address.ts'
import type { Change } from '../../src/model/remedy.ts'
import { costOf } from './cost.ts'
import { ending } from './cure.ts'
import { nameOf, type Situation } from './situation.ts'
import { heldBy } from './steps.ts'

export interface Choice {
  /** In address order. */
  readonly pfs: readonly Address[]
  /** VMs that have one of the virtual functions end, too. */
  readonly given: readonly Change[]
  readonly cost: number
}

export const NO_CHOICE: Choice = { pfs: [], given: [], cost: 0 }

/** Null = virtual functions that the host itself uses, or this VM has, are not taken away. */
function withoutVfs({ host, vm, tenants }: Situation, pfs: readonly Address[]): Choice | null {
  const given = new Map<string, Change>()
  const add = (change: Change): void => {
    given.set(nameOf(change), change)
  }
  for (const address of pfs) {
    const vfs = host.devices.filter(({ parent }) => parent === address)
    if (vfs.some(({ inUseByHost, claimedBy }) => inUseByHost || claimedBy === vm.id)) return null
    add({ code: 'remove-vfs', address, vfs: vfs.length })
    for (const { claimedBy } of vfs) if (claimedBy !== null) add(ending(claimedBy, tenants))
  }
  const changes = [...given.values()]
  const cost = changes.reduce((sum, one) => sum + costOf(one, heldBy(host.devices, one)), 0)
  return { pfs, given: changes, cost }
}

/** The choices that follow when one of `more` goes, too. */
export function further(situation: Situation, { pfs }: Choice, more: readonly Address[]): readonly Choice[] {
  return more
    .filter((pf) => !pfs.includes(pf))
    .flatMap((pf) => withoutVfs(situation, [...pfs, pf].sort()) ?? [])
}
