/** USB devices as people see them: `host show` and what a VM holds. */
import type { Address } from '../model/address.ts'
import type { SnapshotHost, SnapshotUsbDevice } from '../model/snapshot.ts'
import { usbObstacle } from '../model/usb-assignable.ts'
import { compareUsbPorts, type ReportedUsbDevice, type UsbDevice } from '../model/usb-device.ts'
import { usbId, usbToDocument } from '../model/usb-document.ts'
import type { UsbDeviceView, VmUsbDeviceView } from './documents.ts'
import type { Holder } from './inventory.ts'
import { usbObstacleMessage } from './usb-refusal.ts'

/** A USB device of the inventory: what the probe saw, what comparing reports said. */
export interface InventoryUsbDevice extends ReportedUsbDevice {
  readonly key: string
  /** Seen in the host's last report. */
  readonly present: boolean
  /** What a VM holds is not what is there now. */
  readonly swapped: string | null
  /** Milliseconds since the epoch; counts where the device is missing. */
  readonly lastSeen: number
}

export type UsbHolder = Omit<Holder, 'role'>

/** All of one host, by bus, then port. `holders` by key; `host` is that host as the scheduler sees it. */
export function usbViews(
  host: Pick<SnapshotHost, 'devices' | 'usb'>,
  devices: readonly InventoryUsbDevice[],
  holders: ReadonlyMap<string, UsbHolder>,
): readonly UsbDeviceView[] {
  const placed = new Map((host.usb ?? []).map((device) => [device.key, device]))
  const claims = new Map(host.devices.map(({ address, claimedBy }) => [address, claimedBy]))
  const holderOf = (controller: Address) => claims.get(controller) ?? null
  return [...devices].sort(compareUsbPorts).map((device) => {
    const holder = holders.get(device.key) ?? null
    const state = usbState(device, placed.get(device.key) ?? null, holder, holderOf)
    return { ...usbToDocument(device), vm: holder?.vm ?? null, ...state }
  })
}

type StateAndReason = Pick<UsbDeviceView, 'state' | 'why'>

function usbState(
  device: InventoryUsbDevice,
  placed: SnapshotUsbDevice | null,
  holder: UsbHolder | null,
  holderOf: (controller: Address) => number | null,
): StateAndReason {
  if (holder !== null) return heldState(device, holder)
  const obstacle = placed === null ? null : usbObstacle(placed, holderOf)
  if (obstacle === null) return { state: 'free', why: null }
  const words = usbObstacleMessage(obstacle)
  const uses = device.inUse.map(({ detail }) => detail)
  const told = obstacle.code === 'in-use-by-host' && uses.length > 0
  return { state: 'unassignable', why: told ? `${words}: ${uses.join('; ')}` : words }
}

function heldState(device: InventoryUsbDevice, { vm, vmName, vmState }: UsbHolder): StateAndReason {
  const who = `VM ${vm} (${vmName})`
  if (!device.present)
    return {
      state: 'missing',
      why: `not seen since ${new Date(device.lastSeen).toISOString()}; ${who} holds it`,
    }
  if (device.swapped !== null)
    return { state: 'missing', why: `another device is there: ${device.swapped}; ${who} holds what was` }
  if (vmState === 'SHUTDOWN') return { state: 'releasing', why: `on its way back from ${who}` }
  if (vmState === 'BOOT') return { state: 'claimed', why: `promised to ${who}` }
  const silent = vmState === 'UNKNOWN' ? ', whose host is silent' : ''
  return { state: 'attached', why: `attached to ${who}${silent}` }
}

/** One claimed device in a VM's list. */
export function vmUsbView(request: number, device: InventoryUsbDevice, holder: UsbHolder): VmUsbDeviceView {
  return {
    request,
    bus: device.bus,
    device: device.device,
    port: device.port,
    id: usbId(device),
    name: usbName(device),
    state: heldState(device, holder).state,
  }
}

/** `QEMU QEMU USB Tablet`, vendor and product; null where neither is known. */
export function usbName({
  vendorName,
  productName,
}: Pick<UsbDevice, 'vendorName' | 'productName'>): string | null {
  const names = [vendorName, productName].filter((name) => name !== null)
  return names.length === 0 ? null : names.join(' ')
}
