/** What the host itself uses of its USB devices: the evidence that also tells of PCI devices, by where it hangs. Pure. */
import type { UsbUse } from '../../src/model/usb-device.ts'
import type { Evidence } from '../usage/evidence.ts'

/**
 * Everything in use at or below `path`: a stick's mounted disk, a network adapter with an address; for a hub, what hangs on
 * it. That a driver of the host reads a keyboard or a tablet is no use: it is there for whoever wants it.
 */
export function usbUses(path: string, evidence: readonly Evidence[]): readonly UsbUse[] {
  const uses = new Map<string, UsbUse>()
  for (const { path: place, reason, detail } of evidence)
    if (place.startsWith(`${path}/`)) uses.set(`${reason} ${detail}`, { reason, detail })
  return [...uses.values()]
}
