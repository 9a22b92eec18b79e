/** Gives back what a VM holds: its claims and group claims, in the transaction that knows it is safe. */
import { deleteClaims, holdOnly, listClaims, type StoredClaim } from '../database/claims.ts'
import { writeDeviceHistory } from '../database/device-history.ts'
import { deleteForgotten, listIdentities } from '../database/devices.ts'
import { deleteGroupClaims, listGroupClaims } from '../database/group-claims.ts'
import { advanceGeneration } from '../database/hosts.ts'
import type { Tx } from '../database/tables.ts'
import { deleteUsbClaims } from '../database/usb-claims.ts'
import { deleteForgottenUsb } from '../database/usb-devices.ts'
import type { Address } from '../model/address.ts'
import type { Claim } from '../model/claim.ts'

/**
 * Call it once the devices were verified back (or never left). Gives what was held; each device's history tells `why`. Devices
 * that had vanished meanwhile leave the inventory, unless they are drained or quarantined; the generation of the VM's host
 * advances, for its cores and memory are free too.
 */
export async function releaseClaims(
  q: Tx,
  { id, host }: { readonly id: number; readonly host: number | null },
  why: string,
  now: number,
): Promise<readonly Claim[]> {
  const claims = await listClaims(q, { vm: id })
  await tell(q, claims, why, now)
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

/**
 * Likewise some of what a running VM holds, and the mates that were held for it alone, whichever those are by now: a report may have
 * put devices into other groups since. What shares its group with a device that the VM keeps is held on, as a mate.
 */
export async function releaseSome(
  q: Tx,
  { id, host }: { readonly id: number; readonly host: number },
  addresses: readonly Address[],
  what: string,
  now: number,
): Promise<void> {
  const going = new Set(addresses)
  const claims = await listClaims(q, { vm: id })
  const kept = claims.filter(({ role, address }) => role === 'passed' && !going.has(address))
  const groups = new Set(kept.map(({ iommuGroup }) => iommuGroup).filter((group) => group !== null))
  const stays = (claim: StoredClaim) => kept.includes(claim) || groups.has(claim.iommuGroup ?? -1)
  const gone = claims.filter((claim) => !stays(claim) && (claim.role === 'held' || going.has(claim.address)))
  const mates = claims.filter((claim) => stays(claim) && going.has(claim.address))
  await tell(q, gone, what, now)
  await deleteClaims(q, { vm: id, addresses: gone.map(({ address }) => address) })
  await holdOnly(
    q,
    id,
    mates.map(({ address }) => address),
  )
  for (const { iommuGroup } of await listGroupClaims(q, { vm: id }))
    if (!groups.has(iommuGroup)) await deleteGroupClaims(q, { vm: id, iommuGroup })
  await deleteForgotten(q, host)
  await advanceGeneration(q, [host])
}

async function tell(q: Tx, claims: readonly Claim[], what: string, now: number): Promise<void> {
  const [{ host } = { host: 0 }] = claims
  const addresses = claims.map(({ address }) => address)
  const identities = await listIdentities(q, host, addresses)
  const lines = claims.map(({ address, vm }) => {
    const identity = identities.get(address) ?? null
    return { host, address, identity, event: 'released' as const, vm, what }
  })
  await writeDeviceHistory(q, lines, now)
}
