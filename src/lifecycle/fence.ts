/** A host given up for dead on an operator's word: its VMs are POWEROFF, what they held is free. */
import { releaseClaims } from '../claims/release.ts'
import { findAgent } from '../database/agents.ts'
import { listClaims } from '../database/claims.ts'
import { replaceDomains } from '../database/domains.ts'
import { insertHistory } from '../database/history.ts'
import { advanceGeneration, getHost } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { openOrder } from '../database/orders.ts'
import type { Queries, Tx } from '../database/tables.ts'
import { listUsbClaims } from '../database/usb-claims.ts'
import { listVms, type StoredVm, updateVm } from '../database/vms.ts'
import { Conflict } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import type { VmState } from '../model/vm.ts'
import { failOrder } from '../orders/end.ts'
import { isHeard, SILENT_AFTER_MS } from './agents.ts'
import { forgetNext } from './forget-firmware.ts'
import { withdraw } from './hotplug.ts'

/** What fencing means for one VM. */
export interface FencedVm {
  readonly vm: number
  readonly name: string
  readonly from: VmState
  readonly to: VmState
  /** PCI addresses and USB keys that it loses. */
  readonly devices: readonly string[]
}

/** What fencing the host would do, as it is now; by VM. */
export async function fencePlan(q: Queries, host: number): Promise<readonly FencedVm[]> {
  const claims = await listClaims(q, { host })
  const usb = await listUsbClaims(q, { host })
  return (await listVms(q, { host })).map(({ id, name, state, afterRelease }) => ({
    vm: id,
    name,
    from: state,
    to: afterRelease ?? 'POWEROFF',
    devices: [
      ...claims.filter(({ vm }) => vm === id).map(({ address }) => address),
      ...usb.filter(({ vm }) => vm === id).map(({ key }) => key),
    ],
  }))
}

/**
 * The operator vouches that the machine is off: its VMs become POWEROFF (or what they were on the way to), their
 * devices are free. Conflict `host-answers` where its last probe did not fail, or its agent is heard. Gives the VMs' ids.
 */
export function fenceHost(
  db: Database,
  id: number,
  now: number,
  silentAfterMs = SILENT_AFTER_MS,
): Promise<readonly number[]> {
  return db.transaction(async (q) => {
    const host = await getHost(q, id)
    const vms = await listVms(q, { host: id })
    if (vms.length > 0 && (await answers(q, host, { now, silentAfterMs }))) throw hostAnswers(host, vms)
    for (const vm of vms) await fenceVm(q, host, vm, now)
    await replaceDomains(q, id, [])
    await advanceGeneration(q, [id])
    return vms.map((vm) => vm.id)
  })
}

/** Whether it is there to be asked, as far as is known: then it cannot be fenced. */
export async function answers(
  q: Queries,
  { id, agent, failure }: Host,
  hearing: Parameters<typeof isHeard>[1],
): Promise<boolean> {
  if (!agent) return failure === null
  const present = await findAgent(q, id)
  return present !== null && (failure === null || isHeard(present, hearing))
}

function hostAnswers({ id, name }: Host, vms: readonly StoredVm[]): Conflict {
  const ids = vms.map((vm) => vm.id)
  return new Conflict(
    'host-answers',
    `host ${name} answers: only a silent host can be fenced; stop or terminate its VMs (${ids.join(', ')})`,
    { host: id, vms: ids },
  )
}

async function fenceVm(q: Tx, host: Host, vm: StoredVm, now: number): Promise<void> {
  const open = await openOrder(q, vm.id)
  if (open?.order.kind === 'attach' || open?.order.kind === 'detach') await withdraw(q, vm, open.order, now)
  else if (open) await failOrder(q, open.order.id, 'the host was fenced', now)
  await releaseClaims(q, vm, `taken from VM ${vm.id}: the host was fenced`, now)
  const state = vm.afterRelease ?? 'POWEROFF'
  if (state === 'DONE' && (await forgetNext(q, vm, now, host.id))) return
  await updateVm(q, vm.id, { state, host: null, afterRelease: null, message: null }, now)
  await insertHistory(q, vm.id, `${state}: host ${host.name} was fenced`, now)
}
