/** What a scenario has of the lab host: scripts, Berth's command line, its service, the hardware's monitor. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, inject } from 'vitest'
import { currentBoot, type Result, runBerth, runScript } from './channel.ts'
import type { Places } from './machine.ts'
import { monitor } from './monitor.ts'
import { monitorOf, PLACES } from './places.ts'

export interface Lab {
  /** A bash script's standard output; rejects where it ends with another status than 0. */
  output(script: string, timeoutMs?: number): Promise<string>
  /** Command lines of Berth, one after the other, without stopping at a failure. */
  berth(...commands: readonly (readonly string[])[]): Promise<readonly Result[]>
  /** One command line with `--json`; rejects where it fails. */
  berthJson(...command: readonly string[]): Promise<unknown>
  /** What QEMU, the machine, is to do: plug a card, pull one, reset. */
  hardware(command: string): Promise<string>
  /** What `berth serve` has said. */
  log(): Promise<string>
  boot(): string | null
}

const MINUTE = 60_000

/** The host that runs there, or will. */
export function labAt(places: Places): Lab {
  const run = async (script: string, timeoutMs: number) => {
    const result = await runScript(places.out, script, timeoutMs)
    if (result.status === 0) return result.stdout
    throw new Error(`status ${result.status}:\n${script}\n${result.stdout}${result.stderr}`)
  }
  const berth: Lab['berth'] = (...commands) => runBerth(places.out, commands, (4 + commands.length) * MINUTE)
  return {
    output: (script, timeoutMs = 2 * MINUTE) => run(`set -e\n${script}`, timeoutMs),
    berth,
    berthJson: async (...command) => {
      const [result] = await berth([...command, '--json'])
      if (result?.status !== 0) throw new Error(`berth ${command.join(' ')}: ${JSON.stringify(result)}`)
      return JSON.parse(result.stdout)
    },
    hardware: (command) => monitor(monitorOf(places), command),
    log: async () => {
      const file = join(places.out, 'serve.log')
      return existsSync(file) ? readFileSync(file, 'utf8') : ''
    },
    boot: () => currentBoot(places.out),
  }
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A scenario is a `describe` that says why it was skipped where the lab cannot run. */
export function scenario(title: string, body: (lab: Lab) => void): void {
  const missing = inject('labMissing')
  describe.skipIf(missing !== null)(missing === null ? title : `${title} (skipped: ${missing})`, () =>
    body(labAt(PLACES)),
  )
}
