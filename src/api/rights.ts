/** What each route asks of the one who calls it; which rights there are. */
import type { FastifyRequest } from 'fastify'
import { Forbidden } from '../model/errors.ts'
import { type AgentIdentity, type Identity, mayAs, type Person, type Role } from '../model/identity.ts'

/** The least role that may; `agent` = a host's agent, of its own host; `public` = anybody who gets to the door. */
export type Right = Role | 'agent' | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: viewers read, operators change. */
    readonly right?: Right
    /** `always` = what this machine's own command line changes through it is written into the log, too. */
    readonly audit?: 'always'
    /** A file of the page, no part of the API. */
    readonly page?: true
  }
  interface FastifyRequest {
    /** Who asks; null on a public route. */
    identity: Identity | null
    /** For the log: what it is about, where the path does not tell. */
    subject: string | null
    /** The code with which it was refused. */
    refusal: string | null
  }
  interface FastifyInstance {
    /** Every route, as `GET /v1/hosts/:host`, and what it asks. */
    readonly rights: Map<string, Right>
  }
}

export function rightOf(method: string, config: { readonly right?: Right }): Right {
  return config.right ?? (/^(?:GET|HEAD)$/.test(method) ? 'viewer' : 'operator')
}

/**
 * Forbidden `not-allowed` where the role is too little, or a person asks as an agent or the other way round; `not-your-host` where an
 * agent speaks of another host than its own. Where there is no such route, anybody who is known is told so.
 */
export function requireRight(request: FastifyRequest, identity: Identity): void {
  if (request.is404) return
  const right = rightOf(request.method, request.routeOptions.config)
  if (right === 'public') return
  if (identity.kind === 'agent') requireAgent(right, request, identity)
  else requireRole(right, identity)
}

function requireRole(right: Exclude<Right, 'public'>, identity: Person): void {
  if (right === 'agent')
    throw new Forbidden('not-allowed', `only a host's agent may do this, and ${identity.name} is none`)
  if (mayAs(identity.role, right)) return
  throw new Forbidden(
    'not-allowed',
    `${identity.name} has the role ${identity.role}, and this takes the role ${right}; \`berth token create\` makes a token of that role`,
    { role: identity.role, needed: right },
  )
}

function requireAgent(right: Right, { params }: FastifyRequest, { host, name }: AgentIdentity) {
  if (right !== 'agent')
    throw new Forbidden('not-allowed', `${name} may speak of its host, and do nothing else`, { host })
  const named = typeof params === 'object' && params !== null && 'host' in params ? params.host : null
  if (named !== String(host) && `agent:${named}` !== name)
    throw new Forbidden('not-your-host', `${name} speaks of host ${named}, which is not its own`, { host })
}

/** The person that asks; routes with the rights of a role are reached by nobody else. */
export function personOf({ identity }: FastifyRequest): Person {
  if (identity?.kind === 'person') return identity
  throw new Error('a route for people was reached by somebody else')
}

/** Whose VMs somebody sees and acts on; null = everybody's. */
export function vmsSeenBy(request: FastifyRequest): string | null {
  const { role, owner } = personOf(request)
  return role === 'user' ? owner : null
}
