/**
 * What agent and controller say to each other, over HTTPS, always asked by the agent: `/v1/agents/HOST/...` with the credential of that
 * host. Reports go one way, orders and events are those of this folder; all of it may be sent twice.
 */
import type { HostEvent } from './event.ts'
import type { HostDriver } from './host.ts'
import type { HostReportDocument } from './host-report-document.ts'
import type { JournalEntry, Order } from './order.ts'

/** The pieces of a report: sent apart, each when it changed, and each by a probe with its own period. */
export const REPORT_SECTIONS = ['devices', 'usage', 'usb', 'domains', 'capacity', 'readiness'] as const

export type ReportSection = (typeof REPORT_SECTIONS)[number]

/** The pieces' JSON, as in the report's document. */
export type SectionBodies = { readonly [S in ReportSection]: HostReportDocument[S] }

/** Seconds between two runs of each probe where nothing tells of a change. Set on the controller, per host. */
export interface ProbePeriods {
  /** Devices, what the host uses, USB: a full pass; udev's events bring it forward. */
  readonly devices: number
  /** Running domains. */
  readonly domains: number
  readonly capacity: number
  readonly readiness: number
}

export const DEFAULT_PERIODS: ProbePeriods = { devices: 600, domains: 5, capacity: 60, readiness: 600 }

export interface AgentSettings {
  /** Which devices are offered; null = all. */
  readonly filter: string | null
  readonly periods: ProbePeriods
}

/** `POST /v1/join`, without a credential. A token is good once, for one host. */
export interface JoinRequest {
  readonly token: string
  readonly version: string
  /** What gives VMs there: a real libvirt, or a simulated host. */
  readonly driver: HostDriver
  /** libvirt's URI on that host, or the simulated host's folder there. */
  readonly uri: string
}

export interface JoinAnswer {
  readonly host: { readonly id: number; readonly name: string }
  /** Shown this once; the controller keeps its hash. */
  readonly credential: string
  /** The database's id: domains' metadata, and the agent's memory, are of one database. */
  readonly cluster: string
}

/**
 * `POST .../hello`: a program that starts. From then on the one before is superseded (Conflict `agent-superseded`, which says who is
 * `present`). An agent that finds one of its own former incarnations there, or nobody, says hello once more: the database is an older
 * copy. One that finds another ends.
 */
export interface Hello {
  /** A UUID of this start. */
  readonly incarnation: string
  readonly version: string
  readonly driver: HostDriver
  readonly uri: string
  /** Highest order number it has seen of this database; 0 = none. Numbers up to it are not given out again. */
  readonly highestOrder: number
}

export interface HelloAnswer {
  readonly cluster: string
  readonly settings: AgentSettings
  /** Milliseconds since the epoch, by the controller's clock. */
  readonly now: number
}

/**
 * `PUT .../report`: the pieces that changed. `known`: what the agent takes the controller to have of the others; where that is
 * not so, Conflict `report-base-unknown`, and it sends all of them.
 */
export interface ReportUpdate {
  readonly incarnation: string
  /** Rises by one with each; one that is not above the last is refused: Conflict `report-replayed`. */
  readonly number: number
  /** When the domains were asked for, on the controller's clock: what it said last, and the time gone by since. */
  readonly observedAt: number
  /** The host's own name and boot. */
  readonly host: string
  readonly bootId: string | null
  readonly sections: Partial<SectionBodies>
  /** SHA-256 of the JSON of every piece, hex; those of `sections` included. What was looked at and has not changed is news, too: `sections` may be {}. */
  readonly hashes: Readonly<Record<ReportSection, string>>
  /** What went wrong without stopping the probe. */
  readonly warnings: readonly string[]
}

/** One thing to tell. Kept on the host until it was taken in. */
export type AgentMessage =
  /** An order's journal grew by a line; `at` = its place there, from 1. */
  | { readonly kind: 'step'; readonly order: number; readonly at: number; readonly entry: JournalEntry }
  /** What is being done, in words, for the log. */
  | { readonly kind: 'progress'; readonly order: number; readonly text: string }
  /** The order ended, for this attempt. */
  | { readonly kind: 'event'; readonly attempt: number; readonly event: HostEvent }
  /** An order that this host will not carry out: older than what it has seen. Nothing was touched. */
  | {
      readonly kind: 'refused'
      readonly order: number
      readonly attempt: number
      readonly code: 'order-stale'
      readonly message: string
      /** Of the VM, the highest that this host has seen; null = it is about a device alone. */
      readonly seenEpoch: number | null
      /** As in the hello: numbers up to it are not given out again. Absent = no higher than told there. */
      readonly highestOrder?: number
    }
  | {
      readonly kind: 'errand'
      readonly errand: number
      readonly ok: boolean
      /** See Errand; the reason in words where it failed. */
      readonly answer: unknown
    }

/** `POST .../messages`, in the order of their numbers, which rise by one over the incarnation. */
export interface MessagesRequest {
  readonly incarnation: string
  readonly messages: readonly { readonly number: number; readonly message: AgentMessage }[]
}

export interface MessagesAnswer {
  /** All up to this one are taken in, and may be forgotten. */
  readonly taken: number
}

/** An order as it is handed to an agent: told again until its event, of this attempt, was taken in. */
export interface HandedOrder {
  readonly order: Order
  /** Counts how often it was taken: one that is put off comes again with the next number. */
  readonly attempt: number
  /** What the controller has of its journal, and of those that gave the VM its devices: for an agent that lost its own. */
  readonly journal: readonly JournalEntry[]
  readonly giving: readonly JournalEntry[]
}

export type ErrandKind = 'probe' | 'libvirt' | 'prepare'

/**
 * Something to look at or to do that no VM depends on. `probe`: all probes run now, and their report is sent before the answer;
 * body and answer are null. `libvirt`: body null, answer = model NodeDevice[], null where there is no libvirt. `prepare`: body
 * PrepareErrand, answer PrepareAnswer.
 */
export interface Errand {
  readonly id: number
  readonly kind: ErrandKind
  readonly body: unknown
}

/** What is typed behind `berth prepare`. */
export interface PrepareErrand {
  readonly args: readonly string[]
}

/** What it printed, and its exit status. */
export interface PrepareAnswer {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** `POST .../poll`: what is there to do? The heartbeat, too. */
export interface PollRequest {
  readonly incarnation: string
  /** Orders that it has under way or has told the end of: not handed again. */
  readonly orders: readonly { readonly id: number; readonly attempt: number }[]
  readonly errands: readonly number[]
  /** SHA-256 of the JSON of the settings that it works by, hex. */
  readonly settings: string
  /** Seconds to wait for news, at most 30. */
  readonly wait: number
  /** Why it has no report to send: a probe has failed since the start. At most 2000 characters. Null, or absent = it has. */
  readonly trouble?: string | null
}

export interface PollAnswer {
  readonly now: number
  /** Null = as they were. */
  readonly settings: AgentSettings | null
  readonly orders: readonly HandedOrder[]
  /**
   * Of the orders that it says it has, those whose attempt ended without it: its host was fenced, say, and the VM runs elsewhere by now.
   * One that was not begun, or was interrupted, is not gone on with. Absent = none.
   */
  readonly ended?: readonly number[]
  readonly errands: readonly Errand[]
  /** All pieces are to be probed and sent now: the host is to be compared (invariant 10). */
  readonly full: boolean
}
