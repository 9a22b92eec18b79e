/** The other VMs of an affined set, made ready once for each VM: sets of hundreds are asked for on hundreds of hosts. */
import type { Cluster } from './cluster.ts'
import type { Affinity } from './groups.ts'
import type { Job } from './job.ts'

export interface Mates {
  /** Hosts that some of them are on: one of these it must be; null = none is anywhere yet. */
  readonly places: ReadonlySet<number> | null
  /** Where none is anywhere: those who will have to follow, in the order in which they are placed. */
  readonly followers: readonly Job[]
  /** What these need together. */
  readonly cpu: number
  readonly memory: number
  /** Hosts, by index, where the set found no room, whoever of it came first: in a cycle room only gets less. */
  readonly noRoomOn: Set<number>
}

const NONE: Mates = { places: null, followers: [], cpu: 0, memory: 0, noRoomOn: new Set() }

export function matesOf(cluster: Cluster, job: Job, { together }: Affinity): Mates {
  if (together.size < 2) return NONE
  const others = [...together].filter((vm) => vm !== job.vm.id)
  const places = new Set(others.flatMap((vm) => cluster.located.get(vm) ?? []))
  if (places.size > 0 || cluster.located.has(job.vm.id))
    return { ...NONE, places: places.size > 0 ? places : null }
  const followers = waitingOf(cluster, others).filter(({ flaw }) => flaw === null)
  const noRoomOn = cluster.noRoom.get(together) ?? new Set()
  cluster.noRoom.set(together, noRoomOn)
  return {
    places: null,
    followers,
    cpu: followers.reduce((sum, { cpu }) => sum + cpu, 0),
    memory: followers.reduce((sum, { memory }) => sum + memory, 0),
    noRoomOn,
  }
}

/** Those whose own template keeps them from any host: the others do not wait for them. */
export function flawedMates(cluster: Cluster, job: Job): readonly Job[] {
  const together = cluster.affinities.get(job.vm.id)?.together ?? new Set<number>()
  return waitingOf(
    cluster,
    [...together].filter((vm) => vm !== job.vm.id),
  ).filter(({ flaw }) => flaw !== null)
}

function waitingOf({ waiting, turns }: Cluster, vms: readonly number[]): Job[] {
  return vms
    .flatMap((vm) => waiting.get(vm) ?? [])
    .sort((a, b) => (turns.get(a.vm.id) ?? 0) - (turns.get(b.vm.id) ?? 0))
}
