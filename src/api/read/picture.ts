/** Hosts as the scheduler sees them, for those who only look. */
import type { Queries } from '../../database/tables.ts'
import type { KeptHosts } from '../../inventory/kept-hosts.ts'
import { readHosts } from '../../inventory/snapshot-hosts.ts'
import { recordedState } from '../../model/host.ts'
import type { SnapshotHost } from '../../model/snapshot.ts'

/** All hosts, or only these, by id; what `kept` has of earlier calls is not read again. Call it inside `Database.read`. */
export async function readPicture(
  q: Queries,
  only?: readonly number[],
  kept?: KeptHosts,
): Promise<readonly SnapshotHost[]> {
  const options = { stateOf: recordedState, ...(only && { hosts: only }), ...(kept && { kept }) }
  return (await readHosts(q, options)).hosts
}
