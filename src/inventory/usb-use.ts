/** Which USB devices running domains hold behind the database's back (pure; design.md, invariants 5 and 10). */
import type { Address } from '../model/address.ts'
import type { SnapshotDevice, SnapshotUsbDevice } from '../model/snapshot.ts'
import type { RunningDomain } from '../model/usage.ts'
import { type UsbNumbers, usbNumbersText } from '../model/usb-device.ts'
import { type VmEpochs, vmOf } from './host-use.ts'

/** A USB device and who has claimed it. */
type Held = UsbNumbers & Pick<SnapshotUsbDevice, 'key' | 'claimedBy'>

/**
 * Key -> the domain's name, for USB hostdevs of domains that are foreign, of another database, or of a VM or epoch that
 * this one does not have on the host. What a VM's own domain holds is told by its claims, unless `claimedBy` differs.
 */
export function usbHeldByOthers(
  domains: readonly RunningDomain[],
  vms: VmEpochs,
  cluster: string,
  usb: readonly Held[],
): ReadonlyMap<string, string> {
  const held = new Map<string, string>()
  const byNumbers = new Map(usb.map((device) => [usbNumbersText(device), device]))
  for (const domain of domains)
    for (const numbers of domain.usbHostdevs ?? []) {
      const device = byNumbers.get(usbNumbersText(numbers))
      const vm = vmOf(domain, vms, cluster)
      if (device !== undefined && (vm === null || device.claimedBy !== vm)) held.set(device.key, domain.name)
    }
  return held
}

/** The devices, in use by the host where others hold them; and so are the controllers that they hang on. */
export function markUsbHeld(
  devices: readonly SnapshotDevice[],
  usb: readonly SnapshotUsbDevice[],
  held: ReadonlyMap<string, string>,
): { readonly devices: readonly SnapshotDevice[]; readonly usb: readonly SnapshotUsbDevice[] } {
  if (held.size === 0) return { devices, usb }
  const controllers = new Map<Address, string>()
  for (const { key, controller } of usb) {
    const domain = held.get(key)
    if (domain !== undefined && controller !== null && !controllers.has(controller))
      controllers.set(controller, domain)
  }
  return {
    devices: devices.map((device) => inUse(device, controllers.get(device.address))),
    usb: usb.map((device) => inUse(device, held.get(device.key))),
  }
}

function inUse<Device extends SnapshotDevice | SnapshotUsbDevice>(
  device: Device,
  domain: string | undefined,
): Device {
  return domain === undefined ? device : { ...device, inUseByHost: true, domain }
}

/** Controller -> `USB device 1-2 is with domain web-1`. */
export function controllersOfHeld(
  usb: readonly Pick<SnapshotUsbDevice, 'key' | 'port' | 'controller'>[],
  held: ReadonlyMap<string, string>,
): ReadonlyMap<Address, string> {
  const controllers = new Map<Address, string>()
  for (const { key, port, controller } of usb) {
    const domain = held.get(key)
    if (domain !== undefined && controller !== null && !controllers.has(controller))
      controllers.set(controller, `USB device ${port} is with domain ${domain}`)
  }
  return controllers
}
