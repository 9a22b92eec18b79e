/** `--wait`: a VM is watched until it is where it was to go, or cannot get there any more. */
import { type Command, Option } from 'commander'
import { CommandFailed } from '../../model/errors.ts'
import type { VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, wholeNumber } from '../command.ts'
import { ApiRefusal, FAILURE, ServerFailure } from '../failure.ts'
import { printable } from '../text/printable.ts'
import type { Goal } from './goals.ts'
import { createProgress, type Progress } from './progress.ts'
import { outcomeLine } from './show.ts'

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

const TICK_MS = 1000
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

/** What fails while a server restarts or is busy passes by. */
function passes(error: unknown): boolean {
  if (error instanceof ServerFailure) return error.code === 'server-unreachable'
  return error instanceof ApiRefusal && [429, 502, 503, 504].includes(error.status)
}

const readVm = (cli: Cli, vm: string): Promise<VmView> =>
  callApi<VmView>(cli.ports, 'GET', apiPath('vms', vm))

/** At the latest after a second; sooner where `sooner` says so. */
async function nextTick(cli: Cli, sooner?: AbortSignal): Promise<void> {
  if (await cli.ports.pause(TICK_MS, sooner)) return
  throw new CommandFailed('interrupted', 'interrupted; what was begun goes on')
}

/** Null = it could not be asked just now. */
async function look(cli: Cli, vm: string, progress: Progress): Promise<VmView | null> {
  try {
    const view = await readVm(cli, vm)
    progress.show(view)
    return view
  } catch (error) {
    if (!passes(error)) throw error
    progress.say(`${error instanceof Error ? error.message : String(error)}; asked again`)
    return null
  }
}

/** Shows the steps of a request that takes its time. Gives its answer. */
async function during(cli: Cli, vm: string, work: Promise<VmView>, progress: Progress): Promise<VmView> {
  const settled = new AbortController()
  const settle = () => settled.abort()
  work.then(settle, settle)
  for (;;) {
    await nextTick(cli, settled.signal)
    if (settled.signal.aborted) return work
    await look(cli, vm, progress)
  }
}

/** Watches a VM that is new until `goal`. CommandFailed `interrupted`; what the API refuses. */
export function follow(cli: Cli, vm: VmView, goal: Goal, options: WaitOptions): Promise<Followed> {
  return withProgress(cli, 0, (progress) => until(cli, vm, goal, options, progress))
}

async function withProgress<T>(cli: Cli, seen: number, work: (progress: Progress) => Promise<T>): Promise<T> {
  cli.ports.awaitInterrupt()
  const progress = createProgress(cli.ports, seen)
  try {
    return await work(progress)
  } finally {
    progress.end()
  }
}

async function until(
  cli: Cli,
  first: VmView,
  goal: Goal,
  { timeout = DEFAULT_SECONDS, began = cli.ports.now() }: WaitOptions,
  progress: Progress,
): Promise<Followed> {
  progress.show(first)
  const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : began + timeout * 1000
  for (let vm = first; ; ) {
    const verdict = goal.judge(vm)
    if (verdict === 'reached') return { vm, failure: null }
    if (verdict === 'missed') return { vm, failure: outcomeLine(vm).trimEnd() }
    if (cli.ports.now() >= deadline) return { vm, failure: tooLate(vm, goal, timeout) }
    await nextTick(cli)
    vm = (await look(cli, String(vm.id), progress)) ?? vm
  }
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
  const { history } = await readVm(cli, vm)
  return withProgress(cli, history.length, async (progress) => {
    const answer = await during(cli, vm, work(), progress)
    return until(cli, answer, goalOf(answer), options, progress)
  })
}

/** Tells what it ended as, where that is not what was waited for. */
export function tellFailure(cli: Cli, { failure }: Followed): void {
  if (failure === null) return
  cli.ports.stderr(`berth: ${printable(failure)}\n`)
  cli.finish(FAILURE)
}
