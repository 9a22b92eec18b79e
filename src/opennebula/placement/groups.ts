/** VM groups: where affinity and anti-affinity of roles let a VM go (VMGroupXML and VMGroupRole of OpenNebula 7). */
import type { VmGroup } from '../xml/vm-group.ts'

/** What one VM's groups ask for. */
export interface Affinity {
  /** Role's HOST_AFFINED: it must be on one of each; HOST_ANTI_AFFINED: on none. */
  readonly hosts: readonly (readonly number[])[]
  readonly notHosts: readonly number[]
  /** VMs that must not be on its host. */
  readonly apart: ReadonlySet<number>
  /** VMs, itself included, that must be on one host; the same object for all of them. */
  readonly together: ReadonlySet<number>
}

export const NO_AFFINITY: Affinity = { hosts: [], notHosts: [], apart: new Set(), together: new Set() }

interface Draft {
  readonly hosts: (readonly number[])[]
  readonly notHosts: number[]
  readonly apart: Set<number>
}

/** By VM; a VM that no group speaks of is left out. */
export function affinities(groups: readonly VmGroup[]): ReadonlyMap<number, Affinity> {
  const drafts = new Map<number, Draft>()
  const draftOf = (vm: number): Draft => {
    const draft = drafts.get(vm) ?? { hosts: [], notHosts: [], apart: new Set() }
    drafts.set(vm, draft)
    return draft
  }
  const sets: number[][] = []
  for (const group of groups) {
    for (const role of group.roles)
      for (const vm of role.vms) {
        const draft = draftOf(vm)
        if (role.hosts.length > 0) draft.hosts.push(role.hosts)
        draft.notHosts.push(...role.notHosts)
      }
    for (const [vm, others] of apartIn(group)) for (const other of others) draftOf(vm).apart.add(other)
    sets.push(...togetherIn(group))
  }
  const together = merged(sets)
  return new Map(
    [...drafts].map(([vm, draft]) => [vm, { ...draft, together: together.get(vm) ?? NO_AFFINITY.together }]),
  )
}

function vmsOf({ roles }: VmGroup, names: readonly string[]): number[][] {
  return names.map((name) => [...(roles.find((role) => role.name === name)?.vms ?? [])])
}

/** A VM with those that must not share its host: others of its role, or VMs of other roles of a rule. */
function* apartIn(group: VmGroup): Iterable<readonly [vm: number, others: readonly number[]]> {
  for (const { policy, vms } of group.roles)
    if (policy === 'anti-affined') for (const vm of vms) yield [vm, vms.filter((other) => other !== vm)]
  for (const rule of group.antiAffined) {
    const roles = vmsOf(group, rule)
    for (const [n, vms] of roles.entries())
      for (const vm of vms)
        yield [vm, roles.flatMap((others, other) => (other === n ? [] : others)).filter((o) => o !== vm)]
  }
}

function togetherIn(group: VmGroup): number[][] {
  const roles = group.roles.filter(({ policy }) => policy === 'affined').map(({ vms }) => [...vms])
  return [...roles, ...group.affined.map((rule) => vmsOf(group, rule).flat())]
}

/** Sets with a VM in common are one set. */
function merged(sets: readonly (readonly number[])[]): ReadonlyMap<number, ReadonlySet<number>> {
  const setOf = new Map<number, Set<number>>()
  for (const vms of sets) {
    const whole = new Set(vms)
    for (const vm of vms) for (const other of setOf.get(vm) ?? []) whole.add(other)
    for (const vm of whole) setOf.set(vm, whole)
  }
  return setOf
}
