/** What came of an attach or detach order -> the VM's claims, template and message. */
import { releaseSome } from '../claims/release.ts'
import { insertHistory } from '../database/history.ts'
import { getHost } from '../database/hosts.ts'
import { getOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { deleteUsbClaim } from '../database/usb-claims.ts'
import { getVm, type StoredVm, updateVm } from '../database/vms.ts'
import type { Address } from '../model/address.ts'
import type { VmEvent } from '../model/event.ts'
import { isVmOrder, type VmOrder } from '../model/order.ts'
import { failOrder, finishOrder } from '../orders/end.ts'
import { blockOf, forgetBlock } from './hotplug.ts'
import { beginRelease } from './release.ts'
import { rememberResets } from './resets.ts'
import { attachFailed, distrust, forgive } from './trust.ts'

type HotplugEvent = Extract<VmEvent, { kind: 'attached' | 'attach-failed' | 'detached' }>

/** In words, for the log. A stop or terminate that came meanwhile begins now. */
export async function hotplugged(q: Tx, vm: StoredVm, event: HotplugEvent, now: number): Promise<string> {
  const { order } = await getOrder(q, event.order)
  if (!isVmOrder(order)) return `order ${order.id} is of no VM`
  const what = await settle(q, vm, event, order, now)
  await insertHistory(q, vm.id, what, now)
  const { afterRelease } = vm
  if (afterRelease === 'POWEROFF' || afterRelease === 'DONE')
    await beginRelease(q, await getVm(q, vm.id), { afterRelease, graceSeconds: 0, message: null }, now)
  return `VM ${vm.id}: ${what}`
}

/** What failed to be attached, or came back other than it was handed out. Gives those that are quarantined for it. */
async function judge(
  q: Tx,
  vm: StoredVm,
  event: Exclude<HotplugEvent, { kind: 'attached' }>,
  now: number,
): Promise<readonly Address[]> {
  await rememberResets(q, event, now)
  const faults = event.kind === 'attach-failed' ? (event.faults ?? []) : []
  const failed = await attachFailed(q, vm.id, faults, now)
  return [...failed, ...(await distrust(q, vm.id, event.distrusted ?? [], now))]
}

async function settle(
  q: Tx,
  vm: StoredVm,
  event: HotplugEvent,
  order: VmOrder,
  now: number,
): Promise<string> {
  const passed = order.devices.filter(({ role }) => role === 'passed')
  const usb = order.usb ?? []
  const named = [...passed.map(({ address }) => address), ...usb.map(({ port }) => `USB ${port}`)].join(', ')
  if (event.kind === 'attached') {
    await finishOrder(q, order.id, now)
    await forgive(q, vm.id)
    await updateVm(q, vm.id, { message: null }, now)
    return `attached ${named}`
  }
  const quarantined = await judge(q, vm, event, now)
  const told = quarantined.length === 0 ? '' : `; quarantined: ${quarantined.join(', ')}`
  const going = order.devices.map(({ address }) => address)
  const words = event.kind === 'detached' ? 'detached' : 'its attach failed'
  await releaseSome(q, { id: vm.id, host: order.host }, going, `given back by VM ${vm.id}: ${words}`, now)
  for (const { request } of usb) await deleteUsbClaim(q, vm.id, request)
  const block = blockOf(order)
  if (block !== null) await forgetBlock(q, vm, block, now)
  if (event.kind === 'detached') {
    await finishOrder(q, order.id, now)
    await updateVm(q, vm.id, { message: null }, now)
    return `detached ${named}${told}`
  }
  const { name } = await getHost(q, order.host)
  const message = `attach of ${named} on host ${name} failed: ${event.message}${told}`
  await failOrder(q, order.id, event.message, now)
  await updateVm(q, vm.id, { message }, now)
  return `${message} (${event.code})`
}
