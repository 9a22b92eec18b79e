/** Disk space: what a VM takes of its system datastore and of image datastores (VirtualMachineXML of OpenNebula's rank scheduler). */

import { type Attributes, wholeOf } from '../xml/values.ts'
import type { Vm } from '../xml/vm.ts'

/** MB. */
export interface DiskNeeds {
  readonly system: number
  /** Of image datastores whose images are copied within them, by datastore. */
  readonly images: ReadonlyMap<number, number>
}

/** A VM that moves or comes back has its disks already. */
export function diskNeeds({ disks, memoryMiB }: Vm, memoryScale: number): DiskNeeds {
  let system = Math.floor((memoryMiB ?? 0) * memoryScale)
  const images = new Map<number, number>()
  for (const disk of disks) {
    const size = sizeOf(disk)
    const target = targetOf(disk)
    const datastore = wholeOf(disk, 'DATASTORE_ID')
    if (target === 'SYSTEM') system += size
    else if (target === 'SELF' && datastore !== null && size > 0)
      images.set(datastore, (images.get(datastore) ?? 0) + size)
  }
  return { system, images }
}

function sizeOf(disk: Attributes): number {
  const size = wholeOf(disk, 'SIZE')
  return size === null ? 0 : size + (wholeOf(disk, 'DISK_SNAPSHOT_TOTAL_SIZE') ?? 0)
}

/** Volatile disks are made in the system datastore; images where the driver copies or links them to. */
function targetOf(disk: Attributes): string {
  const type = (disk.get('TYPE') ?? '').toUpperCase()
  if (type === 'SWAP' || type === 'FS') return 'SYSTEM'
  if (wholeOf(disk, 'DATASTORE_ID') === null) return 'NONE'
  const clone = disk.get('CLONE')?.toUpperCase()
  if (clone !== 'YES' && clone !== 'NO') return 'NONE'
  return (disk.get(clone === 'YES' ? 'CLONE_TARGET' : 'LN_TARGET') ?? 'NONE').toUpperCase()
}
