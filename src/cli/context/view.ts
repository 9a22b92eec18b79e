/** A context as people and programs see it: all but its token. */
import type { List } from '../list/list.ts'
import { fieldLine, page, section } from '../text/sections.ts'
import { type Context, type Contexts, LOCAL } from './contexts.ts'
import type { Named } from './target.ts'

export interface ContextView {
  readonly name: string
  /** Null = this machine's database. */
  readonly server: string | null
  /** SHA-256 of the certificate that is trusted; null = whatever this machine's authorities vouch for. */
  readonly fingerprint: string | null
  /** `berth context use` named it. */
  readonly current: boolean
}

/** `berth context show`. */
export interface ShownContext extends ContextView {
  /** What leads there, where commands go there now: an option, a variable, `berth context use`. */
  readonly because: string | null
}

export const contextView = (name: string, context: Context | null, current: boolean): ContextView => ({
  name,
  server: context?.server ?? null,
  fingerprint: context?.fingerprint ?? null,
  current,
})

/** By name, this machine first. */
export function contextViews({ current, contexts }: Contexts): readonly ContextView[] {
  const views = [...contexts].map(([name, context]) => contextView(name, context, name === current))
  return [contextView(LOCAL, null, current === null), ...views.sort((a, b) => (a.name < b.name ? -1 : 1))]
}

export const CONTEXT_LIST: List<ContextView> = {
  columns: [
    { name: 'USED', width: 4, cell: ({ current }) => (current ? '*' : null) },
    { name: 'NAME', width: 16, cell: ({ name }) => name },
    { name: 'SERVER', width: 32, cell: ({ server }) => server ?? 'this machine' },
    { name: 'FINGERPRINT', width: 16, shrinks: true, cell: ({ fingerprint }) => fingerprint },
  ],
  shown: ['USED', 'NAME', 'SERVER', 'FINGERPRINT'],
}

const REASONS: Readonly<Record<NonNullable<Named['choice']>, string>> = {
  '--db': '--db names a database of this machine',
  '--server': '--server',
  '--context': '--context',
  BERTH_SERVER: 'the variable BERTH_SERVER',
  BERTH_CONTEXT: 'the variable BERTH_CONTEXT',
  BERTH_DB: 'the variable BERTH_DB, which names a database of this machine',
  use: '`berth context use`',
}

export const reasonFor = ({ choice }: Named): string =>
  choice === null ? 'nothing says otherwise' : REASONS[choice]

export function contextText({ name, server, fingerprint, because }: ShownContext): string {
  return page([
    section(`CONTEXT ${name}`, [
      fieldLine(['SERVER', server ?? 'none: the database of this machine']),
      ...(server === null
        ? []
        : [fieldLine(['CERTIFICATE', fingerprint ?? 'one that an authority of this machine vouches for'])]),
      fieldLine(['COMMANDS GO THERE', because === null ? 'no' : `yes: ${because}`]),
    ]),
  ])
}
