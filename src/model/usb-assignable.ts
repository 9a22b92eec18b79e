/** Which USB devices may be given, and what their controllers must not do meanwhile: the one rule, beside assignable.ts. */
import type { Address } from './address.ts'
import type { SnapshotDevice, SnapshotUsbDevice } from './snapshot.ts'

/** Why one USB device that fits a request cannot be given. Codes are listed in docs/errors.md. */
export type UsbObstacle =
  | { readonly code: 'hub' }
  | { readonly code: 'in-use-by-host' }
  | { readonly code: 'swapped' }
  | { readonly code: 'claimed'; readonly vm: number }
  /** The PCI function that its bus hangs on is a VM's, or held for one. */
  | { readonly code: 'controller-claimed'; readonly controller: Address; readonly vm: number }

/** `holderOf` names the VM that has a PCI device; null = it can be given. */
export function usbObstacle(
  device: SnapshotUsbDevice,
  holderOf: (controller: Address) => number | null,
): UsbObstacle | null {
  if (device.hub) return { code: 'hub' }
  if (device.inUseByHost) return { code: 'in-use-by-host' }
  if (device.swapped) return { code: 'swapped' }
  if (device.claimedBy !== null) return { code: 'claimed', vm: device.claimedBy }
  const { controller } = device
  const vm = controller === null ? null : holderOf(controller)
  return vm === null || controller === null ? null : { code: 'controller-claimed', controller, vm }
}

/** The devices, each controller told of the first claimed USB device below it: it is not given away under that one. */
export function withUsbUse(
  devices: readonly SnapshotDevice[],
  usb: readonly SnapshotUsbDevice[],
): readonly SnapshotDevice[] {
  const uses = new Map<Address, SnapshotDevice['usbUse']>()
  for (const { controller, port, claimedBy } of usb)
    if (controller !== null && claimedBy !== null && !uses.has(controller))
      uses.set(controller, { port, vm: claimedBy })
  if (uses.size === 0) return devices
  return devices.map((device) => {
    const usbUse = uses.get(device.address)
    return usbUse === undefined ? device : { ...device, usbUse }
  })
}
