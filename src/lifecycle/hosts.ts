/** What operators ask of hosts: each one transaction, and a new generation where placing is concerned. */
import { releaseClaims } from '../claims/release.ts'
import { replaceDomains } from '../database/domains.ts'
import { insertHistory } from '../database/history.ts'
import {
  advanceGeneration,
  deleteHost,
  getHost,
  insertHost,
  type NewHost,
  updateHost,
} from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { openOrder } from '../database/orders.ts'
import { listVms, updateVm } from '../database/vms.ts'
import { Conflict } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import { failOrder } from '../orders/end.ts'
import { requireName } from './create.ts'
import { forgetNext } from './forget-firmware.ts'
import { withdraw } from './hotplug.ts'

export type { NewHost } from '../database/hosts.ts'

/** Conflict `host-exists`, InvalidInput `name-invalid`. It gets no VMs before its first report and comparison. */
export function addHost(db: Database, host: NewHost): Promise<Host> {
  requireName(host.name)
  return db.transaction(async (q) => getHost(q, await insertHost(q, host)))
}

/** Disabled: no new VMs; what runs there stays. NotFound `unknown-host`. */
export function setHostEnabled(db: Database, id: number, enabled: boolean): Promise<Host> {
  return db.transaction(async (q) => {
    await getHost(q, id)
    await updateHost(q, id, { enabled })
    await advanceGeneration(q, [id])
    return getHost(q, id)
  })
}

/** Conflict `host-in-use` while a VM is on it, or waits for it and no other. NotFound `unknown-host`. */
export function removeHost(db: Database, id: number): Promise<Host> {
  return db.transaction(async (q) => {
    const host = await getHost(q, id)
    const all = await listVms(q)
    const vms = all
      .filter((vm) => vm.host === id || (vm.onlyHost === id && vm.state === 'PENDING'))
      .map((vm) => vm.id)
    if (vms.length > 0)
      throw new Conflict(
        'host-in-use',
        `host ${host.name} has VM ${vms.slice(0, 8).join(', ')}${vms.length > 8 ? ', ...' : ''}: terminate or stop them first`,
        { host: id, vms },
      )
    await deleteHost(q, id)
    return host
  })
}

/**
 * The operator vouches that the machine is off: its VMs become POWEROFF (or what they were on the way to), their
 * devices are free. Conflict `host-answers` where its last probe did not fail. Gives the VMs' ids.
 */
export function fenceHost(db: Database, id: number, now: number): Promise<readonly number[]> {
  return db.transaction(async (q) => {
    const host = await getHost(q, id)
    const vms = await listVms(q, { host: id })
    if (host.failure === null && vms.length > 0)
      throw new Conflict(
        'host-answers',
        `host ${host.name} answers: only a silent host can be fenced; stop or terminate its VMs (${vms.map((vm) => vm.id).join(', ')})`,
        { host: id, vms: vms.map((vm) => vm.id) },
      )
    for (const vm of vms) {
      const open = await openOrder(q, vm.id)
      if (open?.order.kind === 'attach' || open?.order.kind === 'detach')
        await withdraw(q, vm, open.order, now)
      else if (open) await failOrder(q, open.order.id, 'the host was fenced', now)
      await releaseClaims(q, vm, `taken from VM ${vm.id}: the host was fenced`, now)
      const state = vm.afterRelease ?? 'POWEROFF'
      if (state === 'DONE' && (await forgetNext(q, vm, now, id))) continue
      await updateVm(q, vm.id, { state, host: null, afterRelease: null, message: null }, now)
      await insertHistory(q, vm.id, `${state}: host ${host.name} was fenced`, now)
    }
    await replaceDomains(q, id, [])
    await advanceGeneration(q, [id])
    return vms.map((vm) => vm.id)
  })
}
