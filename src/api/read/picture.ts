/** Hosts as the scheduler sees them, for those who only look. */
import type { Queries } from '../../database/tables.ts'
import { readSnapshot } from '../../inventory/snapshot.ts'
import { recordedState } from '../../model/host.ts'
import type { Snapshot } from '../../model/snapshot.ts'

/** Before all times: no VM waits then, so that no template is read. */
const NO_VMS = -1

/** All hosts, or only these, by id; no VMs. Call it inside `Database.read`. */
export async function readPicture(q: Queries, hosts?: readonly number[]): Promise<Snapshot> {
  const { snapshot } = await readSnapshot(q, {
    policy: 'pack',
    now: NO_VMS,
    stateOf: recordedState,
    ...(hosts !== undefined && { hosts }),
  })
  return snapshot
}
