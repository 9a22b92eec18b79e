/** What a host reports, against what is stored of it: which rows to write (pure; design.md, invariant 6). */
import { deviceFacts, type StoredDevice } from '../database/devices.ts'
import type { Address } from '../model/address.ts'
import { isChipset } from '../model/device.ts'
import type { HostReport, ReportedDevice } from '../model/report.ts'
import { keptIdentity, swapReason } from '../model/same-device.ts'
import type { Usage } from '../model/usage.ts'
import { isAwayVf } from './awaited-vfs.ts'

export interface ReconcileInput {
  readonly host: number
  readonly report: Pick<HostReport, 'devices' | 'usage'>
  readonly known: readonly StoredDevice[]
  /** Addresses that a VM holds, after claims moved to where their devices are in a new boot. */
  readonly claimed: ReadonlySet<Address>
  /** Virtual functions (addresses of the inventory) that are not there yet and are to come back. */
  readonly awaited: ReadonlySet<Address>
  /** Addresses may mean other devices than before: what is known follows a device's identity. */
  readonly newBoot: boolean
  readonly now: number
}

/** Addresses, in the order of the report (vanished and missing: of the inventory). */
export interface InventoryChanges {
  readonly added: readonly Address[]
  readonly changed: readonly Address[]
  /** Another device sits there now; it inherits nothing, and is quarantined where a VM holds the address. */
  readonly swapped: readonly Address[]
  /** Gone, and there was nothing to remember of them. */
  readonly vanished: readonly Address[]
  /** Gone, but held by a VM, drained, quarantined, awaited, or a PF that is to have VFs: they stay, as missing. */
  readonly missing: readonly Address[]
}

export interface Reconciliation extends InventoryChanges {
  readonly insert: readonly StoredDevice[]
  readonly update: readonly StoredDevice[]
  readonly remove: readonly Address[]
  /** Where devices are now, and where they were before a restart. */
  readonly moved: ReadonlyMap<Address, Address>
  /** Something that matters to allocation is different: the host's generation advances. */
  readonly relevant: boolean
}

export function reconcile(input: ReconcileInput): Reconciliation {
  const known = new Map(input.known.map((device) => [device.address, device]))
  const inUse = usageByAddress(input.report.usage)
  const seen = new Set<Address>()
  const moved = movedDevices(input)
  const result = empty(moved)
  const from = new Set([...moved.values()].map(({ address }) => address))
  for (const reported of input.report.devices) {
    const { address } = reported
    seen.add(address)
    const origin = moved.get(address) ?? (from.has(address) ? undefined : known.get(address))
    take(input, result, reported, inUse.get(address) ?? [], known.get(address), origin)
  }
  for (const device of input.known)
    if (!seen.has(device.address)) lose(input, result, device, from.has(device.address))
  return result
}

type Draft = {
  -readonly [K in keyof Reconciliation]: Reconciliation[K] extends readonly (infer T)[]
    ? T[]
    : Reconciliation[K]
}

const empty = (origins: ReadonlyMap<Address, StoredDevice>): Draft => ({
  moved: new Map(
    [...origins].flatMap(([address, from]) => (from.address === address ? [] : [[address, from.address]])),
  ),
  ...{ insert: [], update: [], remove: [], relevant: false },
  ...{ added: [], changed: [], swapped: [], vanished: [], missing: [] },
})

/** `before` = what was known at the address; `origin` = what it is the same as, should that not be a swap. */
function take(
  input: ReconcileInput,
  result: Draft,
  reported: ReportedDevice,
  inUse: readonly Usage[],
  before: StoredDevice | undefined,
  origin: StoredDevice | undefined,
): void {
  const { address } = reported
  const swap = before === undefined ? null : swapReason(before, reported)
  const same = origin !== undefined && swapReason(origin, reported) === null ? origin : null
  const next = same ? carriedOn(input, reported, inUse, same) : fresh(input, reported, inUse, swap)
  if (before === undefined) {
    result.insert.push(next)
    result.added.push(address)
    result.relevant = true
    return
  }
  if (same === null) result.swapped.push(address)
  else if (sameRow(before, next)) return
  else result.changed.push(address)
  result.update.push(next)
  if (relevance(before) !== relevance(next)) result.relevant = true
}

/** One that falls off the bus and comes back is trusted no more than before, and wished the same of. */
function lose(input: ReconcileInput, result: Draft, device: StoredDevice, moved: boolean): void {
  const { health, wantedVfs, address } = device
  const forgotten = moved || (health === 'ok' && wantedVfs === null && !input.awaited.has(address))
  if (forgotten && !input.claimed.has(device.address)) {
    result.remove.push(device.address)
    result.vanished.push(device.address)
    result.relevant = true
  } else if (device.present) {
    result.update.push({ ...device, present: false, lastSeen: input.now })
    result.missing.push(device.address)
    result.relevant = true
  }
}

function carriedOn(
  { host, now, newBoot }: ReconcileInput,
  reported: ReportedDevice,
  inUse: readonly Usage[],
  known: StoredDevice,
): StoredDevice {
  const { allowed, health, healthReason, failures, reserved, wantedVfs, vfAutoprobe, firstSeen } = known
  const state = { allowed, health, healthReason, failures, reserved, wantedVfs, vfAutoprobe, firstSeen }
  return {
    ...reported,
    identity: keptIdentity(known.identity, reported.identity),
    host,
    present: true,
    inUse,
    ...state,
    lastSeen: now,
    // The kernel has bound its drivers anew.
    boundFrom: newBoot ? null : known.boundFrom,
  }
}

function fresh(
  { host, now, claimed }: ReconcileInput,
  reported: ReportedDevice,
  inUse: readonly Usage[],
  swap: string | null,
): StoredDevice {
  const untrusted = swap !== null && claimed.has(reported.address)
  return {
    ...reported,
    ...{
      host,
      present: true,
      inUse,
      allowed: false,
      failures: 0,
      reserved: false,
      boundFrom: null,
      wantedVfs: null,
      vfAutoprobe: false,
      firstSeen: now,
      lastSeen: now,
    },
    health: untrusted ? 'quarantined' : 'ok',
    healthReason: untrusted ? `swapped while a VM holds it: ${swap}` : null,
  }
}

/**
 * In a new boot a device may have got another address: found by an identity that is unique on both sides. By present
 * address; a path alone makes no device the same, so those whose ids differ are left out. VFs come later in a boot than
 * their PF, and are looked for as long as they are away.
 */
function movedDevices({ newBoot, known, report }: ReconcileInput): ReadonlyMap<Address, StoredDevice> {
  const moved = new Map<Address, StoredDevice>()
  const mayMove = newBoot ? known : known.filter(isAwayVf)
  if (mayMove.length === 0) return moved
  const before = uniqueIdentities(mayMove)
  for (const [identity, reported] of uniqueIdentities(report.devices)) {
    const origin = before.get(identity)
    if (origin && swapReason(origin, reported) === null) moved.set(reported.address, origin)
  }
  return moved
}

/** Devices by identity, those left out that share one. */
export function uniqueIdentities<T extends { readonly identity: string | null }>(
  devices: readonly T[],
): ReadonlyMap<string, T> {
  const unique = new Map<string, T>()
  const shared = new Set<string>()
  for (const device of devices) {
    if (device.identity === null) continue
    if (unique.has(device.identity)) shared.add(device.identity)
    unique.set(device.identity, device)
  }
  for (const identity of shared) unique.delete(identity)
  return unique
}

function usageByAddress(usage: readonly Usage[]): ReadonlyMap<Address, readonly Usage[]> {
  const byAddress = new Map<Address, Usage[]>()
  for (const use of usage) {
    const same = byAddress.get(use.address)
    if (same) same.push(use)
    else byAddress.set(use.address, [use])
  }
  return byAddress
}

/** `lastSeen` apart: while a device is there, the host's time of report says it. */
function sameRow(a: StoredDevice, b: StoredDevice): boolean {
  return (
    a.offered === b.offered &&
    a.present === b.present &&
    a.allowed === b.allowed &&
    a.health === b.health &&
    a.healthReason === b.healthReason &&
    a.failures === b.failures &&
    a.wantedVfs === b.wantedVfs &&
    a.boundFrom?.driver === b.boundFrom?.driver &&
    deviceFacts(a) === deviceFacts(b) &&
    JSON.stringify(a.inUse) === JSON.stringify(b.inUse)
  )
}

/** Everything of a device that decides whether and what for it can be given; its driver only where it makes it the host's own. */
function relevance(device: StoredDevice): string {
  const { vendorId, deviceId, classId, kind, parent, numaNode, iommuGroup, bridge, identity } = device
  const used = device.inUse.length > 0 && !device.allowed
  const driven = isChipset(classId) && device.driver !== null
  return JSON.stringify([
    ...[vendorId, deviceId, classId, kind, parent, numaNode, iommuGroup, bridge, identity],
    ...[device.offered, device.present, device.health, device.wantedVfs, used, driven],
  ])
}
