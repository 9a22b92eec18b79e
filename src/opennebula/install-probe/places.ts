/** Where probes lie in a remotes folder, and what lies there now. */
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Conflict, InvalidInput } from '../../model/errors.ts'
import { isBerthProbe } from './program.ts'

/** One hypervisor's set of probes: `im/kvm-probes.d`. */
export interface Place {
  /** `.../im/kvm-probes.d/host/system`, links followed: OpenNebula runs the executables in it. */
  readonly system: string
  /** Beside it, where nothing is run: as deep as `system`, so that a probe in it still finds its pci.conf. */
  readonly kept: string
}

export interface Found {
  /** What is called `pci`, which is Berth's name for its probe; `foreign` = somebody else's program. */
  readonly pci: 'none' | 'berth' | 'foreign'
  /** OpenNebula's own name for its probe (6.x, 7.x). */
  readonly pciRb: boolean
  /** Names in `kept`. */
  readonly kept: readonly string[]
}

const KVM = 'kvm-probes.d'

/**
 * That of KVM, and those of other hypervisors (LXC, QEMU) that have a PCI probe; sets that are one folder through
 * links come once. InvalidInput `not-remotes` where `dir` is no remotes folder; Conflict `foreign-probe` where one has
 * a `pci` that is nobody's: before anything is changed.
 */
export function findPlaces(dir: string): readonly Place[] {
  const kvm = join(dir, 'im', KVM, 'host/system')
  if (!isFolder(kvm))
    throw new InvalidInput(
      'not-remotes',
      `${dir} is no remotes folder of an OpenNebula front-end: there is no folder im/${KVM}/host/system in it; usually it is /var/lib/one/remotes`,
      { dir },
    )
  const sets = readdirSync(join(dir, 'im')).filter((name) => name.endsWith('-probes.d') && name !== KVM)
  const others = sets.map((set) => join(dir, 'im', set, 'host/system')).filter(isFolder)
  const systems = new Set([kvm, ...others].map((path) => realpathSync(path)))
  const places = [...systems].map((system) => ({ system, kept: join(dirname(system), 'berth-original') }))
  return places.filter((place, index) => {
    const { pci, pciRb, kept } = lookAt(place)
    if (pci === 'foreign' && (pciRb || kept.includes('pci.rb'))) throw foreign(join(place.system, 'pci'))
    return index === 0 || pci === 'berth' || pciRb || kept.length > 0
  })
}

function foreign(file: string): Conflict {
  return new Conflict(
    'foreign-probe',
    `${file} is neither Berth's probe nor OpenNebula's own, which is called pci.rb: rename it or take it away first`,
    { file },
  )
}

export function lookAt({ system, kept }: Place): Found {
  const pci = join(system, 'pci')
  const isBerths = isThere(pci) && isFile(pci) && isBerthProbe(readFileSync(pci, 'latin1'))
  return {
    pci: isBerths ? 'berth' : isThere(pci) ? 'foreign' : 'none',
    pciRb: isThere(join(system, 'pci.rb')),
    kept: isFolder(kept) ? readdirSync(kept).filter((name) => name === 'pci' || name === 'pci.rb') : [],
  }
}

/** `kvm`, for messages. */
export function hypervisorOf({ system }: Place): string {
  return basename(dirname(dirname(system))).replace(/-probes\.d$/, '')
}

/** A link counts, wherever it leads. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
