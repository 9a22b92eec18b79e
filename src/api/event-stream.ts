/** One client of the event stream (server-sent events, WHATWG HTML 9.2): what it is told, and when it is given up. */
import type { Writable } from 'node:stream'
import { NEWEST_CHANGES } from '../database/changes.ts'
import type { Change } from '../model/change.ts'

export interface EventStream {
  /** Tells those that it was not told yet, oldest first; one that was committed late has no id, for the client knows later ones. */
  send(changes: readonly Change[]): void
  /** It has missed some: it is to read its lists again, and knows what comes after `last`. */
  resync(last: number): void
  end(): void
}

export interface EventStreamOptions {
  /** The number of the last change that the client knows. */
  readonly after: number
  readonly heartbeatMs: number
  /** So many bytes that it does not take in, and it is dropped: it comes back and reads its lists. */
  readonly mostUnread: number
}

/** As far back as changes are looked for (database/watch-changes.ts). */
const LATE = NEWEST_CHANGES
/** How long a client waits before it comes back. */
const RETRY_MS = 2000

/** Begins to write at once. Ends, once, and never before this returns, when the client goes, is too slow, or `end` is called; `ended` is called then. */
export function openEventStream(
  out: Writable,
  { after, heartbeatMs, mostUnread }: EventStreamOptions,
  ended: () => void,
): EventStream {
  let last = after
  let told: ReadonlySet<number> = new Set()
  let open = true
  const close = () => {
    if (!open) return
    open = false
    clearInterval(beat)
    ended()
  }
  const write = (text: string) => {
    if (!open) return
    out.write(text)
    if (out.writableLength > mostUnread) out.destroy()
  }
  const beat = setInterval(() => write(':\n\n'), heartbeatMs)
  out.once('close', close)
  // A connection that breaks is no failure of ours; `close` follows.
  out.on('error', () => {})
  // It went before it was followed: `close` is over.
  if (out.destroyed) queueMicrotask(close)
  // An event without data tells nobody anything, but leaves its id with the client.
  write(`retry: ${RETRY_MS}\nid: ${last}\n\n`)
  return {
    send: (changes) => {
      const fresh = changes.filter(({ id }) => id > last || (id > last - LATE && !told.has(id)))
      const texts = fresh.map((change) => eventText(change, change.id > last))
      last = Math.max(last, ...fresh.map(({ id }) => id))
      told = new Set([...told, ...fresh.map(({ id }) => id)].filter((id) => id > last - LATE))
      write(texts.join(''))
    },
    resync: (now) => {
      last = now
      write(`id: ${now}\nevent: resync\ndata: {}\n\n`)
    },
    end: () => {
      if (open) out.end()
      close()
    },
  }
}

const eventText = ({ id, kind, subject }: Change, news: boolean): string =>
  `${news ? `id: ${id}\n` : ''}event: ${kind}\ndata: ${JSON.stringify({ kind, subject })}\n\n`
