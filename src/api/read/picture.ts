/** Hosts as the scheduler sees them, for those who only look. */
import type { Queries } from '../../database/tables.ts'
import { readHosts } from '../../inventory/snapshot-hosts.ts'
import { recordedState } from '../../model/host.ts'
import type { SnapshotHost } from '../../model/snapshot.ts'

/** All hosts, or only these, by id. Call it inside `Database.read`. */
export async function readPicture(q: Queries, only?: readonly number[]): Promise<readonly SnapshotHost[]> {
  const options = { stateOf: recordedState, ...(only !== undefined && { hosts: only }) }
  return (await readHosts(q, options)).hosts
}
