/** Boots the lab host with other kernel parameters, as a boot loader would: for scenarios about what a boot brings. */
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bootLab, type RunningLab, untilUp } from './boot.ts'
import type { Places } from './machine.ts'
import { CACHE, monitorOf, PLACES, placesBeside } from './places.ts'
import { labFiles } from './recipe/cache.ts'

const UP_MS = 360_000
const END_MS = 120_000

/**
 * Powers the running host off, whoever booted it, and boots anew: disks are empty again, the database with them. End what it gives:
 * the host of the scenarios before is gone, so such a scenario is the last.
 */
export async function bootWith(parameters: readonly string[]): Promise<RunningLab> {
  writeFileSync(join(PLACES.out, 'commands/end'), '')
  for (const end = Date.now() + END_MS; await isRunning(); await sleep(500))
    if (Date.now() > end) throw new Error('the host does not power off')
  rmSync(monitorOf(PLACES), { force: true })
  return boot(PLACES, parameters)
}

/** Boots a further host beside the running one, from the same share, with folders of its own. */
export async function bootBeside(name: string, parameters: readonly string[]): Promise<LabHost> {
  const places = placesBeside(name)
  return { places, ...(await boot(places, parameters)) }
}

export interface LabHost extends RunningLab {
  readonly places: Places
}

async function boot(places: Places, parameters: readonly string[]): Promise<RunningLab> {
  const lab = bootLab(labFiles(CACHE, console.log), places, { shell: false, log: 'ignore', parameters })
  await untilUp(lab, places, UP_MS)
  return lab
}

/** While the machine is there, its monitor takes connections. */
function isRunning(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(monitorOf(PLACES))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
