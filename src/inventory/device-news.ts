/** What a report changes, as the devices' histories tell it: moved, swapped, missing, back, and claims that changed hands (pure). */
import type { StoredClaim } from '../database/claims.ts'
import type { StoredDevice } from '../database/devices.ts'
import type { Address } from '../model/address.ts'
import { claimedLine, type DeviceEvent, type DeviceHistoryLine, historyKey } from '../model/device-history.ts'
import { swapReason } from '../model/same-device.ts'
import type { Reconciliation } from './reconcile.ts'

export interface NewsInput {
  /** The inventory before the report. */
  readonly known: readonly StoredDevice[]
  readonly found: Pick<Reconciliation, 'insert' | 'update' | 'remove' | 'swapped' | 'moved'>
  readonly claimsBefore: readonly StoredClaim[]
  readonly claimsNow: readonly StoredClaim[]
  /** Why devices are quarantined that claims brought together. */
  readonly quarantine: ReadonlyMap<Address, string>
  /** History keys of devices that were missing and forgotten. */
  readonly lost: ReadonlySet<string>
}

export interface DeviceNews {
  readonly lines: readonly DeviceHistoryLine[]
  /** History keys that are others now: a device that is known better than before. */
  readonly renamed: ReadonlyMap<string, string>
}

/** Nothing for devices that are new, and none for what only changed its facts. */
export function deviceNews(input: NewsInput): DeviceNews {
  const { known, found } = input
  const before = new Map(known.map((device) => [device.address, device]))
  const now = new Map(before)
  for (const address of found.remove) now.delete(address)
  for (const device of [...found.update, ...found.insert]) now.set(device.address, device)
  const renamed = new Map<string, string>()
  const lines: DeviceHistoryLine[] = []
  for (const device of [...found.update, ...found.insert]) {
    const origin = originOf(input, before, device)
    if (origin && historyKey(origin) !== historyKey(device))
      renamed.set(historyKey(origin), historyKey(device))
    lines.push(...arrived(input, before.get(device.address), device))
  }
  lines.push(...left(input, before, now))
  for (const [address, reason] of input.quarantine) {
    const device = now.get(address)
    if (device && device.health !== 'quarantined') lines.push(line(device, 'quarantined', reason))
  }
  lines.push(...claimNews(input, before, now, renamed))
  return { lines, renamed }
}

/** What the device was before, unless it is another one. */
function originOf(
  { found }: NewsInput,
  before: ReadonlyMap<Address, StoredDevice>,
  device: StoredDevice,
): StoredDevice | undefined {
  if (found.swapped.includes(device.address)) return undefined
  return before.get(found.moved.get(device.address) ?? device.address)
}

function line(
  { host, address, identity }: StoredDevice,
  event: DeviceEvent,
  what: string,
  vm: number | null = null,
): DeviceHistoryLine {
  return { host, address, identity, event, vm, what }
}

/** `before` = what was known at its address. */
function arrived(
  { found, lost }: NewsInput,
  before: StoredDevice | undefined,
  device: StoredDevice,
): DeviceHistoryLine[] {
  const { address, healthReason } = device
  const from = found.moved.get(address)
  if (from !== undefined) return [line(device, 'moved', `was ${from} before a restart`)]
  if (before !== undefined && found.swapped.includes(address)) {
    const what = `came in the place of another: ${swapReason(before, device) ?? 'the one before is elsewhere'}`
    const untrusted = healthReason === null ? [] : [line(device, 'quarantined', healthReason)]
    return [line(device, 'swapped', what), ...untrusted]
  }
  const back = before === undefined ? lost.has(historyKey(device)) : device.present && !before.present
  return back ? [line(device, 'back', "in the host's report again")] : []
}

/** Known devices that are nowhere in the report any more; not those that were missing before. */
function left(
  { found }: NewsInput,
  before: ReadonlyMap<Address, StoredDevice>,
  now: ReadonlyMap<Address, StoredDevice>,
): DeviceHistoryLine[] {
  const elsewhere = new Set(found.moved.values())
  return [...before.values()].flatMap((device) => {
    if (!device.present || elsewhere.has(device.address)) return []
    const successor = now.get(device.address)
    if (successor?.present !== true) return [line(device, 'missing', "not in the host's report any more")]
    // What shares its key with the one that took its place has that one's line.
    const replaced = found.swapped.includes(device.address) || found.moved.has(device.address)
    if (!replaced || historyKey(device) === historyKey(successor)) return []
    return [line(device, 'missing', 'another device has its place')]
  })
}

/** Claims by whom they hold, not by where: what moved with its device is no news. */
function claimNews(
  { claimsBefore, claimsNow }: NewsInput,
  before: ReadonlyMap<Address, StoredDevice>,
  now: ReadonlyMap<Address, StoredDevice>,
  renamed: ReadonlyMap<string, string>,
): DeviceHistoryLine[] {
  const had = heldBy(claimsBefore, before, (key) => renamed.get(key) ?? key)
  const has = heldBy(claimsNow, now, (key) => key)
  const lines: DeviceHistoryLine[] = []
  for (const [key, { claim, device }] of had)
    if (has.get(key)?.claim.vm !== claim.vm)
      lines.push(line(device, 'released', `lost by VM ${claim.vm}: it is not where it was`, claim.vm))
  for (const [key, { claim, device }] of has)
    if (had.get(key)?.claim.vm !== claim.vm) lines.push(claimedLine(claim, device))
  return lines
}

interface Held {
  readonly claim: StoredClaim
  readonly device: StoredDevice
}

function heldBy(
  claims: readonly StoredClaim[],
  devices: ReadonlyMap<Address, StoredDevice>,
  keyOf: (key: string) => string,
): ReadonlyMap<string, Held> {
  return new Map(
    claims.flatMap((claim): [string, Held][] => {
      const device = devices.get(claim.address)
      return device ? [[keyOf(historyKey(device)), { claim, device }]] : []
    }),
  )
}
