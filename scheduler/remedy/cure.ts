/** What takes an obstacle out of a device's way; null = nothing that Berth knows of. */
import type { Address } from '../../src/model/address.ts'
import type { HostDevices } from '../../src/model/assignable.ts'
import { isChipset } from '../../src/model/device.ts'
import type { GroupObstacle, Obstacle } from '../../src/model/refusal.ts'
import type { Change, Tenant } from '../../src/model/remedy.ts'
import type { SnapshotDevice, SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import type { UsbObstacle } from '../../src/model/usb-assignable.ts'

/** An address = that physical function's virtual functions would have to go. */
export type Cure = Change | Address

export function cure(
  host: HostDevices,
  device: SnapshotDevice,
  why: Obstacle,
  tenants: readonly Tenant[],
): Cure | null {
  switch (why.code) {
    case 'not-offered':
      return { code: 'offer-device', address: device.address, type: typeOf(device) }
    case 'drained':
      return { code: 'undrain', address: device.address }
    case 'parent-claimed':
      return ending(why.vm, tenants)
    case 'group-not-viable': {
      const mate = host.byAddress.get(why.mate)
      return mate === undefined ? null : common(mate, why.why, tenants)
    }
    case 'bridge':
    case 'chipset':
    case 'no-iommu-group':
      return null
    default:
      return common(device, why, tenants)
  }
}

/** What may be said of a device and of a mate alike. */
function common(device: SnapshotDevice, why: GroupObstacle, tenants: readonly Tenant[]): Cure | null {
  const { address, domain } = device
  switch (why.code) {
    case 'in-use-by-host':
      if (device.driver !== null && isChipset(device.classId)) return null
      return domain === undefined ? { code: 'allow-device', address } : endDomain(domain)
    case 'quarantined':
      return { code: 'clear-quarantine', address }
    case 'pf-has-vfs':
      return address
    case 'claimed':
      return ending(why.vm, tenants)
    case 'usb-in-use':
      return { code: 'detach-usb', vm: why.vm, port: why.port }
  }
}

export function usbCure(
  { domain, port }: SnapshotUsbDevice,
  why: UsbObstacle,
  tenants: readonly Tenant[],
): Change | null {
  switch (why.code) {
    case 'claimed':
      return { code: 'detach-usb', vm: why.vm, port }
    case 'controller-claimed':
      return ending(why.vm, tenants)
    case 'in-use-by-host':
      return domain === undefined ? null : endDomain(domain)
    case 'hub':
    case 'swapped':
      return null
  }
}

/** The VM gives back all that it has on the host. */
export function ending(vm: number, tenants: readonly Tenant[]): Change {
  const leaving = tenants.some((one) => one.vm === vm && one.leaving)
  return { code: leaving ? 'await-vm' : 'stop-vm', vm, addresses: [], ports: [] }
}

function endDomain(domain: string): Change {
  return { code: 'end-domain', domain, addresses: [], ports: [] }
}

function typeOf({ vendorId, deviceId, classId }: SnapshotDevice): string {
  return `${vendorId}:${deviceId}:${classId}`
}
