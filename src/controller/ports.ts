/** What the controller needs from outside: the database, a way to each host, a clock, a name for itself. */
import type { Agent } from '../agent/agent.ts'
import type { Database } from '../database/open.ts'
import type { KeptHosts } from '../inventory/kept-hosts.ts'
import { type Hearing, SILENT_AFTER_MS } from '../lifecycle/agents.ts'
import type { Host } from '../model/host.ts'
import type { PlacementPolicy } from '../model/snapshot.ts'

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  sleep(ms: number): Promise<void>
}

/** Told how the cycles of this process go: its metrics and signs of life. */
export interface CycleObserver {
  /** A part is done; `seconds` that it took. */
  took(part: 'intake' | 'schedule', seconds: number): void
  /** After a plan: the VMs that wait, each with the code of the refusal that keeps it from the most hosts. */
  waiting(reasons: ReadonlyMap<number, string>): void
  /** Another process works on the database, and this one waits to take over. */
  standingBy(): void
}

export interface ControllerDeps {
  readonly database: Database
  /** The agent of a host that is reached in this process; throws where this machine has no way to the host. */
  connect(host: Host): Promise<Agent>
  readonly clock: Clock
  readonly policy: PlacementPolicy
  /** The picture of the hosts from one schedule to the next; left out = each reads all of them. */
  readonly kept?: KeptHosts
  /** Names this running program in leases; unique among all that run. */
  readonly holder: string
  /** What is being done, a line each; `fields` = what it is about, for machines. */
  log(line: string, fields?: Readonly<Record<string, unknown>>): void
  /** After so long without a word from its agent a host is silent; a minute where it is left out. */
  readonly silentAfterMs?: number
  /** Left out: nobody is told. */
  readonly observer?: CycleObserver
}

export function hearingOf({ clock, silentAfterMs = SILENT_AFTER_MS }: ControllerDeps): Hearing {
  return { now: clock.now(), silentAfterMs }
}
