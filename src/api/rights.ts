/** What each route asks of the one who calls it; which rights there are. */
import type { Identity, Role } from '../model/identity.ts'

/** The least role that may; `agent` = a host's agent, of its own host; `public` = anybody who gets to the door. */
export type Right = Role | 'agent' | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: viewers read, operators change. */
    readonly right?: Right
  }
  interface FastifyRequest {
    /** Who asks; null on a public route. */
    identity: Identity | null
  }
}
