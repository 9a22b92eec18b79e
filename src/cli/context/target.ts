/** Where a command goes: this machine's database, or a server; what stands on the command line wins, then the environment. */
import { parseFingerprint } from '../../client/fingerprint.ts'
import { InvalidInput } from '../../model/errors.ts'
import type { GlobalOptions } from '../global-options.ts'
import { type Contexts, contextNamed, LOCAL, tokenOf } from './contexts.ts'

export interface ServerTarget {
  readonly kind: 'server'
  readonly server: string
  readonly fingerprint: string | null
  readonly token: string
  /** Null = no context, named by its address. */
  readonly context: string | null
}

export type Target =
  /** What `--db` says; null = the environment's or the default. */
  { readonly kind: 'database'; readonly url: string | null } | ServerTarget

/** What made the choice. */
export type Choice =
  | '--db'
  | '--server'
  | '--context'
  | 'BERTH_SERVER'
  | 'BERTH_CONTEXT'
  | 'BERTH_DB'
  | 'use'
  | null

export interface Named {
  readonly choice: Choice
  readonly server: string | null
  /** `local`, a context's name, or null where a server or a database was named. */
  readonly context: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** An empty variable is one that is not set. */
const set = (value: string | undefined): string | null => value || null

/** What was chosen, and by what; the file is read only where nothing before it says anything. */
export function choose(
  options: GlobalOptions,
  environment: Environment,
  current: () => string | null,
): Named {
  const of = (choice: Choice, server: string | null, context: string | null): Named => ({
    choice,
    server,
    context,
  })
  if (options.db !== null) return of('--db', null, null)
  if (options.server !== null) return of('--server', options.server, null)
  if (options.context !== null) return of('--context', null, options.context)
  const server = set(environment.BERTH_SERVER)
  const context = set(environment.BERTH_CONTEXT)
  if (server !== null && context !== null)
    throw new InvalidInput(
      'configuration',
      'BERTH_SERVER and BERTH_CONTEXT are both set; one of them says where commands go',
      {
        variable: 'BERTH_SERVER',
      },
    )
  if (server !== null) return of('BERTH_SERVER', server, null)
  if (context !== null) return of('BERTH_CONTEXT', null, context)
  if (set(environment.BERTH_DB) !== null) return of('BERTH_DB', null, null)
  const used = current()
  return used === null ? of(null, null, LOCAL) : of('use', null, used)
}

/**
 * `readToken` gives a token file's text. NotFound `unknown-context`; InvalidInput `configuration`, `fingerprint-invalid`,
 * `no-token`, `token-invalid`; what reading the files throws.
 */
export function targetOf(
  options: GlobalOptions,
  environment: Environment,
  contexts: () => Contexts,
  readToken: (path: string) => string,
): Target {
  const named = choose(options, environment, () => contexts().current)
  if (named.server === null && (named.context === null || named.context === LOCAL))
    return { kind: 'database', url: options.db }
  const context = named.context === null ? null : contextNamed(contexts(), named.context)
  // A context has its own server's: what the environment has for another would go to a stranger.
  const around = context === null ? environment : {}
  const given = options.tokenFile === null ? set(around.BERTH_TOKEN) : readToken(options.tokenFile)
  const server = context?.server ?? named.server ?? ''
  return {
    kind: 'server',
    server,
    fingerprint: pin(options.fingerprint ?? set(around.BERTH_FINGERPRINT)) ?? context?.fingerprint ?? null,
    token: tokenOf(given ?? context?.token ?? noToken(server)),
    context: named.context,
  }
}

function pin(text: string | null): string | null {
  if (text === null) return null
  const fingerprint = parseFingerprint(text)
  if (fingerprint !== null) return fingerprint
  throw new InvalidInput(
    'fingerprint-invalid',
    `'${text}' is no fingerprint; it must be SHA-256: 64 hexadecimal digits`,
    {
      fingerprint: text,
    },
  )
}

function noToken(server: string): never {
  throw new InvalidInput(
    'no-token',
    `${server} asks for a token, and there is none: BERTH_TOKEN, --token-file FILE, or \`berth context add\``,
    { server },
  )
}
