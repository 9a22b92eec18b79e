/** The end of a VM's UEFI variables: hosts keep them between its starts, and delete them one after the other when it ends for good. */
import { insertHistory } from '../database/history.ts'
import { advanceGeneration, findHost } from '../database/hosts.ts'
import { ordersThatBegan } from '../database/journal.ts'
import { listVmOrders } from '../database/orders.ts'
import type { Queries, Tx } from '../database/tables.ts'
import { type StoredVm, updateVm } from '../database/vms.ts'
import { CREATE } from '../model/order.ts'
import { writeReleaseOrder } from '../orders/write.ts'

/** Where a domain of the VM was made, or begun, with UEFI, and no order has told the host to forget it since. */
export async function firmwareHosts(q: Queries, vm: number): Promise<ReadonlySet<number>> {
  const hosts = new Set<number>()
  const began = await ordersThatBegan(q, vm, CREATE)
  for (const { order, state } of await listVmOrders(q, { vm })) {
    if (order.kind === 'deploy' && order.definition.firmware !== undefined && began.has(order.id))
      hosts.add(order.host)
    if (order.kind === 'release' && order.forgetFirmware === true && state === 'done')
      hosts.delete(order.host)
  }
  return hosts
}

/**
 * Call it where nothing else keeps the VM from being DONE, its claims released. True = it is SHUTDOWN, with an order to the next
 * host that has its variables, which leads to DONE; false = there is none, or only such as are not to be had any more: removed,
 * or `fenced` just now. Its history then tells what stays there.
 */
export async function forgetNext(
  q: Tx,
  vm: StoredVm,
  now: number,
  fenced: number | null = null,
): Promise<boolean> {
  const left: string[] = []
  for (const id of await firmwareHosts(q, vm.id)) {
    const host = await findHost(q, id)
    if (host !== null && id !== fenced) {
      await begin(q, vm, host, now)
      return true
    }
    left.push(host === null ? `host ${id}, which was removed` : `host ${host.name}, which was fenced`)
  }
  for (const where of left) await insertHistory(q, vm.id, `its UEFI variables stay on ${where}`, now)
  return false
}

async function begin(
  q: Tx,
  { id: vm, epoch }: StoredVm,
  { id: host, name }: { readonly id: number; readonly name: string },
  now: number,
): Promise<void> {
  await writeReleaseOrder(q, { vm, host, epoch, graceSeconds: 0, forgetFirmware: true }, now)
  const message = `its UEFI variables are deleted on host ${name}`
  await updateVm(q, vm, { state: 'SHUTDOWN', host, afterRelease: 'DONE', onlyHost: null, message }, now)
  // On that host it counts until then, as any VM that is being shut down.
  await advanceGeneration(q, [host])
  await insertHistory(q, vm, `SHUTDOWN, then DONE: ${message}`, now)
}
