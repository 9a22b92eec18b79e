/** Reads USB devices and who holds them, and hands them to the views. */
import { listDomains } from '../../database/domains.ts'
import type { Queries } from '../../database/tables.ts'
import { listUsbClaims } from '../../database/usb-claims.ts'
import { listUsbDevices, type StoredUsbDevice } from '../../database/usb-devices.ts'
import { listVms } from '../../database/vms.ts'
import type { SnapshotHost } from '../../model/snapshot.ts'
import { usbNumbersText } from '../../model/usb-device.ts'
import type { UsbDeviceView } from '../../view/documents.ts'
import { type UsbHolder, usbViews } from '../../view/usb.ts'

/** Of one host, by bus, then port. `placed` is the host as `readPicture` gave it in the same transaction. */
export async function readUsbViews(q: Queries, placed: SnapshotHost): Promise<readonly UsbDeviceView[]> {
  const devices = await listUsbDevices(q, placed.id)
  if (devices.length === 0) return []
  return usbViews(placed, await withDomains(q, placed, devices), await readHolders(q, placed.id))
}

/** What a domain of somebody else holds is in use, with its name. */
async function withDomains(
  q: Queries,
  { id, usb = [] }: SnapshotHost,
  devices: readonly StoredUsbDevice[],
): Promise<readonly StoredUsbDevice[]> {
  const domains = new Map(
    (await listDomains(q, id)).flatMap(({ usbHostdevs = [], name }) =>
      usbHostdevs.map((numbers) => [usbNumbersText(numbers), name]),
    ),
  )
  const used = new Set(usb.filter(({ inUseByHost }) => inUseByHost).map(({ key }) => key))
  return devices.map((device) => {
    const domain = domains.get(usbNumbersText(device))
    if (device.inUse.length > 0 || domain === undefined || !used.has(device.key)) return device
    return { ...device, inUse: [{ reason: 'domain' as const, detail: `domain ${domain} has it` }] }
  })
}

async function readHolders(q: Queries, host: number): Promise<ReadonlyMap<string, UsbHolder>> {
  const vms = new Map((await listVms(q, { host })).map((vm) => [vm.id, vm]))
  return new Map(
    (await listUsbClaims(q, { host })).flatMap(({ key, vm: id }): [string, UsbHolder][] => {
      const vm = vms.get(id)
      return vm ? [[key, { vm: id, vmName: vm.name, vmState: vm.state }]] : []
    }),
  )
}
