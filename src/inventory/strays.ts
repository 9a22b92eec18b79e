/** VMs that must not be started: a domain of theirs that the database has given up still runs, and would have a twin. */
import { listStrays } from '../database/domains.ts'
import { readCluster } from '../database/meta.ts'
import type { Queries } from '../database/tables.ts'

/** VM -> why it waits, in words. A host that fell silent counts as it was last seen. */
export async function readStrays(q: Queries): Promise<ReadonlyMap<number, string>> {
  const strays = await listStrays(q, await readCluster(q))
  return new Map(
    strays.map(({ vm, name, epoch, host }) => [
      vm,
      `its domain ${name} of epoch ${epoch} still runs on ${host}, and it must not run twice: shut that one down first (virsh shutdown ${name})`,
    ]),
  )
}
