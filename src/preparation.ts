/** Puts `berth prepare` together: what the host lacks, and how its commands are run. */
import { examineReadiness } from '../probes/readiness/examine.ts'
import { runPrepare } from './prepare/command.ts'
import { runHere } from './prepare/run-commands.ts'

export function prepareHere(
  argv: readonly string[],
  io: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void },
): Promise<number> {
  return runPrepare(argv, { ...io, readNeeds: needsOf, runCommand: runHere })
}

async function needsOf(root: string) {
  const { checks } = await examineReadiness({ root, bootLog: null, warn: () => {} })
  return checks.flatMap(({ needs }) => needs)
}
