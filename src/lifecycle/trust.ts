/** A device's good name: failures in a row are counted, too many or the wrong ones quarantine it, success forgets them. */
import { listClaims } from '../database/claims.ts'
import { writeDeviceHistory } from '../database/device-history.ts'
import { getDevice, listFailing, markDevice, type StoredDevice } from '../database/devices.ts'
import { advanceGeneration } from '../database/hosts.ts'
import type { Tx } from '../database/tables.ts'
import type { Address } from '../model/address.ts'
import type { DeviceEvent } from '../model/device-history.ts'
import { type DeviceFault, FAILURES_IN_A_ROW, hangs } from '../model/event.ts'

/** Returns that failed in a row after which a device is quarantined. */
const RETURNS = 2

interface Judgement {
  /** What the device was to do, as its history says it. */
  readonly what: string
  /** Null = at once, for this reason. */
  readonly limit: number | null
}

/** It could not be attached to the VM. The third time in a row, or when the kernel hangs in it, it is quarantined. Gives those. */
export function attachFailed(
  q: Tx,
  vm: number,
  faults: readonly DeviceFault[],
  now: number,
): Promise<readonly Address[]> {
  return judge(q, vm, faults, { what: `not attached to VM ${vm}`, limit: FAILURES_IN_A_ROW }, now)
}

/** It did not come back from the VM, which keeps it. The second time in a row, or when the kernel hangs in it, it is quarantined. */
export function returnFailed(
  q: Tx,
  vm: number,
  faults: readonly DeviceFault[],
  now: number,
): Promise<readonly Address[]> {
  return judge(q, vm, faults, { what: `not back from VM ${vm}`, limit: RETURNS }, now)
}

/** It came back other than it was handed out. Call it before its claim goes: a device that is not in service is not forgotten. */
export function distrust(
  q: Tx,
  vm: number,
  faults: readonly DeviceFault[],
  now: number,
): Promise<readonly Address[]> {
  return judge(q, vm, faults, { what: `back from VM ${vm}, not as it was`, limit: null }, now)
}

/** Only what this VM holds: an event speaks of nobody else's devices. */
async function judge(
  q: Tx,
  vm: number,
  faults: readonly DeviceFault[],
  judgement: Judgement,
  now: number,
): Promise<readonly Address[]> {
  if (faults.length === 0) return []
  const quarantined: Address[] = []
  for (const { host, address } of await listClaims(q, { vm })) {
    const fault = faults.find((one) => one.address === address)
    if (fault === undefined) continue
    const device = await getDevice(q, host, address)
    if (await count(q, device, vm, fault, judgement, now)) quarantined.push(address)
  }
  return quarantined
}

/** True = it is quarantined from now on. */
async function count(
  q: Tx,
  device: StoredDevice,
  vm: number,
  fault: DeviceFault,
  { what, limit }: Judgement,
  now: number,
): Promise<boolean> {
  const { host, address, identity, health } = device
  const failures = device.failures + 1
  await markDevice(q, host, address, { failures })
  const line = { host, address, identity, event: 'failed', vm, what: `${what}: ${fault.message}` } as const
  await writeDeviceHistory(q, [line], now)
  const enough = limit === null || failures >= limit || hangs(fault)
  if (!enough || health === 'quarantined') return false
  const often = limit === FAILURES_IN_A_ROW && !hangs(fault) ? `${failures} failures in a row: ` : ''
  await quarantine(q, device, vm, `${often}${fault.message}`, now)
  return true
}

async function quarantine(
  q: Tx,
  { host, address, identity }: StoredDevice,
  vm: number,
  reason: string,
  now: number,
): Promise<void> {
  await markDevice(q, host, address, { health: 'quarantined', healthReason: reason })
  const event: DeviceEvent = 'quarantined'
  await writeDeviceHistory(q, [{ host, address, identity, event, vm, what: reason }], now)
  await advanceGeneration(q, [host])
}

/** What the VM holds has proved itself: attached, or back; `but` = these have not. */
export async function forgive(q: Tx, vm: number, but: readonly DeviceFault[] = []): Promise<void> {
  for (const { host, address } of await listFailing(q, vm))
    if (!but.some((fault) => fault.address === address)) await markDevice(q, host, address, { failures: 0 })
}
