/** A host refuses an order that is older than what it has seen: this database was restored, and goes on from what the host knows. */

import { insertHistory } from '../../database/history.ts'
import type { StoredOrder } from '../../database/orders.ts'
import type { Tx } from '../../database/tables.ts'
import { findVm, updateVm } from '../../database/vms.ts'
import { applyEvent } from '../../lifecycle/events.ts'
import type { AgentMessage } from '../../model/agent-protocol.ts'
import type { HostEvent } from '../../model/event.ts'
import type { Host } from '../../model/host.ts'
import { isVmOrder, type Order, type ReleaseOrder } from '../../model/order.ts'
import { failOrder, postponeOrder } from '../../orders/end.ts'
import { writeReleaseOrder } from '../../orders/write.ts'
import { goOnFrom } from './hello.ts'

type Refused = Extract<AgentMessage, { kind: 'refused' }>

const AGAIN_MS = 10_000
/** More often than any VM was placed in what a database fell behind. A VM's epoch ends at 2^31, on whichever host it is then. */
const MOST_EPOCHS = 100_000

/**
 * Nothing was touched. A deploy, an attach and what is done with a device alone fail with the host's words; a detach is put off; a
 * release is put off and written anew. The VM's epoch is the host's from then on. Gives what a log should say.
 */
export async function refused(
  q: Tx,
  host: Host,
  { order }: StoredOrder,
  message: Refused,
  now: number,
): Promise<readonly string[]> {
  const { highestOrder } = message
  const seenEpoch = plausibleEpoch(order, message.seenEpoch)
  if (highestOrder !== undefined) await goOnFrom(q, host.id, highestOrder)
  const line = `host ${host.name} refuses order ${order.id}: ${message.message}`
  if (order.kind === 'release') {
    await writeAnew(q, order, seenEpoch ?? order.epoch, message, now)
    return [line]
  }
  const { what } = await applyEvent(q, eventOf(order, message), now)
  if (order.kind === 'deploy') await raiseEpoch(q, order.vm, seenEpoch, now)
  return [line, what]
}

/** An agent that lies makes no VM unplaceable elsewhere. */
function plausibleEpoch(order: Order, seen: number | null): number | null {
  return seen === null || !isVmOrder(order) ? seen : Math.min(seen, order.epoch + MOST_EPOCHS)
}

function eventOf(order: Exclude<Order, ReleaseOrder>, { code, message }: Refused): HostEvent {
  const { id, host } = order
  if (!isVmOrder(order)) {
    const about = { order: id, host, address: order.devices[0].address, code, message, hangs: false }
    return { ...about, kind: order.kind === 'bind' ? 'bind-failed' : 'vfs-failed' }
  }
  const about = { order: id, host, vm: order.vm, epoch: order.epoch, code, message }
  if (order.kind === 'detach') return { ...about, kind: 'release-failed', faults: [] }
  return { ...about, kind: order.kind === 'deploy' ? 'deploy-failed' : 'attach-failed' }
}

/** Its next placement is above what the host has seen. */
async function raiseEpoch(q: Tx, id: number, seen: number | null, now: number): Promise<void> {
  const vm = await findVm(q, id)
  if (vm === null || seen === null || seen <= vm.epoch) return
  await updateVm(q, id, { epoch: seen }, now)
}

/**
 * Above what the host has seen: a domain of an epoch that this database does not know is left alone (invariant 10), and the
 * release comes to its end once a person has ended that one.
 */
async function writeAnew(
  q: Tx,
  { id, vm: of, host, graceSeconds, forgetFirmware }: ReleaseOrder,
  seen: number,
  { message }: Refused,
  now: number,
): Promise<void> {
  const vm = await findVm(q, of)
  await failOrder(q, id, message, now)
  if (vm === null || vm.host !== host) return
  // Where only the number was known to the host, the domain is of this epoch.
  const epoch = seen > vm.epoch ? seen + 1 : vm.epoch
  const told = `release put off: ${message}`
  await updateVm(q, of, { epoch, message: told }, now)
  const firmware = forgetFirmware === undefined ? {} : { forgetFirmware }
  const order = await writeReleaseOrder(q, { vm: of, host, epoch, graceSeconds, ...firmware }, now)
  await postponeOrder(q, order, message, now + AGAIN_MS)
  await insertHistory(q, of, told, now)
}
