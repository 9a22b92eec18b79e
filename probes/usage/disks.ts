/** Which disks the host has mounted, swaps to or writes to otherwise, as evidence of use: reads proc and sysfs. */
import { lastPart, readDir, readText, realPath } from '../read.ts'
import { blockByFile, blockByNumber, btrfsSiblings, disksBelow } from './block.ts'
import type { Evidence } from './evidence.ts'
import { type Mount, parseMountInfo, parseSwaps } from './mount-table.ts'
import type { OpenFiles } from './open-files.ts'

/** Mounts that this process and the first process see (a service may have a mount namespace of its own), swap, and open disks. */
export function diskEvidence(sysfs: string, proc: string, openFiles: OpenFiles): readonly Evidence[] {
  const mounts = ['self', '1'].flatMap((process) =>
    parseMountInfo(readText(`${proc}/${process}/mountinfo`) ?? ''),
  )
  const evidence = [
    ...mounts.flatMap((mount) => mountEvidence(sysfs, mount)),
    ...poolEvidence(sysfs, proc, mounts),
    ...parseSwaps(readText(`${proc}/swaps`) ?? '').flatMap((file) =>
      below(sysfs, blockByFile(sysfs, file)).map((path) => ({
        path,
        reason: 'swap' as const,
        detail: `${lastPart(file)} is swap`,
      })),
    ),
  ]
  return [...evidence, ...openEvidence(sysfs, evidence, openFiles)]
}

/**
 * Disks that a process writes to without a file system of the host's: a VM's, a Ceph OSD's, a database's. Processes are only
 * looked through where a disk behind a PCI device is not known to be in use.
 */
function openEvidence(
  sysfs: string,
  evidence: readonly Evidence[],
  openFiles: OpenFiles,
): readonly Evidence[] {
  const known = new Set(evidence.map(({ path }) => path))
  const blocks = new Map<string, string>()
  for (const name of readDir(`${sysfs}/class/block`) ?? []) {
    const path = realPath(`${sysfs}/class/block/${name}`)
    if (path !== null) blocks.set(`/dev/${name.replaceAll('!', '/')}`, path)
  }
  if (![...blocks.values()].some((path) => /\/pci/.test(path) && !known.has(path) && isDisk(path))) return []
  return openFiles().flatMap(({ file, process, writes }) => {
    const block = blocks.get(file)
    if (block === undefined || !writes()) return []
    const detail = `${lastPart(file)} is open by ${process()}`
    return below(sysfs, block).map((path) => ({ path, reason: 'open' as const, detail }))
  })
}

const isDisk = (path: string): boolean => readText(`${path}/partition`) === null

function mountEvidence(sysfs: string, mount: Mount): readonly Evidence[] {
  const detail = `${lastPart(mount.source)} is mounted at ${mount.target}`
  return mountedBlocks(sysfs, mount)
    .flatMap((block) => below(sysfs, block))
    .map((path) => ({ path, reason: 'mount' as const, detail }))
}

/** Several devices: btrfs tells them in sysfs, bcachefs in the mount's source (`/dev/sda:/dev/sdb`). */
function mountedBlocks(sysfs: string, mount: Mount): readonly string[] {
  const own = mount.device.startsWith('0:') ? null : blockByNumber(sysfs, mount.device)
  if (own !== null) return [own]
  const named = mount.source.split(':').flatMap((file) => blockByFile(sysfs, file) ?? [])
  return mount.type === 'btrfs' ? named.flatMap((block) => [block, ...btrfsSiblings(sysfs, block)]) : named
}

function below(sysfs: string, block: string | null): readonly string[] {
  return block === null ? [] : disksBelow(sysfs, block)
}

/**
 * Neither sysfs nor proc tells which disks a ZFS pool is made of, so where one is imported every disk may be part of
 * it; an operator who knows better can allow a device.
 */
function poolEvidence(sysfs: string, proc: string, mounts: readonly Mount[]): readonly Evidence[] {
  const imported = (readDir(`${proc}/spl/kstat/zfs`) ?? []).filter(
    (name) => readDir(`${proc}/spl/kstat/zfs/${name}`) !== null,
  )
  const mounted = mounts.filter(({ type }) => type === 'zfs').map(({ source }) => source.split('/')[0] ?? '')
  const pools = [...new Set([...imported, ...mounted])]
  if (pools.length === 0) return []
  const detail = `${pools.map((pool) => `ZFS pool ${pool}`).join(', ')}: any disk may belong to it`
  return (readDir(`${sysfs}/class/block`) ?? []).flatMap((name) => {
    const path = realPath(`${sysfs}/class/block/${name}`)
    return path === null
      ? []
      : disksBelow(sysfs, path).map((disk) => ({ path: disk, reason: 'mount' as const, detail }))
  })
}
