/** Virtual functions below the physical one that they are of, however the table is sorted. Pure. */
import type { DeviceView } from '../../api/documents.ts'

/** Of those that are shown: a PF's address, and how many of its VFs are. */
export function vfCounts(devices: readonly DeviceView[]): ReadonlyMap<string, number> {
  const shown = new Set(devices.map(({ address }) => address))
  const counts = new Map<string, number>()
  for (const { parent } of devices)
    if (parent !== null && shown.has(parent)) counts.set(parent, (counts.get(parent) ?? 0) + 1)
  return counts
}

/** Each PF followed by its VFs, where it is open; both keep their order. A VF whose PF is not shown stands for itself. */
export function asTree(
  sorted: readonly DeviceView[],
  isOpen: (pf: string) => boolean,
): readonly DeviceView[] {
  const shown = new Set(sorted.map(({ address }) => address))
  const below = new Map<string, DeviceView[]>()
  const top: DeviceView[] = []
  for (const device of sorted) {
    const { parent } = device
    if (parent === null || !shown.has(parent)) top.push(device)
    else if (below.has(parent)) below.get(parent)?.push(device)
    else below.set(parent, [device])
  }
  return top.flatMap((device) => [
    device,
    ...(isOpen(device.address) ? (below.get(device.address) ?? []) : []),
  ])
}
