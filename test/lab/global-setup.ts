/** vitest's global setup of the lab: builds Berth and what is missing of the lab, boots the host once for all scenarios, ends it. */
import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { bootLab, untilUp } from './boot.ts'
import { onlyOne } from './only-one.ts'
import { CACHE, HOME, PLACES } from './places.ts'
import { labFiles } from './recipe/cache.ts'
import { whyNot } from './requirements.ts'
import { fillShare } from './share.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the lab cannot run here; null = it runs. */
    readonly labMissing: string | null
  }
}

/** Three times what a loaded machine took. */
const UP_MS = 360_000
const log = (line: string): void => console.log(`lab: ${line}`)

export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = whyNot(CACHE)
  project.provide('labMissing', missing)
  if (missing !== null) {
    if (process.env.LAB_REQUIRED) throw new Error(missing)
    log(`skipped: ${missing}`)
    return undefined
  }
  onlyOne(HOME)
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const files = labFiles(CACHE, log)
  fillShare(PLACES.share, files.idleGuest)
  const begun = Date.now()
  const lab = bootLab(files, PLACES, { shell: false, log: 'ignore' })
  try {
    await untilUp(lab, PLACES, UP_MS)
  } catch (error) {
    await lab.end()
    throw error
  }
  log(
    `host up after ${Math.round((Date.now() - begun) / 1000)} s; what it says lies in ${PLACES.run} and ${PLACES.out}`,
  )
  return () => lab.end()
}
