/** What operators ask of devices: each one transaction, a line in the device's history, and a new generation. */
import { writeDeviceHistory } from '../database/device-history.ts'
import { type DeviceMark, getDevice, markDevice, type StoredDevice } from '../database/devices.ts'
import { advanceGeneration, getHost } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import type { Tx } from '../database/tables.ts'
import type { Address } from '../model/address.ts'
import type { DeviceEvent } from '../model/device-history.ts'
import { Conflict, InvalidInput } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import type { DeviceHealth } from '../model/snapshot.ts'

export const DEVICE_ACTIONS = ['drain', 'undrain', 'quarantine', 'clear'] as const
export type DeviceAction = (typeof DEVICE_ACTIONS)[number]

interface Change {
  readonly from: readonly DeviceHealth[]
  readonly to: DeviceHealth
  readonly event: DeviceEvent
}

/** A quarantine is the stronger of the two: it is cleared, never drained away. */
const CHANGES: Readonly<Record<DeviceAction, Change>> = {
  drain: { from: ['ok'], to: 'drained', event: 'drained' },
  undrain: { from: ['drained'], to: 'ok', event: 'undrained' },
  quarantine: { from: ['ok', 'drained'], to: 'quarantined', event: 'quarantined' },
  clear: { from: ['quarantined'], to: 'ok', event: 'cleared' },
}

/** Which device, in whose words: by its host's id and its present address. */
export interface DeviceAsk {
  readonly host: number
  readonly address: Address
  /** Why, in the operator's words. */
  readonly reason: string | null
}

/**
 * `drain`: no new claims, and who has it keeps it; `quarantine`: nor may its IOMMU group be given; `undrain`, `clear`: back in
 * service, failures forgotten. Conflict `device-state` names what is possible; InvalidInput `reason-missing` for a quarantine without one; NotFound
 * `unknown-host`, `unknown-device`.
 */
export function changeHealth(
  db: Database,
  action: DeviceAction,
  { host: id, address, reason }: DeviceAsk,
  now: number,
): Promise<StoredDevice> {
  return db.transaction(async (q) => {
    const host = await getHost(q, id)
    const device = await getDevice(q, id, address)
    requireHealth(host, device, action)
    if (action === 'quarantine' && reason === null)
      throw new InvalidInput('reason-missing', `say why ${address} of host ${host.name} is quarantined`, {
        host: id,
        address,
      })
    const { to, event } = CHANGES[action]
    const inService = to === 'ok'
    const mark = { health: to, healthReason: inService ? null : reason, ...(inService && { failures: 0 }) }
    return enter(q, device, mark, event, reason, now)
  })
}

function requireHealth(
  host: Host,
  { address, health, healthReason }: StoredDevice,
  action: DeviceAction,
): void {
  if (CHANGES[action].from.includes(health)) return
  const possible = DEVICE_ACTIONS.filter((one) => CHANGES[one].from.includes(health))
  const state = health === 'ok' ? 'in service' : health
  const why = healthReason === null ? '' : ` (${healthReason})`
  throw new Conflict(
    'device-state',
    `device ${address} of host ${host.name} is ${state}${why}, so it cannot be ${CHANGES[action].event}; possible: ${possible.join(', ')}`,
    { host: host.id, address, health, action, possible },
  )
}

/** May be given although the host uses it, on the operator's word; false takes that back. NotFound `unknown-device`. */
export function allowDevice(
  db: Database,
  host: number,
  address: Address,
  allowed: boolean,
  now: number,
): Promise<StoredDevice> {
  return db.transaction(async (q) => {
    await getHost(q, host)
    const device = await getDevice(q, host, address)
    const words = allowed ? 'may be given although the host uses it' : 'not where the host uses it'
    return enter(q, device, { allowed }, 'allowed', words, now)
  })
}

async function enter(
  q: Tx,
  { host, address, identity }: StoredDevice,
  mark: DeviceMark,
  event: DeviceEvent,
  words: string | null,
  now: number,
): Promise<StoredDevice> {
  await markDevice(q, host, address, mark)
  const what = words === null ? 'by an operator' : `by an operator: ${words}`
  await writeDeviceHistory(q, [{ host, address, identity, event, vm: null, what }], now)
  await advanceGeneration(q, [host])
  return getDevice(q, host, address)
}
