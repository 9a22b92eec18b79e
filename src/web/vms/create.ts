/** VMs made of a stored template, or of text; gives their ids. */
import { nameOf } from '../../model/vm-names.ts'
import { api, documentOf } from '../api/client.ts'
import { wordsOf } from '../api/problem.ts'

export interface Wish {
  /** A stored template's name; null = of `text`. */
  readonly template: string | null
  readonly text: string
  /** '' = as the template says. */
  readonly name: string
  readonly count: number
  readonly hold: boolean
  readonly priority: number
  /** '' = whose token it is. */
  readonly owner: string
}

/** Rejects with `Refused`. VMs of a stored template are made together or not at all; those of a text one after the other. */
export async function createVms(wish: Wish): Promise<readonly number[]> {
  const { template, text, count, hold, priority } = wish
  const name = wish.name.trim()
  const owner = wish.owner.trim()
  const options = {
    ...(hold && { hold }),
    ...(priority !== 0 && { priority }),
    ...(owner !== '' && { owner }),
  }
  if (template !== null) {
    const body = { ...options, count, ...(name !== '' && { name }) }
    const params = { path: { template } }
    const vms = await documentOf(api.POST('/v1/templates/{template}/instantiate', { params, body }))
    return vms.map(({ id }) => id)
  }
  const ids: number[] = []
  for (let index = 0; index < count; index++) {
    const named = name === '' ? {} : { name: nameOf(name, index, count) }
    const body = { ...options, ...named, template: text }
    const { id } = await documentOf(api.POST('/v1/vms', { body })).catch((error: unknown) => {
      throw ids.length === 0 ? error : new Error(`${wordsOf(error)} (${ids.length} of ${count} are created)`)
    })
    ids.push(id)
  }
  return ids
}

/** `train-0, train-1, ... train-9`; null = the template names them. */
export function namesPreview(name: string, count: number): string | null {
  const given = name.trim()
  if (given === '') return null
  const at = (index: number) => nameOf(given, index, count)
  if (count <= 3) return Array.from({ length: count }, (_, index) => at(index)).join(', ')
  return `${at(0)}, ${at(1)}, ... ${at(count - 1)}`
}
