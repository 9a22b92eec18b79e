/** The table `quotas`: how many devices of a kind a user's VMs may ask for at a time. */
import { NotFound } from '../model/errors.ts'
import type { Quota } from '../model/quota.ts'
import type { Queries } from './tables.ts'

/** By owner, then selector; only those of `owner` where it is given. */
export async function listQuotas(q: Queries, owner: string | null = null): Promise<Quota[]> {
  let query = q.selectFrom('quotas').select(['owner', 'selector', 'most'])
  if (owner !== null) query = query.where('owner', '=', owner)
  return query.orderBy('owner').orderBy('selector').execute()
}

export async function setQuota(q: Queries, { owner, selector, most }: Quota): Promise<void> {
  await q
    .insertInto('quotas')
    .values({ owner, selector, most })
    .onConflict((conflict) => conflict.columns(['owner', 'selector']).doUpdateSet({ most }))
    .execute()
}

/** NotFound `unknown-quota`. */
export async function deleteQuota(q: Queries, owner: string, selector: string): Promise<void> {
  const { numDeletedRows } = await q
    .deleteFrom('quotas')
    .where('owner', '=', owner)
    .where('selector', '=', selector)
    .executeTakeFirst()
  if (numDeletedRows > 0n) return
  throw new NotFound(
    'unknown-quota',
    `${owner} has no quota for ${selector}; \`berth quota list ${owner}\` shows the quotas`,
    { owner, selector },
  )
}
