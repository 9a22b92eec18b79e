/** A VM is watched until it is where it was to go: one long question after the other (GET /v1/vms/:vm/wait). */
import { CommandFailed } from '../../model/errors.ts'
import type { VmState } from '../../model/vm.ts'
import type { VmView, VmWait } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import type { Cli } from '../command.ts'
import { ApiRefusal, ServerFailure } from '../failure.ts'
import type { Goal } from './goals.ts'
import { createProgress, type Progress } from './progress.ts'

/** Seconds of one question: less than a client waits for an answer. */
const LONGEST_QUESTION_S = 20
const AGAIN_S = 1
const FIRST_LOOK_MS = 1000

export interface Watched {
  readonly vm: VmView
  /** `late`: there is no more time, and it goes on. */
  readonly verdict: 'reached' | 'missed' | 'late'
}

export const readVm = (cli: Cli, vm: string | number): Promise<VmView> =>
  callApi<VmView>(cli.ports, 'GET', apiPath('vms', vm))

/** Progress of a VM whose first `seen` steps are no news; Ctrl-C ends what waits in `work`, and not the process. */
export async function withProgress<T>(
  cli: Cli,
  seen: number,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  cli.ports.awaitInterrupt()
  const progress = createProgress(cli.ports, seen)
  try {
    return await work(progress)
  } finally {
    progress.end()
  }
}

/** Asks once at least, until `deadline` (ms since the epoch). CommandFailed `interrupted`; what the API refuses. */
export async function watchVm(
  cli: Cli,
  first: VmView,
  goal: Goal,
  deadline: number,
  progress: Progress,
): Promise<Watched> {
  let late = false
  progress.show(first)
  for (let vm = first; ; ) {
    const verdict = goal.judge(vm)
    if (verdict !== null) return { vm, verdict }
    if (late) return { vm, verdict: 'late' }
    const seconds = Math.max(0, deadline - cli.ports.now()) / 1000
    const found = await look(cli, vm, goal, seconds, progress)
    if (found !== null) progress.show(found)
    vm = found ?? vm
    late = cli.ports.now() >= deadline
  }
}

/** Shows the steps of a request that takes its time. Gives its answer. */
export async function during(
  cli: Cli,
  before: VmView,
  work: Promise<VmView>,
  progress: Progress,
): Promise<VmView> {
  const answered = settled(work)
  // Most are answered by then.
  if (!(await cli.ports.pause(FIRST_LOOK_MS, answered))) throw interrupted()
  if (answered.aborted) return work
  for (let vm = before; vm.state !== 'DONE'; ) {
    const news = look(cli, vm, ANYTHING, LONGEST_QUESTION_S, progress, answered)
    await interruptible(cli, Promise.race([work, news]))
    if (answered.aborted) return work
    const found = await news
    if (found !== null) progress.show(found)
    vm = found ?? vm
  }
  return interruptible(cli, work)
}

/** Any step at all. */
const ANYTHING = { state: 'DONE', mayBeMissed: true } as const

/** Null = it could not be asked just now. Answers when there are more steps than it shows, too. Nobody hears of it once it is `over`. */
async function look(
  cli: Cli,
  { id, history }: VmView,
  goal: Pick<Goal, 'state' | 'mayBeMissed'>,
  seconds: number,
  progress: Progress,
  over?: AbortSignal,
): Promise<VmView | null> {
  try {
    return (await interruptible(cli, ask(cli, id, goal.state, seconds, history.length))).vm
  } catch (error) {
    if (error instanceof ApiRefusal && error.code === 'wait-hopeless' && goal.mayBeMissed)
      return readVm(cli, id)
    if (!passes(error)) throw error
    if (over?.aborted) return null
    progress.say(`${error instanceof Error ? error.message : String(error)}; asked again`)
    const pause = error instanceof ApiRefusal ? (error.retryAfter ?? AGAIN_S) : AGAIN_S
    if (!(await cli.ports.pause(Math.min(pause, seconds) * 1000, over))) throw interrupted()
    return null
  }
}

function ask(cli: Cli, vm: number, state: VmState, seconds: number, seen: number): Promise<VmWait> {
  const timeout = Math.min(seconds, LONGEST_QUESTION_S).toFixed(3)
  const query = new URLSearchParams({ for: state, timeout, seen: String(seen) })
  return callApi<VmWait>(cli.ports, 'GET', `${apiPath('vms', vm, 'wait')}?${query}`)
}

/** What fails while a server restarts or is busy passes by. */
function passes(error: unknown): boolean {
  if (error instanceof ServerFailure) return error.code === 'server-unreachable'
  return error instanceof ApiRefusal && [429, 502, 503, 504].includes(error.status)
}

/** Longer than anything that is asked. */
const DAY_MS = 86_400_000

async function interruptible<T>(cli: Cli, work: Promise<T>): Promise<T> {
  if (await cli.ports.pause(DAY_MS, settled(work))) return work
  throw interrupted()
}

/** Aborted when `work` is over, however it ended. */
function settled(work: Promise<unknown>): AbortSignal {
  const over = new AbortController()
  const settle = () => over.abort()
  work.then(settle, settle)
  return over.signal
}

const interrupted = (): CommandFailed =>
  new CommandFailed('interrupted', 'interrupted; what was begun goes on')
