/** What is asked of VMs: one request each; a refusal of one does not keep the others from it. */
import { useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { VmView } from '../api/documents.ts'
import { wordsOf } from '../api/problem.ts'

export type Asked = 'hold' | 'release' | 'start' | 'stop' | 'terminate'

export interface StopBody {
  readonly graceSeconds?: number
  readonly hard?: boolean
}

/** Rejects with `Refused`. */
export async function askVm(vm: number, action: Asked, body: StopBody = {}): Promise<void> {
  const params = { path: { vm: String(vm) } }
  if (action === 'hold') await api.POST('/v1/vms/{vm}/hold', { params })
  else if (action === 'release') await api.POST('/v1/vms/{vm}/release', { params })
  else if (action === 'start') await api.POST('/v1/vms/{vm}/start', { params })
  else if (action === 'stop') await api.POST('/v1/vms/{vm}/stop', { params, body })
  else await api.POST('/v1/vms/{vm}/terminate', { params, body: body.hard ? { hard: true } : {} })
}

/** At once, at most: a controller that is asked for hundreds answers others, too. */
const TOGETHER = 6

/** Rejects where some refused, and says which and why; the others have done it. */
export async function askEach<T>(
  all: readonly T[],
  work: (one: T) => Promise<unknown>,
  nameOf: (one: T) => string,
): Promise<void> {
  const refused: string[] = []
  const rest = [...all]
  const worker = async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift())
      try {
        await work(one)
      } catch (error) {
        refused.push(`${nameOf(one)}: ${wordsOf(error)}`)
      }
  }
  await Promise.all(Array.from({ length: TOGETHER }, worker))
  if (refused.length === 0) return
  const done = all.length - refused.length
  throw new Error(`${done} of ${all.length} were done. ${refused.slice(0, 5).join('; ')}`)
}

/** What a request may have changed is read again at once, without waiting for the stream. */
export function useReadAgain(): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    await Promise.all(
      [['vm'], ['vms'], ['explain']].map((queryKey) =>
        queries.invalidateQueries({ queryKey }, { cancelRefetch: false }),
      ),
    )
  }
}

/** `train-1 (5)`: names need not be unique. */
export const nameAndId = ({ name, id }: Pick<VmView, 'name' | 'id'>): string => `${name} (${id})`
