/** Devices as people see them: `device list`, `host show`, and what a VM holds. */
import { type Address, compareAddresses } from '../model/address.ts'
import { arrangeDevices } from '../model/assignable.ts'
import type { Claim } from '../model/claim.ts'
import type { Device } from '../model/device.ts'
import { deviceToDocument } from '../model/device-document.ts'
import { diagnosisOf } from '../model/diagnosis.ts'
import type { SnapshotHost } from '../model/snapshot.ts'
import { deviceState, heldState } from './device-state.ts'
import { diagnosisView } from './diagnosis.ts'
import type { DeviceView, VmDeviceView } from './documents.ts'
import type { HeldDevice, Holder, InventoryDevice } from './inventory.ts'

/** `10de:20b0:0302`, the TYPE of OpenNebula's device lists. */
export function deviceType(device: Pick<Device, 'vendorId' | 'deviceId' | 'classId'>): string {
  return `${device.vendorId}:${device.deviceId}:${device.classId}`
}

/**
 * Views of `devices`, all of one host, in address order. `host` is that host as the scheduler sees it: the same rule
 * says here what is free. `holders` names who has what.
 */
export function deviceViews(
  host: SnapshotHost,
  devices: readonly InventoryDevice[],
  holders: ReadonlyMap<Address, Holder>,
): readonly DeviceView[] {
  const arranged = arrangeDevices(host.devices, host.ungroupedAllowed)
  const findings = diagnosisOf(devices.filter(({ present }) => present))
  const view = (device: InventoryDevice): DeviceView => {
    const { address } = device
    const holder = holders.get(address) ?? null
    return {
      ...deviceToDocument(device),
      host: host.id,
      hostName: host.name,
      offered: device.offered,
      health: device.health,
      healthReason: device.healthReason,
      inUse: device.inUse,
      allowed: device.allowed,
      reserved: device.reserved,
      wantedVfs: device.wantedVfs,
      vm: holder?.vm ?? null,
      ...deviceState(arranged, arranged.byAddress.get(address) ?? null, device, holder),
      diagnosis: device.present ? findings(device).map(diagnosisView) : [],
    }
  }
  return [...devices].sort((a, b) => compareAddresses(a.address, b.address)).map(view)
}

/** One claimed device in a VM's list. `device` is the inventory's row of the claim's address, which always exists. */
export function vmDeviceView(claim: Claim, device: HeldDevice, holder: Holder): VmDeviceView {
  return {
    address: claim.address,
    role: claim.role,
    request: claim.request,
    type: deviceType(device),
    name: device.deviceName,
    state: heldState(device.present, holder),
  }
}
