/** The picture of hosts from one reading to the next, so that only those are read again which may have changed since. */
import type { HostLine } from '../database/hosts.ts'
import type { Host } from '../model/host.ts'
import type { SnapshotHost } from '../model/snapshot.ts'

/** What was read of a host, as long as its version is the same. */
export interface KeptHost {
  readonly version: string
  readonly reported: Pick<Host, 'capacity' | 'readiness'>
  readonly picture: SnapshotHost
}

/**
 * Hosts by id. Derived, and never trusted where something is given away: a commit verifies generations in the database. To be used
 * with one database, and inside of `Database.read` only: what a transaction writes may be undone again.
 */
export type KeptHosts = Map<number, KeptHost>

export function keepHosts(): KeptHosts {
  return new Map()
}

/**
 * Changes with everything that the picture of a host rests on, its state and load apart, which are read each time: the generation tells of
 * claims, marks and what a report changed of weight; the time of the report of the rest (a device's driver).
 */
export function versionOf({ generation, reportedAt, name, cluster, attributes }: HostLine): string {
  return JSON.stringify([generation, reportedAt, name, cluster, attributes])
}

/** Those that are not there any more are forgotten. */
export function forgetOthers(kept: KeptHosts, ids: readonly number[]): void {
  const present = new Set(ids)
  for (const id of kept.keys()) if (!present.has(id)) kept.delete(id)
}
