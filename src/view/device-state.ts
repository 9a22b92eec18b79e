/** The state of a device in one word, and why it is not free: between the inventory and every list that shows devices. */
import { type HostDevices, obstacle } from '../model/assignable.ts'
import type { Obstacle } from '../model/refusal.ts'
import type { SnapshotDevice } from '../model/snapshot.ts'
import type { Usage } from '../model/usage.ts'
import type { DeviceState } from './documents.ts'
import type { Holder, InventoryDevice } from './inventory.ts'
import { obstacleMessage } from './refusal.ts'

export interface StateAndReason {
  readonly state: DeviceState
  /** Null = free. */
  readonly why: string | null
}

/**
 * State of a device that a VM holds: `attached` from the moment that the guest runs with it, `releasing` from the
 * moment that it is to come back (design.md, "A VM's life").
 */
export function heldState(present: boolean, holder: Holder): DeviceState {
  if (!present) return 'missing'
  if (holder.vmState === 'SHUTDOWN' || holder.detaching === true) return 'releasing'
  if (holder.role === 'held') return 'held'
  return holder.vmState === 'RUNNING' || holder.vmState === 'UNKNOWN' ? 'attached' : 'claimed'
}

function heldReason(holder: Holder, state: DeviceState): string {
  const vm = `VM ${holder.vm} (${holder.vmName})`
  if (holder.detaching === true) return `being detached from ${vm}`
  if (state === 'releasing') return `on its way back from ${vm}`
  if (state === 'held') return `held for ${vm}, which has a device of its IOMMU group`
  if (state === 'claimed') return `promised to ${vm}`
  return holder.vmState === 'UNKNOWN' ? `attached to ${vm}, whose host is silent` : `attached to ${vm}`
}

function missingReason(device: InventoryDevice, holder: Holder | null): string {
  const seen = `not seen since ${new Date(device.lastSeen).toISOString()}`
  return holder === null ? seen : `${seen}; VM ${holder.vm} (${holder.vmName}) holds it`
}

/** A NIC with many routes is in use for many reasons; these are enough to act on. */
const USES_TOLD = 4

/** What the host needs a device for, in words: `nvme0n1p2 is mounted at /boot; dm-1 is swap`. */
export function usageWords(inUse: readonly Usage[]): string {
  const told = inUse.slice(0, USES_TOLD).map(({ reason, detail }) => (detail === '' ? reason : detail))
  const more = inUse.length - told.length
  return `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

function stateOf(why: Obstacle | null): DeviceState {
  if (why === null) return 'free'
  return why.code === 'drained' || why.code === 'quarantined' ? why.code : 'unassignable'
}

/** State of a device that is there, as long as no VM holds it. */
export function unheldState(host: HostDevices, placed: SnapshotDevice): DeviceState {
  return stateOf(obstacle(host, placed, null))
}

function obstacleReason(why: Obstacle, device: InventoryDevice): string {
  const words = obstacleMessage(why)
  if (why.code === 'drained' || why.code === 'quarantined')
    return device.healthReason === null ? words : `${why.code}: ${device.healthReason}`
  const inUse = why.code === 'in-use-by-host' && device.inUse.length > 0
  return inUse ? `${words}: ${usageWords(device.inUse)}` : words
}

/**
 * State and reason of one device. `host` holds the host's devices as the scheduler sees them, `placed` is this one
 * among them (null = the scheduler does not see it: it is not there); `holder` is null where no VM has it.
 */
export function deviceState(
  host: HostDevices,
  placed: SnapshotDevice | null,
  device: InventoryDevice,
  holder: Holder | null,
): StateAndReason {
  if (!device.present) return { state: 'missing', why: missingReason(device, holder) }
  if (holder !== null) {
    const state = heldState(true, holder)
    return { state, why: heldReason(holder, state) }
  }
  const why = placed === null ? null : obstacle(host, placed, null)
  return { state: stateOf(why), why: why === null ? null : obstacleReason(why, device) }
}
