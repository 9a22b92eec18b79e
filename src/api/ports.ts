/** What the API needs of the rest of Berth; main.ts hands it over. */
import type { FastifyRequest, FastifyServerFactory } from 'fastify'
import type { Database } from '../database/open.ts'
import type {
  Hello,
  HelloAnswer,
  MessagesAnswer,
  MessagesRequest,
  PollAnswer,
  PollRequest,
  ReportUpdate,
} from '../model/agent-protocol.ts'
import type { Identity } from '../model/identity.ts'
import type { OrderState } from '../model/order.ts'
import type { PlacementPolicy } from '../model/snapshot.ts'
import type { DeviceBlock } from '../template/edit.ts'
import type { CycleSummary, LibvirtCheck } from '../view/documents.ts'
import type { Problem } from './problem.ts'
import type { KeptDevices } from './read/kept-devices.ts'
import type { Served } from './served.ts'

/** The controller, as far as a door may ask it for something. */
export interface ControllerPort {
  /** One cycle: probe, compare, plan, commit, carry out orders, take in events. */
  cycle(): Promise<CycleSummary>
  /** Runs the VM's waiting orders in this process, unless a `serve` does; returns when they are done or failed. */
  carryOut(vm: number): Promise<void>
  /**
   * Runs one order in this process; where a `serve` does, waits for it. Its state: `done`, or `waiting` and `taken`
   * where that took too long. CommandFailed `order-failed`.
   */
  carryOutOrder(order: number): Promise<OrderState>
  /** Gives the order that plugs them in; null where only the template changed. Conflict `cannot-attach` with the refusal in words. */
  attachBlock(vm: number, block: DeviceBlock): Promise<number | null>
  /** Probes that host and places the VM there, or throws Conflict with the refusal in words. */
  deploy(vm: number, host: number): Promise<void>
  /** Takes in a report of the host, or throws why it cannot. */
  probe(host: number): Promise<void>
  /** What libvirt and the kernel say differently of the host's devices, both asked now. */
  checkLibvirt(host: number): Promise<LibvirtCheck>
}

/** The controller's end of agents: see src/controller/agents/port.ts. `host` = whose agent it is, as its credential says. */
export interface AgentPort {
  hello(host: number, hello: Hello): Promise<HelloAnswer>
  report(host: number, update: ReportUpdate): Promise<void>
  messages(host: number, request: MessagesRequest): Promise<MessagesAnswer>
  /** `gone`: nobody waits for the answer any more. */
  poll(host: number, request: PollRequest, gone?: AbortSignal): Promise<PollAnswer>
}

/** An empty `progIf` is one that is not known: it may be any. */
export type DeviceTest = (
  device: Readonly<Record<'vendorId' | 'deviceId' | 'classId' | 'progIf', string>>,
) => boolean

/** What must be known or done beside the database to add a host. */
export interface HostPort {
  /** Writes a simulated host's tree from the named description; gives its folder. InvalidInput: no such description. */
  createSimulatedHost(name: string, machine: string): Promise<string>
  /** InvalidInput names the part that is wrong, in the syntax of `berth probe pci --filter`. */
  checkFilter(filter: string): void
  /** Which devices such a filter passes; InvalidInput as above. */
  readFilter(filter: string): DeviceTest
}

/** Where causes go that callers must not see. */
export interface ApiLogger {
  error(message: string, cause: unknown): void
  /** Left out: it is not written down. */
  info?(message: string, fields: Readonly<Record<string, unknown>>): void
  debug?(message: string, fields: Readonly<Record<string, unknown>>): void
}

/** Who asks, for the route that was asked for; null only where that is public. Forbidden where it may not. */
export type Identify = (request: FastifyRequest) => Promise<Identity | null>

export interface ApiDeps {
  readonly database: Database
  readonly controller: ControllerPort
  readonly hosts: HostPort
  /** Left out, agents are not served: nobody gets to this API from a network. */
  readonly agents?: AgentPort
  /** After so long without a word from its agent a host is silent; a minute where it is left out. */
  readonly silentAfterMs?: number
  /** How the scheduler chooses among hosts, for those who ask what it would do; `pack` where it is left out. */
  readonly policy?: PlacementPolicy
  /** Milliseconds since the epoch. */
  now(): number
  /** Standard error where left out. */
  readonly logger?: ApiLogger
  /** The door to a network. Left out, whoever asks is in this process, with the database at hand: a local administrator. */
  readonly identify?: Identify
  /** Told of every refusal. */
  refused?(request: FastifyRequest, problem: Problem): void
  /** Makes the sockets' end; absent = plain HTTP with Fastify's defaults. */
  readonly serverFactory?: FastifyServerFactory
  /** Where this cluster's controller listens, as far as it is known here; null = it is not. */
  whereabouts?(): Promise<Whereabouts | null>
  /** Left out: nobody but this process asks. */
  readonly served?: Served
  /** Folder of the page's build; left out, no page is served. */
  readonly page?: string
}

/** What one application has of its own, beside what it was built with. */
export interface RouteDeps extends ApiDeps {
  readonly kept: KeptDevices
}

/** The controller as agents and people reach it. */
export interface Whereabouts {
  readonly url: string
  /** SHA-256 of a certificate that nobody signed, hex; null = whoever connects can verify it. */
  readonly fingerprint: string | null
}
