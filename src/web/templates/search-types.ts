/** What somebody types into the picker -> the types of devices that are meant. Pure. */
import { type Filter, parseFilter, passes } from '../../../probes/pci/filter.ts'
import { InvalidInput } from '../../model/errors.ts'
import type { DeviceType } from '../api/documents.ts'
import { deviceName } from '../parts/device-name.ts'

type Found = { readonly types: readonly DeviceType[] } | { readonly wrong: string }

/** With a colon it is the filter of `berth probe pci --filter`, else a part of a name or id. */
export function searched(types: readonly DeviceType[], search: string): Found {
  const wanted = search.trim().toLowerCase()
  if (!wanted.includes(':'))
    return { types: types.filter((type) => wordsOfType(type).some((words) => words.includes(wanted))) }
  const filter = filterOf(wanted)
  if ('wrong' in filter) return filter
  return {
    types: types.filter(({ vendor, device, class: classId }) =>
      passes(filter.filter, { vendorId: vendor, deviceId: device, classId, progIf: '' }),
    ),
  }
}

function filterOf(text: string): { readonly filter: Filter } | { readonly wrong: string } {
  try {
    return { filter: parseFilter(text) }
  } catch (error) {
    if (error instanceof InvalidInput) return { wrong: error.message }
    throw error
  }
}

const wordsOfType = (type: DeviceType): readonly string[] =>
  [type.type, deviceName(type), type.className ?? ''].map((words) => words.toLowerCase())
