/** The event stream: what changed on the controller is read again by whoever shows it, without anybody pressing a button. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { createEventSource } from 'eventsource-client'
import { useEffect, useState } from 'react'
import { currentToken, signOut, TOKEN_ENDED } from '../app/session.ts'
import type { ChangeKind } from './queries.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/** Changes come in bursts; each burst is one reading. */
const GATHER_MS = 400
/** A stream cannot tell what was missed while nobody listened on a controller that knows no order of changes: a look now and then. */
const LOOK_AGAIN_MS = 60_000

const KINDS: readonly string[] = ['vm', 'host', 'order', 'template'] satisfies ChangeKind[]

/** Follows the stream as long as the component is shown. */
export function useLive(): Connection {
  const queries = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(() => {
    const gathered = gatherer((kinds) => readAgain(queries, kinds))
    const source = createEventSource({
      url: new URL('/v1/events', location.origin),
      headers: { authorization: `Bearer ${currentToken() ?? ''}` },
      fetch: askedAsSomebody,
      onConnect: () => setConnection('live'),
      onDisconnect: () => setConnection('lost'),
      onMessage: ({ event }) => {
        if (event === 'resync') for (const kind of KINDS) gathered.add(kind)
        else if (event !== undefined && KINDS.includes(event)) gathered.add(event)
      },
    })
    const lookAgain = setInterval(() => readAgain(queries, new Set(KINDS)), LOOK_AGAIN_MS)
    return () => {
      source.close()
      clearInterval(lookAgain)
      gathered.stop()
    }
  }, [queries])
  return connection
}

/** A token that was revoked or has expired is noticed here by whoever only looks. */
async function askedAsSomebody(url: string | URL, init?: RequestInit): Promise<Response> {
  const answer = await fetch(url, init)
  if (answer.status === 401) signOut(TOKEN_ENDED)
  return answer
}

/** What is not shown is marked old, and read when it is shown; what is being read is not asked for twice. */
function readAgain(queries: QueryClient, kinds: ReadonlySet<string>): void {
  const predicate = ({
    meta,
  }: {
    readonly meta?: { readonly changesWith?: readonly ChangeKind[] } | undefined
  }) => meta?.changesWith?.some((kind) => kinds.has(kind)) ?? false
  void queries.invalidateQueries({ predicate }, { cancelRefetch: false })
}

function gatherer(tell: (kinds: ReadonlySet<string>) => void) {
  let kinds = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null
  return {
    add: (kind: string) => {
      kinds.add(kind)
      timer ??= setTimeout(() => {
        timer = null
        const told = kinds
        kinds = new Set()
        tell(told)
      }, GATHER_MS)
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
