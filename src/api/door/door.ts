/** Who comes in: a bearer token becomes an identity, or a refusal; nobody may ask so often that others wait. */
import type { FastifyRequest } from 'fastify'
import { findAgentByCredential } from '../../database/agents.ts'
import { getHost } from '../../database/hosts.ts'
import type { Database } from '../../database/open.ts'
import { findTokenByHash, noteTokenUse } from '../../database/tokens.ts'
import { TooOften, Unauthorized } from '../../model/errors.ts'
import type { Identity } from '../../model/identity.ts'
import type { Identify } from '../ports.ts'
import type { Problem } from '../problem.ts'
import { requireRight, rightOf } from '../rights.ts'
import { networkOf } from './address.ts'
import { createBuckets, type Rate } from './buckets.ts'
import { hashOf, kindOf } from './secret.ts'

export interface Limits {
  /** Wrong tokens from one address; who is right comes in nevertheless. */
  readonly failures: Rate
  /** Requests without a token from one address, and those from where wrong ones come, until they turn out right. */
  readonly anonymous: Rate
  /** Requests with one token. */
  readonly person: Rate
  /** Requests of one host's agent, whatever address it comes from. */
  readonly agent: Rate
}

const LIMITS: Limits = {
  failures: { burst: 30, perSecond: 0.5 },
  anonymous: { burst: 2000, perSecond: 200 },
  person: { burst: 1000, perSecond: 200 },
  agent: { burst: 200, perSecond: 20 },
}

export interface Door {
  readonly identify: Identify
  /** To be told of every refusal that went out. */
  refused(request: FastifyRequest, problem: Problem): void
}

export interface DoorDeps {
  readonly database: Database
  now(): number
  readonly limits?: Limits
}

/** `last used` is written no oftener. */
const USE_NOTED_MS = 60_000
/** Longer than any token. */
const LONGEST = 512
const MOST_KNOWN = 20_000

/** Unauthorized `token-missing`, `token-invalid`, `token-expired`; TooOften `rate-limited`; Forbidden as `requireRight`. */
export function createDoor({ database, now, limits = LIMITS }: DoorDeps): Door {
  const failures = createBuckets(limits.failures, now)
  const anonymous = createBuckets(limits.anonymous, now)
  const people = createBuckets(limits.person, now)
  const agents = createBuckets(limits.agent, now)
  /** Hashes that were good, by address. */
  const known = new Set<string>()

  const identify: Identify = async (request) => {
    const from = networkOf(request.ip)
    const right = request.is404 ? 'viewer' : rightOf(request.method, request.routeOptions.config)
    const secret = bearerOf(request.headers.authorization)
    if (right === 'public' || secret === null) {
      allow(anonymous.take(from), from)
      // A join token is a secret that could be guessed at, too.
      if (right === 'public' && request.method === 'POST') allow(failures.wait(from), from)
      if (right === 'public') return null
      throw missing()
    }
    const hash = hashOf(secret)
    const place = `${from} ${hash}`
    const suspect = !known.has(place) && failures.wait(from) > 0
    // Others there were wrong; this one may be right, and nobody is known to a program that has just started.
    if (suspect) allow(anonymous.take(from), from)
    const identity = await holderOf(database, secret, hash, now()).catch((error: unknown) => {
      // One that was revoked is a wrong one like any other.
      known.delete(place)
      if (suspect && error instanceof Unauthorized) allow(failures.wait(from), from)
      throw error
    })
    remember(known, place)
    // For the log, whatever comes of it.
    request.identity = identity
    const limited = identity.kind === 'agent' ? agents : people
    allow(limited.take(identity.name), identity.name)
    requireRight(request, identity)
    return identity
  }
  return {
    identify,
    refused: (request, { status, code }) => {
      if (status === 401 && code !== 'token-missing') failures.take(networkOf(request.ip))
    },
  }
}

/** The newest stand last. */
function remember(known: Set<string>, key: string): void {
  known.delete(key)
  known.add(key)
  const [oldest] = known
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
}

/** RFC 6750, the header only: what stands in URLs and bodies gets into logs. */
function bearerOf(header: string | undefined): string | null {
  return header === undefined || header.length > LONGEST
    ? null
    : (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? null)
}

/** One indexed look-up by the hash, whatever was shown: how long it takes tells nothing of what is there. */
async function holderOf(database: Database, secret: string, hash: string, now: number): Promise<Identity> {
  const { kysely } = database
  if (kindOf(secret) === 'a') {
    const agent = await findAgentByCredential(kysely, hash)
    if (agent === null) throw invalid()
    const { id: host, name } = await getHost(kysely, agent.host)
    return { kind: 'agent', name: `agent:${name}`, host }
  }
  const token = await findTokenByHash(kysely, hash)
  if (token === null) throw invalid()
  const { id, name, role, owner, expiresAt, usedAt } = token
  if (expiresAt !== null && expiresAt <= now) throw expired(name, expiresAt)
  if (usedAt === null || now - usedAt > USE_NOTED_MS) await noteTokenUse(kysely, id, now)
  return { kind: 'person', name, role, owner }
}

/** Throws TooOften unless `wait` is 0. */
function allow(wait: number, who: string): void {
  if (wait === 0) return
  throw new TooOften('rate-limited', `${who} asks more often than is allowed; try again in ${wait} s`, {
    retryAfterSeconds: wait,
  })
}

const missing = (): Unauthorized =>
  new Unauthorized(
    'token-missing',
    'the API wants a token: `Authorization: Bearer TOKEN`; an administrator makes one with `berth token create`',
  )

const invalid = (): Unauthorized =>
  new Unauthorized(
    'token-invalid',
    'this token is not known: it was revoked, or never given out here; an administrator makes another one with `berth token create`, for a host with `berth token join`',
  )

const expired = (name: string, at: number): Unauthorized =>
  new Unauthorized(
    'token-expired',
    `token ${name} expired on ${new Date(at).toISOString()}; an administrator makes another one with \`berth token create\``,
    { name },
  )
