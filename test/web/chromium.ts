/** The browser of the page's tests: Chromium as the system has it; where there is none they are skipped, and say so. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Null = none is installed. `BERTH_CHROMIUM` names another. */
export const CHROMIUM: string | null =
  process.env.BERTH_CHROMIUM ?? PLACES.find((path) => existsSync(path)) ?? null

/** `describe` of tests that need it. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (CHROMIUM === null) describe.skip(`${name} (no Chromium here)`, tests)
  else describe(name, tests)
}

/** Asks nobody outside of this machine for anything. */
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
]

export function startBrowser(): Promise<Browser> {
  if (CHROMIUM === null) throw new Error('there is no Chromium here')
  return chromium.launch({ executablePath: CHROMIUM, args: QUIET })
}
