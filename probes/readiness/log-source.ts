/** Where a host's boot log comes from: a file, the kernel's ring, or the journal where the ring has lost its beginning. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { NotFound } from '../../src/model/errors.ts'
import { readText, systemErrorCode } from '../read.ts'
import { parseBootLog } from './boot-log.ts'

/** The text of that file. NotFound `no-boot-log` where it cannot be read. */
export function bootLogOfFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new NotFound(
      'no-boot-log',
      `the boot log ${file} cannot be read: ${systemErrorCode(error) ?? error}`,
      { file },
      error,
    )
  }
}

/** Of the machine that this runs on. Null = nobody lets us read it. */
export function bootLogOfThisHost(): string | null {
  const ring = said('dmesg', [])
  if (ring !== null && parseBootLog(ring).fromStart) return ring
  const journal = said('journalctl', ['--dmesg', '--boot', '--no-pager', '--quiet'])
  return journal !== null && parseBootLog(journal).fromStart ? journal : (ring ?? journal)
}

/** As a system leaves it in a tree: Debian's of before systemd. */
export function bootLogBelow(root: string): string | null {
  return readText(`${root}/var/log/dmesg`)
}

/** Null where the program is missing, may not, or takes too long. */
function said(program: string, args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
      maxBuffer: 64 << 20,
      env: { ...process.env, LC_ALL: 'C' },
    })
  } catch {
    return null
  }
}
