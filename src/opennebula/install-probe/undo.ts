/** Takes Berth's probe out of one set of probes and puts OpenNebula's own back, the very file that it was. */
import { lstatSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { changing } from '../files.ts'
import type { Done } from './install.ts'
import { hypervisorOf, lookAt, type Place } from './places.ts'

/**
 * Nothing to do where Berth's probe is not installed. CommandFailed `remotes-unwritable`. The own probe is back before
 * Berth's goes, which is then silent beside it.
 */
export function takeBack(place: Place): Done {
  const { system, kept } = place
  const found = lookAt(place)
  const pci = join(system, 'pci')
  const where = `${hypervisorOf(place)}: ${pci}`
  if (found.pci !== 'berth' && found.kept.length === 0)
    return { changed: false, message: `${where} is not Berth's probe; nothing was changed` }
  const newer = found.pciRb ? 'pci.rb' : found.pci === 'foreign' ? 'pci' : null
  const own = newer === null ? found.kept[0] : undefined
  if (own !== undefined) changing(join(system, own), (path) => renameSync(join(kept, own), path))
  if (found.pci === 'berth' && own !== 'pci') changing(pci, (path) => rmSync(path))
  removeKept(kept)
  if (newer !== null)
    return {
      changed: true,
      message: `${where} is gone; ${newer}, which came with an upgrade of OpenNebula, stays as it is`,
    }
  return {
    changed: true,
    message:
      own === undefined
        ? `${where} is gone; there was no probe of OpenNebula's to bring back`
        : `${where} is gone; OpenNebula's own ${own} is back as it was`,
  }
}

/** What somebody else put there stays. */
function removeKept(kept: string): void {
  if (lstatSync(kept, { throwIfNoEntry: false }) === undefined) return
  changing(kept, () => {
    for (const name of ['pci.rb', 'pci']) rmSync(join(kept, name), { force: true })
    if (readdirSync(kept).length === 0) rmdirSync(kept)
  })
}
