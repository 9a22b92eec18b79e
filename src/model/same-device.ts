/** Is what now sits at an address the device that sat there before? (design.md, Identity; pure) */
import type { Device } from './device.ts'

type Known = Pick<Device, 'vendorId' | 'deviceId' | 'subsystemVendorId' | 'subsystemDeviceId' | 'identity'>

/** `serial`, `path` or null: only like kinds are compared. */
export function identityKind(identity: string | null): string | null {
  return identity === null ? null : identity.slice(0, identity.indexOf(':'))
}

/** What changed in words, or null. An id or identity that could not be read on one side signals no change. */
export function swapReason(before: Known, now: Known): string | null {
  const ids = `${before.vendorId}:${before.deviceId}`
  if (before.vendorId !== now.vendorId || before.deviceId !== now.deviceId)
    return `was ${ids}, is ${now.vendorId}:${now.deviceId}`
  if (
    differ(before.subsystemVendorId, now.subsystemVendorId) ||
    differ(before.subsystemDeviceId, now.subsystemDeviceId)
  )
    return `subsystem was ${before.subsystemVendorId}:${before.subsystemDeviceId}, is ${now.subsystemVendorId}:${now.subsystemDeviceId}`
  if (identityKind(before.identity) === identityKind(now.identity) && differ(before.identity, now.identity))
    return `was ${before.identity}, is ${now.identity}`
  return null
}

/** The better known of the two: a serial number that could not be read this time is not forgotten. */
export function keptIdentity(before: string | null, now: string | null): string | null {
  if (now === null) return before
  return identityKind(before) === 'serial' && identityKind(now) !== 'serial' ? before : now
}

function differ(before: string | null, now: string | null): boolean {
  return before !== null && now !== null && before !== now
}
