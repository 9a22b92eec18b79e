/** Virtual functions that vanish with a reboot and come back when their PF is told to make them again (pure). */
import type { StoredDevice } from '../database/devices.ts'
import type { Address } from '../model/address.ts'

/** A VF that the inventory knows and the last report did not. */
export function isAwayVf(device: Pick<StoredDevice, 'kind' | 'present'>): boolean {
  return device.kind === 'vf' && !device.present
}

/**
 * Addresses, as the inventory has them, of the VFs whose PF has a wish that the host has yet to fulfil (`unsettled`). The PF may
 * have moved meanwhile: it is known by its identity too, which each of its VFs' identities begins with.
 */
export function awaitedVfs(
  known: readonly StoredDevice[],
  unsettled: ReadonlySet<Address>,
): ReadonlySet<Address> {
  if (unsettled.size === 0) return new Set()
  const identities = new Set(
    known.flatMap(({ address, identity }) => (unsettled.has(address) && identity !== null ? [identity] : [])),
  )
  const awaited = known.filter(
    ({ kind, parent, identity }) =>
      kind === 'vf' &&
      ((parent !== null && unsettled.has(parent)) ||
        (identity !== null && identities.has(identity.replace(/\/vf\d+$/, '')))),
  )
  return new Set(awaited.map(({ address }) => address))
}
