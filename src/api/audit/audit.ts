/** The log of who did what: every change that comes over the door, every refusal, and what this machine's command line does to rights. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AuditEntry } from '../../database/audit.ts'
import type { ApiDeps } from '../ports.ts'
import { rightOf } from '../rights.ts'
import { actionOf, subjectOf } from './action.ts'
import { createRefusals } from './refusals.ts'
import { createAuditWriter } from './writer.ts'

const REFUSED: readonly number[] = [401, 403, 413, 429]
const SETTLE_MS = 60_000

/** Written before the answer goes out: what somebody was told is in the log. `door` = requests come from a network. */
export function keepAudit(
  app: FastifyInstance,
  { database, now, logger }: ApiDeps,
  { door }: { readonly door: boolean },
): void {
  const refusals = createRefusals()
  const write = createAuditWriter(database)
  const settle = async (all = false): Promise<void> => {
    const sums = refusals.settle(now(), all)
    if (sums.length > 0) await write(sums)
  }
  const timer = door
    ? setInterval(() => {
        settle().catch((error: unknown) => logger?.error('the log of refusals', error))
      }, SETTLE_MS).unref()
    : undefined
  app.addHook('onClose', async () => {
    clearInterval(timer)
    await settle(true)
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { statusCode } = reply
    if (!door || !isRefusal(request, statusCode)) {
      if (isKept(request, door)) await write([entryOf(request, statusCode, now(), door)])
      return payload
    }
    const entries = refusals.note(entryOf(request, statusCode, now(), door))
    if (entries.length > 0) await write(entries)
    return payload
  })
}

/** Whatever a stranger sends is one: no flood of nonsense is to push what people did out of the log. */
function isRefusal({ identity, is404, method }: FastifyRequest, status: number): boolean {
  if (REFUSED.includes(status)) return true
  return identity === null && status >= 400 && !is404 && method === 'POST'
}

/** Changes by people; what agents say is what their hosts do, and the VMs' and devices' histories tell it. */
function isKept({ method, is404, routeOptions }: FastifyRequest, door: boolean): boolean {
  const { config } = routeOptions
  if (is404 || /^(?:GET|HEAD|OPTIONS)$/.test(method)) return false
  if (config.audit === 'always') return true
  const right = rightOf(method, config)
  // What viewers may do changes nothing.
  return door && right !== 'agent' && right !== 'viewer'
}

function entryOf(request: FastifyRequest, status: number, at: number, door: boolean): AuditEntry {
  const { identity, method, routeOptions, params, is404, subject, refusal } = request
  return {
    at,
    who: identity?.name ?? '-',
    role: identity === null ? '-' : identity.kind === 'agent' ? 'agent' : identity.role,
    origin: door ? request.ip : null,
    action: actionOf(method, is404 ? undefined : routeOptions.url),
    subject: subject ?? (is404 ? null : subjectOf(params)),
    outcome: status < 400 ? 'ok' : (refusal ?? `status-${status}`),
    facts: {},
  }
}
