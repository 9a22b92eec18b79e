/** The agent's program: its loops put together on one host, one memory and one way to the controller, until it is told to stop. */
import type { AgentSettings } from '../model/agent-protocol.ts'
import { createControllerClock } from './controller-clock.ts'
import { createErrands } from './errands.ts'
import { createGreeting } from './greeting.ts'
import { createLink } from './link.ts'
import { rememberIncarnation } from './memory/incarnations.ts'
import { HEARD_FACT, writeFact } from './memory/open.ts'
import { createMessages } from './messages.ts'
import { createOrders } from './orders.ts'
import { PROBE_KINDS } from './passes.ts'
import { createPoller } from './poller.ts'
import type { AgentDeps } from './ports.ts'
import { createProbes } from './probes.ts'
import { createReports } from './reports.ts'
import { createSender } from './sender.ts'
import { createSettings } from './settings.ts'
import { watchDevices } from './udev.ts'

/** What is told at the end is tried for so long. */
const LAST_WORDS_MS = 5_000

/**
 * Runs until `stop` is aborted: orders under way are finished first, and told. Rejects with Conflict `agent-superseded` once another
 * program speaks for this host, and `agent-other-database`; nothing is touched from then on.
 */
export async function runAgent(deps: AgentDeps, stop: AbortSignal): Promise<void> {
  const quiet = new AbortController()
  const parts = assemble(deps, stop, quiet.signal)
  const { link, ending, probes, sender, poller, orders, errands } = parts
  link.over.addEventListener('abort', () => deps.log('nothing more is touched: this agent ends'))
  const loops = Promise.all([
    probes.run(quiet.signal),
    sender.run(quiet.signal),
    watchDevices(deps, () => probes.ask(['devices'], deps.timing.settle), quiet.signal),
  ])
  try {
    await poller.run(ending)
    await Promise.all([orders.idle(), errands.idle()])
    if (!link.over.aborted) await Promise.race([sender.flush(), deps.clock.sleep(LAST_WORDS_MS)])
  } finally {
    quiet.abort()
    await loops
  }
  link.over.throwIfAborted()
}

function assemble(deps: AgentDeps, stop: AbortSignal, quiet: AbortSignal) {
  const { clock, timing, store } = deps
  rememberIncarnation(store, deps.incarnation)
  const link = createLink(deps, quiet)
  const ending = AbortSignal.any([stop, link.over])
  const controllerClock = createControllerClock(clock.monotonic)
  const heard = (now: number) => {
    controllerClock.heard(now)
    writeFact(store, HEARD_FACT, String(clock.now()))
  }
  const settings = createSettings(store)
  const probes = createProbes(deps, settings, (atDevices) => {
    // Beside what changed: a comparison now and then, whatever was missed.
    if (atDevices) reports.confirm(probes.picture()?.observedAt ?? 0)
    sender.ring()
  })
  const reports = createReports(deps, link, controllerClock)
  const confirm = () => {
    reports.confirm(clock.monotonic() + timing.breath)
    probes.ask(['domains'], timing.breath)
  }
  const messages = createMessages(deps, link, confirm)
  const applySettings = (given: AgentSettings): boolean => {
    const changed = settings.take(given)
    if (changed) probes.ask(PROBE_KINDS)
    return changed
  }
  const greeting = createGreeting(deps, link, (answer) => {
    heard(answer.now)
    reports.forget()
    applySettings(answer.settings)
  })
  link.onForgotten(greeting.forget)
  const sender = createSender(deps, { greeting, probes, reports, messages })
  const orders = createOrders(deps, {
    news: sender.ring,
    ended: () => {
      probes.ask(['devices'])
      sender.ring()
    },
    over: link.over,
    stop: ending,
  })
  const errands = createErrands(deps, probes, sender.ring)
  const full = () => {
    reports.forget()
    probes.ask(PROBE_KINDS)
    sender.ring()
  }
  const poller = createPoller(
    deps,
    { link, greeting },
    { orders, errands, settings, trouble: probes.trouble, heard, applySettings, full },
  )
  link.onBack(() => {
    sender.hurry()
    poller.hurry()
  })
  return { link, ending, probes, sender, poller, orders, errands }
}
