/**
 * VMs that wish the same as one that no host could take are not asked for again: within a plan everything only grows less. That
 * holds for first fit too: with one device more free, each request finds the device that it found before, or a lower one,
 * and leaves one more to the others; so a device taken away never lets it succeed. Not so where two devices have one
 * SHORT_ADDRESS: the device found instead may hide another one.
 */
import type { Cluster } from './cluster.ts'
import type { Job } from './job.ts'

export interface Refused {
  readonly job: Job
  readonly message: string
}

/** What an equal VM was told before; null = none was refused. */
export function refusedBefore(cluster: Cluster, job: Job): string | null {
  const key = wishOf(cluster, job)
  const before = key === null ? undefined : cluster.refused.get(key)
  if (before === undefined) return null
  const { allowed } = before.job
  const isEqual =
    areEqual(allowed.hosts, job.allowed.hosts) && areEqual(allowed.datastores, job.allowed.datastores)
  return isEqual ? before.message : null
}

export function rememberRefusal(cluster: Cluster, job: Job, message: string): void {
  const key = wishOf(cluster, job)
  if (key !== null) cluster.refused.set(key, { job, message })
}

/** Null where more than amounts and devices decides: twins among the devices, pinning, networks, images, a group whose other VMs may find a place meanwhile. */
function wishOf({ affinities, hasTwins }: Cluster, job: Job): string | null {
  const { vm, ask, cpu, memory, disks, numa } = job
  if (hasTwins && ask.requests.length > 1) return null
  if (numa !== null || vm.autoNics.length > 0 || disks.images.size > 0 || affinities.has(vm.id)) return null
  return `${ask.key} ${cpu} ${memory} ${disks.system} ${vm.resched} ${vm.resumed} ${vm.resched ? vm.datastore : ''}`
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, n) => id === b[n])
}
