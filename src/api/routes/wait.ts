/** `GET /v1/vms/:vm/wait`: answers when the VM is in the state that is waited for, or when there is no more time. */
import type { FastifyInstance } from 'fastify'
import type { ChangesHub } from '../../database/changes-hub.ts'
import { Conflict, InvalidInput } from '../../model/errors.ts'
import { VM_STATES, type VmState } from '../../model/vm.ts'
import { isHopeless } from '../../model/vm-wait.ts'
import type { VmView, VmWait } from '../../view/documents.ts'
import { withoutSecrets } from '../owner.ts'
import type { ApiDeps } from '../ports.ts'
import { PROBLEM_TYPE, unavailable } from '../problem.ts'
import { findVmByReference, readVmView } from '../read/vms.ts'
import { vmsSeenBy } from '../rights.ts'
import { WAIT_QUERY } from '../schemas.ts'
import { createSlots } from '../slots.ts'
import { waitUntil } from '../wait.ts'

interface WaitQuery {
  readonly for: string
  readonly timeout?: string
  readonly seen?: string
}

const MOST_WAITS = 1000
const LONGEST_S = 600
const DEFAULT_S = 60

export function waitRoutes(app: FastifyInstance, { database }: ApiDeps, hub: ChangesHub): void {
  const slots = createSlots(MOST_WAITS)
  app.get<{ Params: { vm: string }; Querystring: WaitQuery }>(
    '/v1/vms/:vm/wait',
    { schema: { querystring: WAIT_QUERY }, exposeHeadRoute: false },
    async (request, reply) => {
      const { params, query } = request
      const goal = goalOf(query)
      const timeoutMs = timeoutOf(query) * 1000
      const { id } = await findVmByReference(database.kysely, params.vm, vmsSeenBy(request))
      const who = request.identity?.name ?? ''
      if (!slots.take(who)) {
        const problem = unavailable(
          'too-many-waits',
          `as many wait as may (${MOST_WAITS}, a quarter of them with one token); ask for the VM now and then`,
        )
        return reply.code(503).header('retry-after', 10).type(PROBLEM_TYPE).send(problem)
      }
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      if (reply.raw.destroyed) gone.abort()
      const seen = query.seen === undefined ? Number.POSITIVE_INFINITY : Number(query.seen)
      try {
        const vm = await waitUntil(hub, {
          read: () => database.read((q) => readVmView(q, id)),
          enough: (found) => isOver(found, goal) || found.history.length > seen,
          concerns: ({ kind, subject }) => kind === 'vm' && subject === id,
          ...{ timeoutMs, gone: gone.signal },
        })
        return answerOf(withoutSecrets(request, vm, 'template'), goal)
      } finally {
        slots.free(who)
      }
    },
  )
}

const isOver = ({ state }: VmView, goal: VmState): boolean => state === goal || isHopeless(state, goal)

/** Conflict `wait-hopeless`. */
function answerOf(vm: VmView, goal: VmState): VmWait {
  const { id, name, state, message } = vm
  if (!isHopeless(state, goal)) return { reached: state === goal, for: goal, vm }
  const why = message === null ? '' : ` (${message})`
  throw new Conflict(
    'wait-hopeless',
    `VM ${id} (${name}) is ${state}${why} and does not become ${goal} by itself${remedyOf(state, id)}`,
    { vm: id, state, for: goal },
  )
}

function remedyOf(state: VmState, id: number): string {
  if (state === 'HOLD') return `; \`berth vm release ${id}\` lets it be placed`
  return state === 'DONE' ? '' : `; \`berth vm start ${id}\` places it anew`
}

function goalOf(query: WaitQuery): VmState {
  const goal = VM_STATES.find((state) => state === query.for.toUpperCase())
  if (goal === undefined) throw new Error(`the schema let ${query.for} through`)
  return goal
}

/** InvalidInput `invalid-request`. */
function timeoutOf({ timeout }: WaitQuery): number {
  const seconds = timeout === undefined ? DEFAULT_S : Number(timeout)
  if (seconds <= LONGEST_S) return seconds
  throw new InvalidInput(
    'invalid-request',
    `querystring /timeout: must be at most ${LONGEST_S} seconds; ask again then`,
    {
      in: 'querystring',
      pointer: '/timeout',
    },
  )
}
