/** `--wait`: a VM is watched until it is where it was to go, or cannot get there any more. */
import { type Command, Option } from 'commander'
import type { VmView } from '../../view/documents.ts'
import { type Cli, wholeNumber } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { printable } from '../text/printable.ts'
import type { Goal } from './goals.ts'
import type { Progress } from './progress.ts'
import { outcomeLine } from './show.ts'
import { during, readVm, watchVm, withProgress } from './watch.ts'

export interface WaitOptions {
  readonly wait?: true
  /** Seconds; 0 = as long as it takes. */
  readonly timeout?: number
  /** From when on that counts, where several are waited for; absent = from now. */
  readonly began?: number
}

/** What became of it: `failure` in words where it is not where it was to go. */
export interface Followed {
  readonly vm: VmView
  readonly failure: string | null
}

const DEFAULT_SECONDS = 600

export function waitOptions(command: Command): Command {
  return command
    .option('--wait', 'wait until it is done, and show the steps; exit status 1 when it ends otherwise')
    .addOption(
      new Option(
        '--timeout <seconds>',
        `longest time to wait; 0 = as long as it takes (default: ${DEFAULT_SECONDS})`,
      )
        .argParser(wholeNumber(0))
        .implies({ wait: true }),
    )
}

/** Watches a VM that is new until `goal`. CommandFailed `interrupted`; what the API refuses. */
export function follow(cli: Cli, vm: VmView, goal: Goal, options: WaitOptions): Promise<Followed> {
  return withProgress(cli, 0, (progress) => until(cli, vm, goal, options, progress))
}

async function until(
  cli: Cli,
  first: VmView,
  goal: Goal,
  { timeout = DEFAULT_SECONDS, began = cli.ports.now() }: WaitOptions,
  progress: Progress,
): Promise<Followed> {
  const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : began + timeout * 1000
  const { vm, verdict } = await watchVm(cli, first, goal, deadline, progress)
  if (verdict === 'reached') return { vm, failure: null }
  return { vm, failure: verdict === 'missed' ? outcomeLine(vm).trimEnd() : tooLate(vm, goal, timeout) }
}

function tooLate(vm: VmView, { words }: Goal, seconds: number): string {
  return `not yet ${words} after ${seconds} s, and it goes on: ${outcomeLine(vm).trimEnd()}`
}

/** Asks for a change of a VM and, with `--wait`, watches it from before it is asked for. */
export async function changeAndFollow(
  cli: Cli,
  vm: string,
  options: WaitOptions,
  work: () => Promise<VmView>,
  goalOf: (answer: VmView) => Goal,
): Promise<Followed> {
  if (!options.wait) return { vm: await work(), failure: null }
  const before = await readVm(cli, vm)
  return withProgress(cli, before.history.length, async (progress) => {
    const answer = await during(cli, before, work(), progress)
    return until(cli, answer, goalOf(answer), options, progress)
  })
}

/** Tells what it ended as, where that is not what was waited for. */
export function tellFailure(cli: Cli, { failure }: Followed): void {
  if (failure === null) return
  cli.ports.stderr(`berth: ${printable(failure)}\n`)
  cli.finish(FAILURE)
}
