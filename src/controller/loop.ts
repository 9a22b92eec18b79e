/** What a `serve` does when: whole cycles by the clock, plans by what changes, silence and old hints looked after between. */

import { createAlarm } from '../agent/alarm.ts'
import { told } from '../agent/told.ts'
import { forgetChanges } from '../database/changes.ts'
import { forgetErrands } from '../database/errands.ts'
import { listHosts } from '../database/hosts.ts'
import { isAnyVmDue } from '../database/vms.ts'
import { watchChanges } from '../database/watch-changes.ts'
import type { Change } from '../model/change.ts'
import { newsOf, prepareCycle, timed } from './cycle.ts'
import type { Dispatcher } from './dispatch.ts'
import { toldByAgents } from './intake.ts'
import type { ControllerDeps } from './ports.ts'
import { schedulePending } from './schedule.ts'
import { createListener, keepTicking, type Listener } from './silence.ts'
import type { StillOurs } from './tenure.ts'

export interface Loop {
  /** Something was done here that the next cycle should see at once. */
  readonly cycleSoon: () => void
  /** Until the program is to end. Rejects where `stillOurs` does. */
  run(dispatcher: Dispatcher, stillOurs: StillOurs): Promise<void>
}

/** Many changes that come together make one plan. */
const PAUSE_MS = 200
const LISTEN_MS = 1000
const FORGET_MS = 60_000
/** Whoever waits for changes looks at them at once; whoever asked an errand waits for minutes. */
const CHANGES_KEPT_MS = 600_000
const ERRANDS_KEPT_MS = 86_400_000
/** A VM that waits, a host that is switched on, what a host gave back: its generation. */
const PLANNING: ReadonlySet<Change['kind']> = new Set(['vm', 'host'])

export function createLoop(deps: ControllerDeps, intervalMs: number, stop: AbortSignal): Loop {
  const { clock } = deps
  const alarm = createAlarm(stop)
  const due = { cycleAt: 0, plan: false }
  /** In-process hosts as the last cycle compared them: they are not probed anew for each plan. */
  let probed: { readonly hosts: readonly number[]; readonly at: number } = { hosts: [], at: 0 }
  const cycleSoon = (): void => {
    due.cycleAt = 0
    alarm.ring()
  }
  const changed = (changes: readonly Change[]): void => {
    if (!changes.some(({ kind }) => PLANNING.has(kind))) return
    due.plan = true
    alarm.ring()
  }
  const turn = async (dispatcher: Dispatcher): Promise<void> => {
    const now = clock.now()
    // A clock that was set back keeps no cycle waiting for longer than that.
    if (now >= due.cycleAt || due.cycleAt - now > intervalMs) {
      due.cycleAt = now + intervalMs
      due.plan = false
      probed = { hosts: await cycle(deps, dispatcher), at: now }
    } else if (due.plan) {
      due.plan = false
      // A cycle that is kept waiting leaves them out in the end.
      await plan(deps, dispatcher, now - probed.at > 2 * intervalMs ? [] : probed.hosts)
    }
  }
  return {
    cycleSoon,
    run: async (dispatcher, stillOurs) => {
      const watch = watchChanges(deps.database, changed, {
        onError: (error) => deps.log(`looking for changes failed: ${told(error)}`),
      })
      const listener = createListener(deps)
      const ticking = keepTicking(listener)
      const chores = createChores(deps, listener)
      try {
        await watch.started
        while (!stop.aborted) {
          await stillOurs()
          await chores()
          await turn(dispatcher)
          await alarm.sleep(Math.min(LISTEN_MS, Math.max(0, due.cycleAt - clock.now())))
          if (!stop.aborted) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
        }
      } finally {
        ticking.stop()
        await watch.stop()
      }
    },
  }
}

/** Gives the in-process hosts that were compared. */
async function cycle(deps: ControllerDeps, dispatcher: Dispatcher): Promise<readonly number[]> {
  try {
    const prepared = await prepareCycle(deps)
    dispatch(dispatcher, prepared.hosts)
    for (const line of newsOf(prepared)) deps.log(line)
    const behindAgents = new Set(prepared.hosts.filter(({ agent }) => agent).map(({ id }) => id))
    return prepared.intake.compared.filter((id) => !behindAgents.has(id))
  } catch (error) {
    deps.log(`cycle failed: ${told(error)}`)
    return []
  }
}

/**
 * Between two cycles: on in-process hosts as the last cycle compared them, unless they failed since, and on hosts behind agents as
 * these have told.
 */
async function plan(deps: ControllerDeps, dispatcher: Dispatcher, probed: readonly number[]): Promise<void> {
  const { kysely } = deps.database
  try {
    const hosts = await listHosts(kysely)
    if (await isAnyVmDue(kysely, deps.clock.now())) {
      const outcomes = await toldByAgents(
        deps,
        hosts.filter(({ agent }) => agent),
      )
      const behind = outcomes.filter(({ failure }) => failure === null).map(({ host }) => host.id)
      const { news } = await timed(deps, 'schedule', () => schedulePending(deps, [...probed, ...behind]))
      for (const line of news) deps.log(line)
    }
    dispatch(dispatcher, hosts)
  } catch (error) {
    deps.log(`planning failed: ${told(error)}`)
  }
}

/** Orders are begun and not waited for: a guest that takes its time to shut down keeps no other VM from being placed. */
function dispatch(
  dispatcher: Dispatcher,
  hosts: readonly { readonly id: number; readonly agent: boolean }[],
): void {
  void dispatcher.dispatch(hosts.filter(({ agent }) => !agent).map(({ id }) => id))
}

/** Beside the planning; one that fails is tried again. */
function createChores(deps: ControllerDeps, listener: Listener): () => Promise<void> {
  const { database, clock, log } = deps
  let forgotten = clock.now()
  return async () => {
    try {
      for (const line of await listener.check()) log(line)
      const now = clock.now()
      if (now - forgotten < FORGET_MS && now >= forgotten) return
      forgotten = now
      await database.transaction(async (q) => {
        await forgetChanges(q, now - CHANGES_KEPT_MS)
        await forgetErrands(q, now - ERRANDS_KEPT_MS)
      })
    } catch (error) {
      log(`looking after agents failed: ${told(error)}`)
    }
  }
}
