/** Ids that the cluster's devices have, offered while one types: those alone that go with the block's other ids. Pure. */
import { parseHexId } from '../../model/ids.ts'
import type { VectorAttribute } from '../../template/tree.ts'
import { keyOf } from '../../template/values.ts'
import type { DeviceType } from '../api/documents.ts'

export interface Suggestion {
  readonly value: string
  /** What it means. */
  readonly words: string
}

const OF_TYPE = {
  VENDOR: { id: (type: DeviceType) => type.vendor, name: (type: DeviceType) => type.vendorName },
  DEVICE: { id: (type: DeviceType) => type.device, name: (type: DeviceType) => type.deviceName },
  CLASS: { id: (type: DeviceType) => type.class, name: (type: DeviceType) => type.className },
} as const

type Field = keyof typeof OF_TYPE

export function suggestionsFor(
  field: Field,
  block: VectorAttribute,
  types: readonly DeviceType[],
): readonly Suggestion[] {
  const others = (['VENDOR', 'DEVICE', 'CLASS'] as const).filter((other) => other !== field)
  const goWith = types.filter((type) =>
    others.every((other) => {
      const id = parseHexId(keyOf(block, other) ?? '')
      return id === null || id === OF_TYPE[other].id(type)
    }),
  )
  const byId = new Map<string, string>()
  for (const type of goWith) {
    const { id, name } = OF_TYPE[field]
    byId.set(id(type), name(type) ?? byId.get(id(type)) ?? '')
  }
  return [...byId].map(([value, words]) => ({ value, words })).sort((a, b) => a.value.localeCompare(b.value))
}
