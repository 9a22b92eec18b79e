/** A device's own word that it is there: the vendor id in its configuration space. */
import type { Address } from '../model/address.ts'
import type { Sysfs } from './sysfs.ts'

/** Reads as all ones where nobody answers (PCI Local Bus 3.0, 6.2.1); so does a VF's, which has no vendor id (SR-IOV 3.4.1.1). */
const NOBODY = 0xffff

/**
 * Whether the function answers reads of its configuration space. The kernel wakes it up for that. Not to be asked of a VF.
 * `CommandFailed` `sysfs-unreadable` where the kernel refuses.
 */
export async function answers(sysfs: Sysfs, address: Address): Promise<boolean> {
  const bytes = await sysfs.bytes(`bus/pci/devices/${address}/config`, 2)
  const [low, high] = bytes ?? []
  if (low === undefined || high === undefined) return false
  return ((high << 8) | low) !== NOBODY
}
