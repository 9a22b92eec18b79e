/** What a user's VMs may ask for at a time: checked in the transaction that makes them ask for more. */
import { listQuotas } from '../database/quotas.ts'
import type { Queries, Tx } from '../database/tables.ts'
import { listVms, type StoredVm } from '../database/vms.ts'
import { Forbidden } from '../model/errors.ts'
import { countAgainst, parseQuotaSelector } from '../model/quota.ts'
import type { Request } from '../model/request.ts'
import { readTemplate } from '../template/validate.ts'

/** What somebody wants more of: requests of VMs that are not written yet, or what a VM's template is to be. */
export interface Growth {
  readonly owner: string | null
  /** Of the new VMs together, or of the VM as it is to be. */
  readonly requests: readonly Request[]
  /** The VM that is to change; absent = they are new. */
  readonly vm?: Pick<StoredVm, 'id' | 'template'>
}

/**
 * Forbidden `quota-exceeded` where the owner's VMs, all that are not DONE, would ask for more than a quota allows, and for more than they
 * do now: less is always possible. `q` must be the transaction that writes the VMs, so that of two at once one is refused.
 */
export async function requireQuota(q: Tx, { owner, requests, vm }: Growth): Promise<void> {
  if (owner === null) return
  const quotas = await listQuotas(q, owner)
  if (quotas.length === 0) return
  const others = (await listVms(q, { owner })).filter(({ id }) => id !== vm?.id)
  const before = vm === undefined ? [] : readTemplate(vm.template).requests
  for (const { selector, most } of quotas) {
    const parsed = parseQuotaSelector(selector)
    const asked = countAgainst(parsed, requests)
    const now = countAgainst(parsed, before)
    const used = counted(others, (of) => countAgainst(parsed, of))
    if (asked > now && used + asked > most)
      throw exceeded({ owner, selector, most, used: used + now, asked: asked - now })
  }
}

/** What the VMs of a user that are not DONE ask for of what the selector means. */
export async function quotaUse(q: Queries, owner: string, selector: string): Promise<number> {
  const parsed = parseQuotaSelector(selector)
  return counted(await listVms(q, { owner }), (requests) => countAgainst(parsed, requests))
}

/** VMs of one user mostly come of few templates: each text is read once. */
function counted(vms: readonly StoredVm[], count: (requests: readonly Request[]) => number): number {
  const known = new Map<string, number>()
  let sum = 0
  for (const { template } of vms) {
    const one = known.get(template) ?? count(readTemplate(template).requests)
    known.set(template, one)
    sum += one
  }
  return sum
}

interface Excess {
  readonly owner: string
  readonly selector: string
  readonly most: number
  readonly used: number
  readonly asked: number
}

function exceeded(excess: Excess): Forbidden {
  const { owner, selector, most, used, asked } = excess
  return new Forbidden(
    'quota-exceeded',
    `${owner} may ask for ${most} ${most === 1 ? 'device' : 'devices'} of ${selector} at a time: VMs ask for ${used} already, and this is ${asked} more. Terminate a VM, or ask an administrator for a higher quota`,
    { ...excess },
  )
}
