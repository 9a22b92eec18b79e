/** What the host itself uses of its PCI devices (design, invariant 5), hostdevs of domains apart. */
import type { Address } from '../../src/model/address.ts'
import { type Device, isChipset, VFIO_PCI } from '../../src/model/device.ts'
import type { RunningDomain, Usage } from '../../src/model/usage.ts'
import { readText } from '../read.ts'
import { diskEvidence } from './disks.ts'
import { type Evidence, mergeUsage, usageOf } from './evidence.ts'
import { nicEvidence } from './nics.ts'
import type { OpenFiles } from './open-files.ts'

/** Disks and network interfaces in use, and where they hang in sysfs. CommandFailed `unreadable`. */
export function hostEvidence(sysfs: string, proc: string, openFiles: OpenFiles): readonly Evidence[] {
  return [...diskEvidence(sysfs, proc, openFiles), ...nicEvidence(sysfs, proc)]
}

/** One entry per device and reason, in address order. CommandFailed `unreadable`. */
export function hostUsage(
  sysfs: string,
  devices: readonly Device[],
  evidence: readonly Evidence[],
): readonly Usage[] {
  const known = new Map<Address, Device>(devices.map((device) => [device.address, device]))
  return mergeUsage([
    ...usageOf(evidence, known),
    ...devices.filter((device) => isBootDisplay(sysfs, device)).map(displayUsage),
    ...devices.filter(({ classId, driver }) => driver !== null && isChipset(classId)).map(chipsetUsage),
  ])
}

/** Bound to vfio-pci the host draws nothing on it any more. */
function isBootDisplay(sysfs: string, device: Device): boolean {
  if (!device.classId.startsWith('03') || device.driver === VFIO_PCI) return false
  return readText(`${sysfs}/bus/pci/devices/${device.address}/boot_vga`) === '1'
}

function displayUsage({ address }: Device): Usage {
  return { address, reason: 'display', detail: 'the display that the firmware booted on' }
}

function chipsetUsage({ address, driver }: Device): Usage {
  return { address, reason: 'chipset', detail: `part of the board, driven by ${driver}` }
}

/** Hostdevs of running domains. */
export function domainUsage(domains: readonly RunningDomain[]): readonly Usage[] {
  return domains.flatMap(({ name, hostdevs }) =>
    hostdevs.map((address) => ({ address, reason: 'domain' as const, detail: `domain ${name}` })),
  )
}
