/** What a user sees of hosts and devices: everything but whose they are, where another user has them. */
import type { FastifyInstance } from 'fastify'
import type { Queries } from '../database/tables.ts'
import type { ApiDeps } from './ports.ts'

/** In the place of why, message and history lines that tell of another user's VM. */
const ANOTHER = "another user's VM has it"
const WORDS: readonly string[] = ['why', 'message', 'what']

/** Documents of `/v1/hosts` and `/v1/devices`, for the role `user`. */
export function hideOthers(app: FastifyInstance, { database }: ApiDeps): void {
  app.addHook('preSerialization', async (request, _reply, document) => {
    const { identity, routeOptions } = request
    if (identity?.kind !== 'person' || identity.role !== 'user' || identity.owner === null) return document
    if (!/^\/v1\/(?:hosts|devices)\b/.test(routeOptions.url ?? '')) return document
    return withoutOthers(document, await vmsOf(database.kysely, identity.owner))
  })
}

async function vmsOf(q: Queries, owner: string): Promise<ReadonlySet<number>> {
  const rows = await q.selectFrom('vms').select('id').where('owner', '=', owner).execute()
  return new Set(rows.map(({ id }) => id))
}

/** The document with `vm: null`, and no words, wherever another VM than these is named. Pure. */
export function withoutOthers(document: unknown, own: ReadonlySet<number>): unknown {
  if (Array.isArray(document)) return document.map((one) => withoutOthers(one, own))
  if (typeof document !== 'object' || document === null) return document
  const entries = Object.entries(document)
  const foreign = 'vm' in document && typeof document.vm === 'number' && !own.has(document.vm)
  // A map of devices has thousands of these.
  if (!foreign && entries.every(([, value]) => typeof value !== 'object')) return document
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (!foreign) return [name, withoutOthers(value, own)]
      if (name === 'vm') return [name, null]
      return [name, WORDS.includes(name) && typeof value === 'string' ? ANOTHER : withoutOthers(value, own)]
    }),
  )
}
