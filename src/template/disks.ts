/** DISK blocks of a checked tree -> disks, with the defaults that the template leaves open. */
import type { Disk } from '../model/vm.ts'
import { invalidAt } from './position.ts'
import type { TemplateTree, VectorAttribute } from './tree.ts'
import { keyOf, vectorsOf } from './values.ts'

/**
 * A disk in block form; the ones that Berth cannot make (no SOURCE, no CD-ROM: an image of a datastore, a volatile disk)
 * are left out here and told by deployable.ts. Throws InvalidInput `template-invalid` where two disks have one TARGET.
 */
export function readDisks(tree: TemplateTree): Disk[] {
  const usable = vectorsOf(tree, 'DISK').filter(hasMedium)
  const taken = new Set<string>()
  for (const block of usable) {
    const target = keyOf(block, 'TARGET')
    if (target !== null && taken.has(target))
      throw invalidAt('template-invalid', tree.text, block.offset, `DISK: TARGET ${target} is given twice`, {
        attribute: 'DISK: TARGET',
      })
    if (target !== null) taken.add(target)
  }
  return usable.map((block) => readDisk(block, taken))
}

/** Whether a DISK block says what is in the drive; a CD-ROM may be empty. */
export function hasMedium(block: VectorAttribute): boolean {
  return keyOf(block, 'SOURCE') !== null || isCdrom(block)
}

function isCdrom(block: VectorAttribute): boolean {
  const word = (key: string) => keyOf(block, key)?.toUpperCase()
  return word('CDROM') === 'YES' || word('TYPE') === 'CDROM'
}

function readDisk(block: VectorAttribute, taken: Set<string>): Disk {
  const text = (key: string) => keyOf(block, key)
  const source = text('SOURCE')
  const cdrom = isCdrom(block)
  const target =
    text('TARGET') ?? freeTarget(text('DEV_PREFIX')?.toLowerCase() ?? (cdrom ? 'sd' : 'vd'), taken)
  taken.add(target)
  return {
    source,
    block: source !== null && (source.startsWith('/dev/') || text('TYPE')?.toUpperCase() === 'BLOCK'),
    format: (text('FORMAT') ?? text('DRIVER') ?? formatByName(source)).toLowerCase(),
    target,
    cdrom,
    readonly: cdrom || text('READONLY')?.toUpperCase() === 'YES',
  }
}

/** libvirt takes raw where nothing is said, and the guest would see a qcow2 file's inside. */
function formatByName(source: string | null): string {
  return source?.endsWith('.qcow2') ? 'qcow2' : 'raw'
}

function freeTarget(prefix: string, taken: ReadonlySet<string>): string {
  for (let number = 0; ; number += 1) {
    const target = `${prefix}${letters(number)}`
    if (!taken.has(target)) return target
  }
}

/** a, b, ..., z, aa, ab, ... as Linux names disks. */
function letters(number: number): string {
  const last = String.fromCharCode(97 + (number % 26))
  return number < 26 ? last : letters(Math.floor(number / 26) - 1) + last
}
