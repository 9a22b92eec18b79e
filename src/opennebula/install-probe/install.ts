/** Puts Berth's probe into one set of probes: at every moment exactly one PCI probe of the set reports. */
import { linkSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { changing, makeFolderLike, type Owner, replaceFile } from '../files.ts'
import { type Found, hypervisorOf, lookAt, type Place } from './places.ts'

/** What became of one place, in a sentence. */
export interface Done {
  readonly changed: boolean
  readonly message: string
}

/**
 * Installs `program`, or renews it, at a place from findPlaces. CommandFailed `remotes-unwritable`.
 *
 * Step 1: OpenNebula's own probe gets a second name in `kept`; it still reports. Step 2: Berth's lies in place; it is
 * silent beside an executable `pci.rb`. Step 3: `pci.rb` goes, and Berth's reports. After a crash between them the
 * same command goes on from there.
 */
export function installProbe(place: Place, program: string): Done {
  const found = lookAt(place)
  const own = ownProbe(found)
  const pci = join(place.system, 'pci')
  const like = ownerAndMode(place, found, own)
  const where = `${hypervisorOf(place)}: ${pci}`
  if (own === null && found.pci === 'berth' && isAlready(pci, program, like))
    return { changed: false, message: `${where} is installed already; nothing was changed` }

  if (own !== null) keep(place, own)
  replaceFile(pci, program, like)
  if (own === 'pci.rb') changing(join(place.system, own), (path) => rmSync(path))
  return { changed: true, message: `${where} is ${outcome(place, found, own)}` }
}

/** OpenNebula's own probe by its name; null = there is none, or it is kept already. */
function ownProbe({ pci, pciRb }: Found): 'pci.rb' | 'pci' | null {
  if (pciRb) return 'pci.rb'
  return pci === 'foreign' ? 'pci' : null
}

/** The owner and mode of the probe that is replaced, made executable for whoever may read it. */
function ownerAndMode(
  { system }: Place,
  found: Found,
  own: string | null,
): Owner & { readonly mode: number } {
  const name = own ?? (found.pci === 'berth' ? 'pci' : null)
  const { uid, gid, mode } = statSync(name === null ? system : join(system, name))
  const readable = name === null ? 0o755 : mode & 0o777
  return { uid, gid, mode: readable | ((readable & 0o444) >> 2) }
}

function isAlready(pci: string, program: string, like: Owner & { readonly mode: number }): boolean {
  return (statSync(pci).mode & 0o777) === like.mode && readFileSync(pci, 'utf8') === program
}

/** A link to the same file, not a copy: bytes, mode, owner and times stay what they are; a symbolic link stays one. */
function keep({ system, kept }: Place, name: string): void {
  makeFolderLike(kept, system)
  changing(join(kept, name), (path) => {
    rmSync(path, { force: true })
    linkSync(join(system, name), path)
  })
}

function outcome({ kept }: Place, found: Found, own: string | null): string {
  if (own !== null && (found.pci === 'berth' || found.kept.length > 0))
    return `installed again: OpenNebula's own probe had come back, as an upgrade brings it; it is kept as ${join(kept, own)} now`
  if (own !== null) return `installed; OpenNebula's own probe is kept as ${join(kept, own)}`
  if (found.pci === 'berth') return 'renewed'
  const [name] = found.kept
  return name === undefined
    ? "installed; there was no probe of OpenNebula's to keep"
    : `installed again; OpenNebula's own probe is kept as ${join(kept, name)}`
}
