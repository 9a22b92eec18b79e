/** Gives back what a VM holds: its claims and group claims, in the transaction that knows it is safe. */
import { deleteClaims, listClaims } from '../database/claims.ts'
import { deleteForgotten } from '../database/devices.ts'
import { deleteGroupClaims } from '../database/group-claims.ts'
import { advanceGeneration } from '../database/hosts.ts'
import type { Tx } from '../database/tables.ts'
import type { Claim } from '../model/claim.ts'

/**
 * Call it once the devices were verified back (or never left). Gives what was held. Devices that had vanished meanwhile
 * leave the inventory, unless they are drained or quarantined; the host's generation advances.
 */
export async function releaseClaims(q: Tx, vm: number): Promise<readonly Claim[]> {
  const claims = await listClaims(q, { vm })
  await deleteClaims(q, { vm })
  await deleteGroupClaims(q, { vm })
  const hosts = [...new Set(claims.map(({ host }) => host))]
  for (const host of hosts) await deleteForgotten(q, host)
  await advanceGeneration(q, hosts)
  return claims
}
