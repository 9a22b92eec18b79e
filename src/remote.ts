/** Requests to a server elsewhere, in place of the API in this process. */
import type { ServerTarget } from './cli/context/target.ts'
import { ServerFailure } from './cli/failure.ts'
import type { ApiResponse, Method } from './cli/ports.ts'
import { createClient } from './client/client.ts'
import { BerthError } from './model/errors.ts'

const READ_MS = 2 * 60_000
/** A stop waits for the guest, a deploy for the hypervisor; a server that is gone is noticed by TCP. */
const WORK_MS = 30 * 60_000

export interface Remote {
  request(method: Method, path: string, body?: unknown): Promise<ApiResponse>
  close(): void
}

/** `interrupted` ends what is under way. Rejects with ServerFailure, which names the context. */
export function createRemote(target: ServerTarget, interrupted: () => AbortSignal): Remote {
  const client = createClient(target)
  const from = target.context === null ? target.server : `context ${target.context}`
  return {
    request: async (method, path, body) => {
      const signal = interrupted()
      try {
        const timeoutMs = method === 'GET' ? READ_MS : WORK_MS + graceMs(body)
        const answer = await client.request(method, path, body, { timeoutMs, signal })
        const retryAfter = Number(answer.headers['retry-after'] ?? Number.NaN)
        return {
          status: answer.status,
          body: answer.body,
          from,
          ...(Number.isFinite(retryAfter) && { retryAfter }),
        }
      } catch (error) {
        if (signal.aborted) throw interruptedFailure(method, from, error)
        if (error instanceof BerthError)
          throw new ServerFailure(error.code, `${error.message} (${from})`, error.facts, error)
        throw error
      }
    },
    close: () => client.close(),
  }
}

function graceMs(body: unknown): number {
  if (typeof body !== 'object' || body === null || !('graceSeconds' in body)) return 0
  return typeof body.graceSeconds === 'number' ? body.graceSeconds * 1000 : 0
}

function interruptedFailure(method: Method, from: string, cause: unknown): ServerFailure {
  const what = method === 'GET' ? '' : '; what it was asked to do may go on there'
  return new ServerFailure('interrupted', `interrupted${what} (${from})`, {}, cause)
}
