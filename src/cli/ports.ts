/** What the command line is given by main.ts: the API, the commands that go past it, and the terminal. */
import type { AgentStatus } from '../model/agent-status.ts'
import type { ReadinessDocument } from '../view/documents.ts'
import type { ContextPorts } from './context/ports.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface ApiResponse {
  readonly status: number
  /** The decoded JSON document; null or undefined where there is none. */
  readonly body: unknown
  /** `context lab` or the server's address; absent = this process. */
  readonly from?: string
  /** Seconds, where the server says so. */
  readonly retryAfter?: number
}

export interface ServeOptions {
  /** Seconds between two cycles; null = the configuration's or the default. */
  readonly intervalSeconds: number | null
  /** `ADDRESS:PORT` or `none`; null, as below = the configuration's or the default. */
  readonly listen: string | null
  readonly tlsCert: string | null
  readonly tlsKey: string | null
  /** A certificate is made at the first start. */
  readonly tlsSelfSigned: boolean
  /** Null = the configuration's or plain. */
  readonly logFormat: 'plain' | 'json' | null
  /** Told where it listens, as soon as it does. */
  listening?(url: string): void
}

export interface DemoOptions {
  /** Where the demo keeps its database and simulated hosts; null = a fresh temporary folder. */
  readonly directory: string | null
  /** It goes on as a controller with its page, until a signal comes. */
  readonly serve: boolean
  /** `ADDRESS:PORT` of this machine; null = where `serve` listens by default. */
  readonly listen: string | null
}

export interface DoctorOptions {
  /** `/` = this host; else a tree of files of another. */
  readonly root: string
  /** A file with the boot log; null = the host's own. */
  readonly bootLog: string | null
}

export interface AgentOptions {
  /** The folder of its state; null = the configuration's or the default. */
  readonly state: string | null
}

export interface AgentRunOptions extends AgentOptions {
  /** Null = as the environment says. */
  readonly logFormat: 'plain' | 'json' | null
}

export interface AgentJoinOptions extends AgentOptions {
  readonly server: string
  readonly token: string
  /** libvirt's; null = the default. */
  readonly uri: string | null
  /** A machine's name or a simulated host's folder; null = this machine itself. */
  readonly simulator: string | null
  /** Of the controller's certificate; null = the token's, if it has one. */
  readonly fingerprint: string | null
  /** Also where this machine has joined before. */
  readonly force: boolean
}

export interface DatabaseVersion {
  /** The file's path, or the URL without its password. */
  readonly location: string
  readonly schemaVersion: number
}

/** A broken invariant. */
export interface DatabaseProblem {
  /** Listed in docs/errors.md. */
  readonly code: string
  readonly message: string
}

export interface DatabaseBackup {
  readonly location: string
  readonly file: string
  readonly bytes: number
  /** Of the copy's invariants; null = its schema is another version's, so that only its pages were verified. */
  readonly problems: readonly DatabaseProblem[] | null
}

export interface CopiedDatabase {
  readonly from: string
  readonly to: string
  /** The id that both have. */
  readonly cluster: string
  /** Of each table. */
  readonly rows: Readonly<Record<string, number>>
}

/** Everything is opened lazily: a command that needs no database opens none. */
export interface CliPorts {
  /** What `berth --version` prints. */
  readonly version: string
  /** The API, in this process or elsewhere. Rejects only where no answer can be had (a corrupt database file). */
  request(method: Method, path: string, body?: unknown): Promise<ApiResponse>
  /** Commands that read their own arguments (all after their name) and give their exit status. */
  probe(argv: readonly string[]): Promise<number>
  plan(argv: readonly string[]): Promise<number>
  opennebula(argv: readonly string[]): Promise<number>
  /** Looks at this host, or a tree of another. NotFound `no-root`, `no-boot-log`. */
  doctor(options: DoctorOptions): Promise<ReadinessDocument>
  prepare(argv: readonly string[]): Promise<number>
  readonly database: {
    /** Brings the schema up to date. */
    migrate(): Promise<DatabaseVersion>
    /** Verifies all invariants; empty when the database is sound. */
    check(): Promise<readonly DatabaseProblem[]>
    /** Copies a SQLite database that may be in use. */
    backup(file: string, options: { readonly overwrite: boolean }): Promise<DatabaseBackup>
    /** Copies a whole database into an empty one of either engine. */
    copy(from: string, to: string, options: { readonly served: boolean }): Promise<CopiedDatabase>
  }
  /** Runs the loops until a signal comes; the exit status. */
  serve(options: ServeOptions): Promise<number>
  demo(options: DemoOptions): Promise<number>
  /** This machine as a host of a controller elsewhere. */
  readonly agent: {
    join(options: AgentJoinOptions): Promise<AgentStatus>
    /** Until a signal comes, or another agent speaks for the host; the exit status. */
    run(options: AgentRunOptions): Promise<number>
    status(options: AgentOptions): Promise<AgentStatus>
  }
  /** Names of the JSON Schemas that ship with Berth. */
  schemaNames(): Promise<readonly string[]>
  /** One of them as a document; undefined = there is no such schema. */
  schema(name: string): Promise<unknown>
  /** UTF-8 text of a file, `-` = standard input. NotFound `file-missing`, InvalidInput `file-unreadable`. */
  readFile(path: string): Promise<string>
  stdout(text: string): void
  stderr(text: string): void
  /** Whether standard output is a terminal, and how wide it is. */
  readonly isTty: boolean
  readonly columns: number
  /** Whether messages, on standard error, are seen by a person at once. */
  readonly stderrIsTty: boolean
  /** Milliseconds since the epoch. */
  now(): number
  /** From now on Ctrl-C ends what waits, and the process only when pressed again. */
  awaitInterrupt(): void
  /** Waits so many milliseconds, less where `sooner` ends it; false = interrupted, meanwhile or before. */
  pause(ms: number, sooner?: AbortSignal): Promise<boolean>
  readonly contexts: ContextPorts
  /** Releases what `request` and `database` opened; called once, at the end of every command. */
  close(): Promise<void>
}
