/** One context as `berth context` tells of it: what it is, and whether commands go there now. */
import type { Cli } from '../command.ts'
import { contextNamed, LOCAL } from './contexts.ts'
import { contextView, reasonFor, type ShownContext } from './view.ts'

/** Null = where commands go now, without an option. NotFound `unknown-context`. */
export function shownContext({ ports }: Cli, name: string | null): ShownContext {
  const known = ports.contexts.read()
  const chosen = ports.contexts.chosen()
  const there = chosen.context ?? (chosen.server === null ? LOCAL : null)
  // A server without a context is called by its address.
  if (name === null && there === null) {
    const { server } = chosen
    return { name: server ?? LOCAL, server, fingerprint: null, current: false, because: reasonFor(chosen) }
  }
  const wanted = name ?? there ?? LOCAL
  const context = wanted === LOCAL ? null : contextNamed(known, wanted)
  const current = (known.current ?? LOCAL) === wanted
  return { ...contextView(wanted, context, current), because: wanted === there ? reasonFor(chosen) : null }
}
