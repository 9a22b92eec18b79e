/** Contexts: servers by name, with what it takes to reach them, and which one is in use. Values; file.ts keeps them. */
import { InvalidInput, NotFound } from '../../model/errors.ts'

export interface Context {
  /** See parseServerUrl. */
  readonly server: string
  /** SHA-256 of its certificate, hex; null = this machine's authorities vouch for it. */
  readonly fingerprint: string | null
  readonly token: string
}

export interface Contexts {
  /** Null = this machine's database. */
  readonly current: string | null
  readonly contexts: ReadonlyMap<string, Context>
}

/** Where commands go without a context: a name that no context has. */
export const LOCAL = 'local'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** InvalidInput `context-name`. */
export function requireName(name: string): void {
  if (NAME.test(name) && name !== LOCAL) return
  const why =
    name === LOCAL ? `${LOCAL} is this machine` : 'a name has letters, digits and . _ - (64 at most)'
  throw new InvalidInput('context-name', `no context can be called '${name}': ${why}`, { name })
}

/** NotFound `unknown-context`, with those that there are. */
export function contextNamed({ contexts }: Contexts, name: string): Context {
  const context = contexts.get(name)
  if (context !== undefined) return context
  const known = [...contexts.keys(), LOCAL].join(', ')
  throw new NotFound('unknown-context', `there is no context ${name}; there are: ${known}`, { name })
}

/** A token as it stands in a file, a variable or a line, without the blanks around it. InvalidInput `token-invalid`. */
export function tokenOf(text: string): string {
  const token = text.trim()
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new InvalidInput(
    'token-invalid',
    token === ''
      ? 'there is no token: it is empty'
      : 'that is no token: it is one word of printable characters',
  )
}

/** Null = this machine. NotFound `unknown-context`. */
export function withCurrent(contexts: Contexts, name: string): Contexts {
  if (name === LOCAL) return { ...contexts, current: null }
  contextNamed(contexts, name)
  return { ...contexts, current: name }
}

export function withContext({ current, contexts }: Contexts, name: string, context: Context): Contexts {
  return { current, contexts: new Map([...contexts, [name, context]]) }
}

/** Where it was in use, commands go to this machine from now on. NotFound `unknown-context`. */
export function withoutContext(before: Contexts, name: string): Contexts {
  contextNamed(before, name)
  return {
    current: before.current === name ? null : before.current,
    contexts: new Map([...before.contexts].filter(([known]) => known !== name)),
  }
}
