/** What the agent's program is given from outside: its host, its way to the controller, its memory, its clocks. */
import type { Client } from '../client/client.ts'
import type { PrepareAnswer } from '../model/agent-protocol.ts'
import type { HostDriver } from '../model/host.ts'
import type { HostAccess } from './agent.ts'
import type { Store } from './memory/open.ts'

/** Milliseconds, all of them. */
export interface AgentTiming {
  /** Between tries of what failed: the first pause, doubled each time up to the longest; somewhere between half of it and all. */
  readonly firstPause: number
  readonly longestPause: number
  /** After the controller said that this host's credential is not good: somebody has to act first. */
  readonly deniedPause: number
  /** Between two questions at least, where an answer brought nothing new. */
  readonly breath: number
  /** What a poll waits at the controller for news. */
  readonly poll: number
  /** After an event of udev, for those that follow it. */
  readonly settle: number
}

export const AGENT_TIMING: AgentTiming = {
  firstPause: 1_000,
  longestPause: 30_000,
  deniedPause: 60_000,
  breath: 1_000,
  poll: 10_000,
  settle: 300,
}

export interface AgentClock {
  /** Milliseconds that only ever rise, whatever is done to the host's clock. */
  monotonic(): number
  /** Milliseconds since the epoch by the host's clock; for journals and people only. */
  now(): number
  sleep(ms: number): Promise<void>
}

export interface AgentDeps {
  readonly access: HostAccess
  readonly driver: HostDriver
  readonly uri: string
  /** As the controller calls it. */
  readonly host: { readonly id: number; readonly name: string }
  /** The controller's database. */
  readonly cluster: string
  readonly client: Client
  readonly store: Store
  /** A UUID of this start. */
  readonly incarnation: string
  readonly version: string
  readonly clock: AgentClock
  readonly timing: AgentTiming
  /** The udevadm to watch devices with; null = a host whose devices no udev knows. */
  readonly udevadm: string | null
  /** `berth prepare` with these arguments. */
  prepare(argv: readonly string[]): Promise<PrepareAnswer>
  /** What happens, a line each; `fields` = what it is about, for machines: `vm`, `order`, ... */
  log(line: string, fields?: Readonly<Record<string, unknown>>): void
}
