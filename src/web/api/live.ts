/** The event stream: what changed on the controller is read again by whoever shows it, without anybody pressing a button. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { createEventSource } from 'eventsource-client'
import { useEffect, useState } from 'react'
import { currentToken, tokenEnded } from '../app/session.ts'
import { createHearing } from './hearing.ts'
import { type ChangedHosts, createPace } from './pace.ts'
import { refusedBy } from './problem.ts'
import type { ChangeKind } from './query-meta.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/** Changes come in bursts; each burst is one reading. */
const GATHER_MS = 400
/** A stream cannot tell what was missed while nobody listened on a controller that knows no order of changes: a look now and then. */
const LOOK_AGAIN_MS = 60_000

/** What changed, by kind: the hosts that it was about; null = not known, or about something else. */
type Changes = Map<ChangeKind, ChangedHosts>

const EVERYTHING: Changes = new Map([
  ['vm', null],
  ['host', null],
  ['order', null],
  ['template', null],
])

/** Follows the stream as long as the component is shown. */
export function useLive(): Connection {
  const queries = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(() => {
    const pace = createPace(queries)
    const readAgain = (changes: Changes) => tell(queries, pace, changes)
    const gathered = gatherer(readAgain)
    // What could not be read meanwhile is, as soon as there is somebody to ask.
    let isLost = false
    const token = currentToken()
    const hearing = createHearing((...asked) => streamOf(token, ...asked))
    const source = createEventSource({
      url: new URL('/v1/events', location.origin),
      headers: { authorization: `Bearer ${token ?? ''}` },
      fetch: hearing.fetch,
      onComment: hearing.heard,
      onConnect: () => {
        setConnection('live')
        if (isLost) gathered.add(EVERYTHING)
        isLost = false
      },
      // Not onDisconnect: it tells nothing of a connection that breaks, or that there never was.
      onScheduleReconnect: () => {
        setConnection('lost')
        isLost = true
      },
      onMessage: ({ event, data }) => {
        hearing.heard()
        gathered.add(event === 'resync' ? EVERYTHING : changeOf(event, data))
      },
    })
    const lookAgain = setInterval(() => readAgain(EVERYTHING), LOOK_AGAIN_MS)
    return () => {
      source.close()
      hearing.stop()
      clearInterval(lookAgain)
      gathered.stop()
      pace.stop()
    }
  }, [queries])
  return connection
}

/** A token that was revoked or has expired is noticed here by whoever only looks; any other refusal is no stream. */
async function streamOf(token: string | null, ...asked: Parameters<typeof fetch>): Promise<Response> {
  const answer = await fetch(...asked)
  if (answer.ok) return answer
  await answer.body?.cancel()
  if (answer.status === 401) tokenEnded(token)
  throw refusedBy(answer.status, null)
}

/** A kind that this page does not know changes nothing that it shows. */
function changeOf(event: string | undefined, data: string): Changes {
  if (event === 'vm' || event === 'template') return new Map([[event, null]])
  if (event !== 'host' && event !== 'order') return new Map()
  return new Map([[event, new Set([subjectOf(data)])]])
}

function subjectOf(data: string): number {
  const change: unknown = JSON.parse(data)
  const subject = typeof change === 'object' && change !== null && 'subject' in change ? change.subject : null
  return typeof subject === 'number' ? subject : 0
}

/** Each query that something of it changed. */
function tell(queries: QueryClient, pace: ReturnType<typeof createPace>, changes: Changes): void {
  for (const query of queries.getQueryCache().getAll()) {
    const kinds = (query.meta?.changesWith ?? []).filter((kind) => changes.has(kind))
    if (kinds.length > 0) pace.changed(query, joined(kinds.map((kind) => changes.get(kind) ?? null)))
  }
}

function joined(all: readonly ChangedHosts[]): ChangedHosts {
  return all.some((hosts) => hosts === null) ? null : new Set(all.flatMap((hosts) => [...(hosts ?? [])]))
}

function gatherer(readAgain: (changes: Changes) => void) {
  let changes: Changes = new Map()
  let timer: ReturnType<typeof setTimeout> | null = null
  return {
    add: (more: Changes) => {
      for (const [kind, hosts] of more) {
        const before = changes.get(kind)
        changes.set(kind, before === undefined ? hosts : joined([before, hosts]))
      }
      if (changes.size === 0) return
      timer ??= setTimeout(() => {
        timer = null
        const told = changes
        changes = new Map()
        readAgain(told)
      }, GATHER_MS)
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
