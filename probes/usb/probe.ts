/** The USB probe: sysfs files to devices with names, identities and what the host uses of them. */
import { compareUsbPorts, type ReportedUsbDevice } from '../../src/model/usb-device.ts'
import type { Warn } from '../read.ts'
import type { Evidence } from '../usage/evidence.ts'
import { withUsbIdentity } from './identity.ts'
import { USB_IDS_FILES, usbNames } from './names.ts'
import { parseUsbDevice } from './parse.ts'
import { readUsbDevices } from './sysfs.ts'
import { usbUses } from './usage.ts'

/**
 * Every USB device below `sysfs`, hubs included, by bus, then port; none where the kernel has no USB. One whose numbers or
 * ids can't be read is left out and named to `warn`. `evidence` = what the host uses (hostEvidence of the same `sysfs`).
 */
export function probeUsb(
  sysfs: string,
  evidence: readonly Evidence[],
  warn: Warn,
): readonly ReportedUsbDevice[] {
  const found = readUsbDevices(sysfs, warn).flatMap((raw) => {
    const device = parseUsbDevice(raw)
    if (!('unreadable' in device)) return [{ ...device, inUse: usbUses(raw.path, evidence) }]
    warn(`USB device ${raw.name}: no readable ${device.unreadable}; left out`)
    return []
  })
  return [...withUsbIdentity(found)].sort(compareUsbPorts).map(usbNames(USB_IDS_FILES))
}
