/** What the command line is given by main.ts: the API, the commands that go past it, and the terminal. */
import type { ReadinessDocument } from '../view/documents.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface ApiResponse {
  readonly status: number
  /** The decoded JSON document; null or undefined where there is none. */
  readonly body: unknown
}

export interface ServeOptions {
  /** Seconds between two cycles; null = the configuration's or the default. */
  readonly intervalSeconds: number | null
  /** Null = the configuration's or plain. */
  readonly logFormat: 'plain' | 'json' | null
}

export interface DemoOptions {
  /** Where the demo keeps its database and simulated hosts; null = a fresh temporary folder. */
  readonly directory: string | null
}

export interface DoctorOptions {
  /** `/` = this host; else a tree of files of another. */
  readonly root: string
  /** A file with the boot log; null = the host's own. */
  readonly bootLog: string | null
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
  }
  /** Runs the loops until a signal comes; the exit status. */
  serve(options: ServeOptions): Promise<number>
  demo(options: DemoOptions): Promise<number>
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
  /** Releases what `request` and `database` opened; called once, at the end of every command. */
  close(): Promise<void>
}
