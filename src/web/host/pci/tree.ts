/** Virtual functions below the physical one that they are of, however the table is sorted. Pure. */

interface PciFunction {
  readonly address: string
  readonly parent: string | null
}

/** Of those that are shown: a PF's address, and how many of its VFs are. */
export function vfCounts(devices: readonly PciFunction[]): ReadonlyMap<string, number> {
  const shown = new Set(devices.map(({ address }) => address))
  const counts = new Map<string, number>()
  for (const { parent } of devices)
    if (parent !== null && shown.has(parent)) counts.set(parent, (counts.get(parent) ?? 0) + 1)
  return counts
}

/** Each PF followed by its VFs, where it is open; both keep their order. A VF whose PF is not shown stands for itself. */
export function asTree<F extends PciFunction>(
  sorted: readonly F[],
  isOpen: (pf: string) => boolean,
): readonly F[] {
  const shown = new Set(sorted.map(({ address }) => address))
  const below = new Map<string, F[]>()
  const top: F[] = []
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
