/** Gives back what a VM holds: its claims and group claims, in the transaction that knows it is safe. */
import { deleteClaims, listClaims } from '../database/claims.ts'
import { deleteForgotten } from '../database/devices.ts'
import { deleteGroupClaims } from '../database/group-claims.ts'
import { advanceGeneration } from '../database/hosts.ts'
import type { Tx } from '../database/tables.ts'
import { deleteUsbClaims } from '../database/usb-claims.ts'
import { deleteForgottenUsb } from '../database/usb-devices.ts'
import type { Claim } from '../model/claim.ts'

/**
 * Call it once the devices were verified back (or never left). Gives what was held. Devices that had vanished meanwhile
 * leave the inventory, unless they are drained or quarantined; the generation of the VM's host
 * advances, for its cores and memory are free too.
 */
export async function releaseClaims(
  q: Tx,
  { id, host }: { readonly id: number; readonly host: number | null },
): Promise<readonly Claim[]> {
  const claims = await listClaims(q, { vm: id })
  await deleteClaims(q, { vm: id })
  await deleteGroupClaims(q, { vm: id })
  await deleteUsbClaims(q, id)
  if (host !== null) {
    await deleteForgotten(q, host)
    await deleteForgottenUsb(q, host)
    await advanceGeneration(q, [host])
  }
  return claims
}
