/** Gives back what a VM holds: its claims and group claims, in the transaction that knows it is safe. */
import { deleteClaims, listClaims } from '../database/claims.ts'
import { writeDeviceHistory } from '../database/device-history.ts'
import { deleteForgotten, listIdentities } from '../database/devices.ts'
import { deleteGroupClaims, listGroupClaims } from '../database/group-claims.ts'
import { advanceGeneration } from '../database/hosts.ts'
import type { Tx } from '../database/tables.ts'
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
  if (host !== null) {
    await deleteForgotten(q, host)
    await advanceGeneration(q, [host])
  }
  return claims
}

/** Likewise some of what a running VM holds, with the groups of which it then holds nothing any more. */
export async function releaseSome(
  q: Tx,
  { id, host }: { readonly id: number; readonly host: number },
  addresses: readonly Address[],
  what: string,
  now: number,
): Promise<void> {
  const going = (await listClaims(q, { vm: id })).filter(({ address }) => addresses.includes(address))
  await tell(q, going, what, now)
  await deleteClaims(q, { vm: id, addresses })
  const groups = new Set((await listClaims(q, { vm: id })).map(({ iommuGroup }) => iommuGroup))
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
