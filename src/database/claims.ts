/** The table `claims`: which VM holds which device. Written by src/claims only. */
import type { Selectable } from 'kysely'
import { type Address, compareAddresses } from '../model/address.ts'
import type { Claim } from '../model/claim.ts'
import { chunks } from './json.ts'
import type { ClaimsTable, Queries } from './tables.ts'

export interface StoredClaim extends Claim {
  /** Libvirt binds and rebinds it, or Berth does. */
  readonly managed: boolean
}

export interface ClaimSelection {
  readonly host?: number
  readonly vm?: number
}

/** By host, then address. */
export async function listClaims(
  q: Queries,
  selection: ClaimSelection & { readonly hosts?: readonly number[]; readonly vms?: readonly number[] } = {},
): Promise<StoredClaim[]> {
  let query = q.selectFrom('claims').selectAll()
  if (selection.hosts !== undefined) query = query.where('host', 'in', selection.hosts)
  if (selection.vms !== undefined) query = query.where('vm', 'in', selection.vms)
  if (selection.host !== undefined) query = query.where('host', '=', selection.host)
  if (selection.vm !== undefined) query = query.where('vm', '=', selection.vm)
  const rows = await query.execute()
  return rows.map(toClaim).sort((a, b) => a.host - b.host || compareAddresses(a.address, b.address))
}

/** Their group claims must exist; a device that is claimed already breaks the primary key. */
export async function insertClaims(q: Queries, claims: readonly StoredClaim[]): Promise<void> {
  for (const piece of chunks(claims, 500)) await q.insertInto('claims').values(piece.map(toRow)).execute()
}

export async function deleteClaims(
  q: Queries,
  selection: ClaimSelection & { readonly addresses?: readonly Address[] },
): Promise<void> {
  let query = q.deleteFrom('claims')
  if (selection.host !== undefined) query = query.where('host', '=', selection.host)
  if (selection.vm !== undefined) query = query.where('vm', '=', selection.vm)
  if (selection.addresses !== undefined) query = query.where('address', 'in', selection.addresses)
  await query.execute()
}

/** The VM is not passed these any more, and holds them as group mates of what it is. */
export async function holdOnly(q: Queries, vm: number, addresses: readonly Address[]): Promise<void> {
  if (addresses.length === 0) return
  await q
    .updateTable('claims')
    .set({ role: 'held', request: null })
    .where('vm', '=', vm)
    .where('address', 'in', addresses)
    .execute()
}

/** After the PCI block `removed` left the VM's template: the blocks behind it count one less. */
export async function renumberRequests(q: Queries, vm: number, removed: number): Promise<void> {
  await q
    .updateTable('claims')
    .set((row) => ({ request: row('request', '-', 1) }))
    .where('vm', '=', vm)
    .where('request', '>', removed)
    .execute()
}

function toRow(claim: StoredClaim): Selectable<ClaimsTable> {
  const { host, address, vm, request, role, iommuGroup, identity, managed } = claim
  return { host, address, vm, request, role, iommu_group: iommuGroup, identity, managed: managed ? 1 : 0 }
}

function toClaim(row: Selectable<ClaimsTable>): StoredClaim {
  const { host, address, vm, request, role, iommu_group, identity, managed } = row
  return { host, address, vm, request, role, iommuGroup: iommu_group, identity, managed: managed === 1 }
}
