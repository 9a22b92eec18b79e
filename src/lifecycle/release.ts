/** The way out of RUNNING: SHUTDOWN with a release order, whoever or whatever asked for it. */
import { insertHistory } from '../database/history.ts'
import type { Tx } from '../database/tables.ts'
import { type StoredVm, updateVm } from '../database/vms.ts'
import { writeReleaseOrder } from '../orders/write.ts'
import { firmwareHosts } from './forget-firmware.ts'

export interface Release {
  /** Where it leads once every device is verified back. */
  readonly afterRelease: 'POWEROFF' | 'DONE'
  readonly graceSeconds: number
  /** Why, where nobody asked for it. */
  readonly message: string | null
}

/** The VM must be on a host and have no open order. */
export async function beginRelease(q: Tx, vm: StoredVm, release: Release, now: number): Promise<void> {
  if (vm.host === null) throw new Error(`VM ${vm.id} is ${vm.state} and on no host`)
  const { afterRelease, graceSeconds, message } = release
  const { id, host, epoch } = vm
  const forgetFirmware = afterRelease === 'DONE' && (await firmwareHosts(q, id)).has(host)
  await writeReleaseOrder(q, { vm: id, host, epoch, graceSeconds, forgetFirmware }, now)
  await updateVm(q, vm.id, { state: 'SHUTDOWN', afterRelease, message }, now)
  await insertHistory(
    q,
    vm.id,
    `SHUTDOWN, then ${afterRelease}${message === null ? '' : `: ${message}`}`,
    now,
  )
}
