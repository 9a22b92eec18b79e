/** The table `group_claims`: which VM holds which IOMMU group, whole. Written by src/claims only. */
import { chunks } from './json.ts'
import type { Queries } from './tables.ts'

export interface GroupClaim {
  readonly host: number
  readonly iommuGroup: number
  readonly vm: number
}

export interface GroupClaimSelection {
  readonly host?: number
  readonly vm?: number
}

export async function listGroupClaims(
  q: Queries,
  selection: GroupClaimSelection = {},
): Promise<GroupClaim[]> {
  let query = q.selectFrom('group_claims').selectAll().orderBy('host').orderBy('iommu_group')
  if (selection.host !== undefined) query = query.where('host', '=', selection.host)
  if (selection.vm !== undefined) query = query.where('vm', '=', selection.vm)
  return (await query.execute()).map(({ host, iommu_group, vm }) => ({ host, iommuGroup: iommu_group, vm }))
}

/** A group that is claimed already breaks the primary key. */
export async function insertGroupClaims(q: Queries, groups: readonly GroupClaim[]): Promise<void> {
  for (const piece of chunks(groups, 500))
    await q
      .insertInto('group_claims')
      .values(piece.map(({ host, iommuGroup, vm }) => ({ host, iommu_group: iommuGroup, vm })))
      .execute()
}

/** After their claims: the foreign key points here. */
export async function deleteGroupClaims(
  q: Queries,
  selection: GroupClaimSelection & { readonly iommuGroup?: number },
): Promise<void> {
  let query = q.deleteFrom('group_claims')
  if (selection.host !== undefined) query = query.where('host', '=', selection.host)
  if (selection.vm !== undefined) query = query.where('vm', '=', selection.vm)
  if (selection.iommuGroup !== undefined) query = query.where('iommu_group', '=', selection.iommuGroup)
  await query.execute()
}
