/** Boots the lab host with other kernel parameters, as a boot loader would: for scenarios about what a boot brings. */
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bootLab, type RunningLab, untilUp } from './boot.ts'
import { CACHE, MONITOR, PLACES } from './places.ts'
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
  rmSync(MONITOR, { force: true })
  const lab = bootLab(labFiles(CACHE, console.log), PLACES, { shell: false, log: 'ignore', parameters })
  await untilUp(lab, PLACES, UP_MS)
  return lab
}

/** While the machine is there, its monitor takes connections. */
function isRunning(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(MONITOR)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
