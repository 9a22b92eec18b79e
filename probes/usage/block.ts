/** Follows a block device through partitions, LVM, md, dm-crypt and multipath down to the disks: reads sysfs. */
import { dirname } from 'node:path'
import { lastPart, readDir, readText, realPath } from '../read.ts'

/** Real sysfs paths of the disks below the block device at `path` (Documentation/ABI/testing/sysfs-block: slaves). */
export function disksBelow(sysfs: string, path: string): readonly string[] {
  const disks = new Set<string>()
  const visited = new Set<string>()
  const visit = (place: string): void => {
    if (visited.has(place)) return
    visited.add(place)
    // A partition has no slaves of its own; its disk (`md0` of `md0p1`) may.
    if (readText(`${place}/partition`) !== null) {
      visit(dirname(place))
      return
    }
    const slaves = (readDir(`${place}/slaves`) ?? []).map((name) => `${sysfs}/class/block/${name}`)
    const below = [...slaves, ...multipathControllers(place)]
    if (below.length === 0) disks.add(place)
    for (const link of below) {
      const real = realPath(link)
      if (real !== null) visit(real)
    }
  }
  visit(path)
  return [...disks]
}

/** With native NVMe multipath a disk hangs on its subsystem, which links to the controllers. */
function multipathControllers(place: string): readonly string[] {
  const subsystem = dirname(place)
  if (!subsystem.includes('/nvme-subsystem/')) return []
  return (readDir(subsystem) ?? [])
    .filter((name) => /^nvme\d+$/.test(name))
    .map((name) => `${subsystem}/${name}`)
}

/** The real path of block device `8:1`; null = there is none. */
export function blockByNumber(sysfs: string, number: string): string | null {
  return realPath(`${sysfs}/dev/block/${number}`)
}

/** The real path of `/dev/sda2`, `/dev/mapper/vg0-root` or `/dev/vg0/root`; null = sysfs knows none by that name. */
export function blockByFile(sysfs: string, file: string): string | null {
  if (!file.startsWith('/dev/')) return null
  const name = file.slice('/dev/'.length)
  const direct = realPath(`${sysfs}/class/block/${name.replaceAll('/', '!')}`)
  return direct ?? mappedBlock(sysfs, name)
}

/** Device mapper joins group and volume with one dash and doubles the dashes in them. */
function mappedBlock(sysfs: string, name: string): string | null {
  const doubled = name.split('/').map((part) => part.replaceAll('-', '--'))
  const wanted = name.startsWith('mapper/') ? lastPart(name) : doubled.join('-')
  for (const block of readDir(`${sysfs}/class/block`) ?? []) {
    if (!block.startsWith('dm-')) continue
    if (readText(`${sysfs}/class/block/${block}/dm/name`) === wanted)
      return realPath(`${sysfs}/class/block/${block}`)
  }
  return null
}

/** All devices of the btrfs that has the block device at `path` among its own; none where it is no btrfs'. */
export function btrfsSiblings(sysfs: string, path: string): readonly string[] {
  for (const id of readDir(`${sysfs}/fs/btrfs`) ?? []) {
    const names = readDir(`${sysfs}/fs/btrfs/${id}/devices`) ?? []
    if (names.includes(lastPart(path)))
      return names.flatMap((name) => realPath(`${sysfs}/class/block/${name}`) ?? [])
  }
  return []
}
