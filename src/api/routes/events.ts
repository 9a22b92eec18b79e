/** `GET /v1/events`: what changed, as it changes; hints, after which a client reads its lists again by their ETags. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { changesAfter, lastChange, oldestChange } from '../../database/changes.ts'
import type { ChangesHub } from '../../database/changes-hub.ts'
import type { Queries } from '../../database/tables.ts'
import { ownedOf } from '../../database/vms.ts'
import type { Change } from '../../model/change.ts'
import { type EventStream, openEventStream } from '../event-stream.ts'
import type { ApiDeps } from '../ports.ts'
import { PROBLEM_TYPE, unavailable } from '../problem.ts'
import { EVENTS_QUERY } from '../schemas.ts'
import { createSlots } from '../slots.ts'

const MOST_CLIENTS = 256
const HEARTBEAT_MS = 15_000
const MOST_UNREAD = 1024 * 1024
/** More to catch up with than that: reading the lists again is less work for both. */
const MOST_MISSED = 10_000

interface EventsQuery {
  readonly after?: string
}

type Request = FastifyRequest<{ Querystring: EventsQuery }>

/** A token that was revoked, or has expired meanwhile, is told nothing more after that time. */
const KNOWN_MS = 10_000

export function eventRoutes(app: FastifyInstance, deps: ApiDeps, hub: ChangesHub): void {
  const q = deps.database.kysely
  const slots = createSlots(MOST_CLIENTS)
  app.get<{ Querystring: EventsQuery }>(
    '/v1/events',
    { schema: { querystring: EVENTS_QUERY }, exposeHeadRoute: false },
    async (request, reply) => {
      const who = request.identity?.name ?? ''
      if (!slots.take(who)) return turnedAway(reply)
      const leave = () => slots.free(who)
      try {
        await follow({ q, hub, stillKnown: knows(deps, request) }, request, reply, leave)
      } catch (error) {
        leave()
        throw error
      }
      return reply
    },
  )
}

function turnedAway(reply: FastifyReply) {
  const problem = unavailable(
    'too-many-listeners',
    `as many clients listen as may (${MOST_CLIENTS}, a quarter of them with one token); read the lists by their ETags in place of it, or try again later`,
  )
  return reply.code(503).header('retry-after', 10).type(PROBLEM_TYPE).send(problem)
}

interface Following {
  readonly q: Queries
  readonly hub: ChangesHub
  /** Rejects once the client would not be let in any more. */
  stillKnown(): Promise<void>
}

function knows({ identify, now }: ApiDeps, request: Request): () => Promise<void> {
  let asked = now()
  return async () => {
    if (identify === undefined || now() - asked < KNOWN_MS) return
    asked = now()
    await identify(request)
  }
}

/** Nothing is thrown once it writes. What comes in while the client catches up is told after that. */
async function follow(
  { q, hub, stillKnown }: Following,
  request: Request,
  reply: FastifyReply,
  ended: () => void,
): Promise<void> {
  let tell: (changes: readonly Change[]) => void
  const early: Change[] = []
  tell = (changes) => void early.push(...changes)
  const stop = await hub.listen((changes) => tell(changes))
  let start: Start
  try {
    start = await startOf(q, request)
  } catch (error) {
    stop()
    throw error
  }
  const stream = openStream(hub, reply, start.last, () => {
    stop()
    ended()
  })
  if (start.missed === null) stream.resync(start.last)
  const inOrder = oneAfterTheOther(async (changes) => {
    await stillKnown()
    stream.send(await visible(q, request, changes))
  }, stream)
  inOrder([...(start.missed ?? []), ...early])
  tell = inOrder
}

function openStream(hub: ChangesHub, reply: FastifyReply, last: number, ended: () => void): EventStream {
  reply.hijack()
  const headers = {
    ...reply.getHeaders(),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // Nothing else is asked over it once the stream has ended.
    connection: 'close',
    // A proxy that gathers answers would keep them (nginx).
    'x-accel-buffering': 'no',
  }
  reply.raw.writeHead(200, headers as Record<string, string>)
  const options = { after: last, heartbeatMs: HEARTBEAT_MS, mostUnread: MOST_UNREAD }
  const stream = openEventStream(reply.raw, options, () => {
    hub.closing.removeEventListener('abort', stream.end)
    ended()
  })
  hub.closing.addEventListener('abort', stream.end)
  return stream
}

interface Start {
  /** What the client knows when it is told the first. */
  readonly last: number
  /** What it has missed since; null = too much, or it is not known any more. */
  readonly missed: readonly Change[] | null
}

async function startOf(q: Queries, { headers, query }: Request): Promise<Start> {
  const now = await lastChange(q)
  const known = [headers['last-event-id'], query.after].find(
    (text): text is string => typeof text === 'string' && /^\d{1,15}$/.test(text),
  )
  if (known === undefined) return { last: now, missed: [] }
  const after = Number(known)
  const oldest = (await oldestChange(q))?.id ?? now + 1
  // A number that is not given out yet is of another database, or of one that came back from a backup.
  if (after > now || after < oldest - 1) return { last: now, missed: null }
  const missed = await changesAfter(q, after, MOST_MISSED + 1)
  return missed.length > MOST_MISSED ? { last: now, missed: null } : { last: after, missed }
}

/** A user is told of no VM but the own ones. */
async function visible(
  q: Queries,
  { identity }: Request,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  if (identity?.kind !== 'person' || identity.role !== 'user') return changes
  const vms = changes.filter(({ kind }) => kind === 'vm').map(({ subject }) => subject)
  const own = identity.owner === null ? new Set<number>() : await ownedOf(q, identity.owner, vms)
  return changes.filter(({ kind, subject }) => kind !== 'vm' || own.has(subject))
}

/** A client that cannot be told any more comes back and catches up. */
function oneAfterTheOther(
  work: (changes: readonly Change[]) => Promise<void>,
  stream: EventStream,
): (changes: readonly Change[]) => void {
  let before: Promise<void> = Promise.resolve()
  return (changes) => {
    before = before.then(() => work(changes)).catch(() => stream.end())
  }
}
