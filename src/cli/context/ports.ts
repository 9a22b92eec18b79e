/** What `berth context` is given by main.ts: the file, the way to a server, and the person at the terminal. */
import type { ApiResponse } from '../ports.ts'
import type { Context, Contexts } from './contexts.ts'
import type { Named } from './target.ts'

export interface ContextPorts {
  /** None where there is no file. Forbidden `file-readable-by-others`; InvalidInput `contexts-invalid`. */
  read(): Contexts
  write(contexts: Contexts): void
  /** What a command without any option would be sent to, and why. */
  chosen(): Named
  /** What a server shows before anything is said to it; null = plain HTTP. CommandFailed `server-unreachable`. */
  certificate(server: string): Promise<{ readonly fingerprint: string; readonly trusted: boolean } | null>
  /** A read that every role may do. CommandFailed `server-unreachable`; Forbidden `server-impostor`. */
  knock(context: Context): Promise<ApiResponse>
  /** The answer of the person at the terminal, in one line; null = nobody is there. */
  ask(question: string): Promise<string | null>
  /** `BERTH_TOKEN`, else what comes on standard input, else what is typed, unseen. */
  secret(question: string): Promise<string>
  /** A file's text. Forbidden `file-readable-by-others`, and what the system says. */
  readToken(path: string): string
}
