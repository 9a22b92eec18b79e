/** Puts `berth prepare` together: what the host lacks, and how its commands are run. */
import { runPrepare } from './prepare/command.ts'
import { runHere } from './prepare/run-commands.ts'

export function prepareHere(
  argv: readonly string[],
  io: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void },
): Promise<number> {
  return runPrepare(argv, { ...io, readNeeds: async () => [], runCommand: runHere })
}
