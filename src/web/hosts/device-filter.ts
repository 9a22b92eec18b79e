/** Which types of devices a filter passes: vendor:device:class as everywhere in Berth, or a part of the name. Pure. */
import { parseFilter, passes } from '../../../probes/pci/filter.ts'

export interface DeviceFilter {
  /** What cannot be understood: it passes everything then. */
  readonly wrong: string | null
  readonly isAny: boolean
  passes(type: { readonly type: string; readonly fullName: string | null }): boolean
}

const ANY: DeviceFilter = { wrong: null, isAny: true, passes: () => true }

/** A text without a colon is looked for in names and ids. */
export function deviceFilter(text: string): DeviceFilter {
  const sought = text.trim().toLowerCase()
  if (sought === '') return ANY
  if (!sought.includes(':'))
    return {
      wrong: null,
      isAny: false,
      passes: ({ type, fullName }) => `${type} ${fullName ?? ''}`.toLowerCase().includes(sought),
    }
  try {
    const filter = parseFilter(sought)
    return { wrong: null, isAny: false, passes: ({ type }) => passes(filter, idsOf(type)) }
  } catch (error) {
    return { ...ANY, wrong: error instanceof Error ? error.message : String(error) }
  }
}

/** The programming interface is not part of a type. */
function idsOf(type: string) {
  const [vendorId = '', deviceId = '', classId = ''] = type.split(':')
  return { vendorId, deviceId, classId, progIf: '' }
}
