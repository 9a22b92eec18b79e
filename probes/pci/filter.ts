/** The probe's filter, `[<vendor>]:[<device>][:<class>[:<prog-if>]]`: read once, applied to devices. Pure. */
import { InvalidInput } from '../../src/model/errors.ts'

interface Masked {
  readonly value: number
  /** Bits that count; an `x` digit's do not. */
  readonly mask: number
}

/** Null = any. */
interface FilterTerm {
  readonly vendor: number | null
  readonly device: number | null
  readonly class: Masked | null
  readonly progIf: number | null
}

/** A union of terms; without any, nothing passes. */
export type Filter = readonly FilterTerm[]

/**
 * Reads lspci's filter syntax, several by commas; ids are compared as numbers (`::02` is class 0002, `::02xx` the
 * wildcard). An empty part passes nothing. InvalidInput `wrong-filter` names the part that is wrong.
 */
export function parseFilter(text: string): Filter {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseTerm)
}

function parseTerm(text: string): FilterTerm {
  const fields = text.split(':')
  if (fields.length < 2)
    throw wrong(text, `"${text}" has no colon; write VENDOR: for a vendor, ::CLASS for a class, *:* for all`)
  if (fields.length > 4)
    throw wrong(text, `it has ${fields.length} fields; VENDOR:DEVICE:CLASS:PROG-IF is the most`)
  const [vendor = '', device = '', classText = '', progIf = ''] = fields
  return {
    vendor: parseId(text, 'vendor', vendor, 4),
    device: parseId(text, 'device', device, 4),
    class: parseClass(text, classText),
    progIf: parseId(text, 'programming interface', progIf, 2),
  }
}

const isAny = (field: string) => field === '' || field === '*'

function parseId(term: string, what: string, field: string, digits: number): number | null {
  if (isAny(field)) return null
  const match = new RegExp(`^0*([0-9a-f]{1,${digits}})$`, 'i').exec(field)
  if (match?.[1] === undefined)
    throw wrong(term, `"${field}" is no ${what}: up to ${digits} hexadecimal digits, without 0x`)
  return parseInt(match[1], 16)
}

function parseClass(term: string, field: string): Masked | null {
  if (isAny(field)) return null
  const digits = /^0*([0-9a-fx]{1,4})$/i.exec(field)?.[1]?.toLowerCase()
  if (digits === undefined)
    throw wrong(term, `"${field}" is no class: up to four hexadecimal digits, x for any digit`)
  const padded = digits.padStart(4, '0')
  return {
    value: parseInt(padded.replaceAll('x', '0'), 16),
    mask: parseInt(padded.replace(/[^x]/g, 'f').replaceAll('x', '0'), 16),
  }
}

function wrong(term: string, why: string): InvalidInput {
  return new InvalidInput('wrong-filter', `filter "${term}": ${why}`, { filter: term })
}

/** `progIf` empty = not known: whatever is asked for, it may be that. */
type Ids = Readonly<Record<'vendorId' | 'deviceId' | 'classId' | 'progIf', string>>

/** Whether one of the filter's terms fits; ids that no device has (0:0) fit none. */
export function passes(filter: Filter, device: Ids): boolean {
  return firstTerm(filter, device) >= 0
}

/** The devices that pass, those of the first term first; each once, otherwise in their order. */
export function inFilterOrder<T extends Ids>(filter: Filter, devices: readonly T[]): readonly T[] {
  const byTerm: T[][] = filter.map(() => [])
  for (const device of devices) byTerm[firstTerm(filter, device)]?.push(device)
  return byTerm.flat()
}

/** The index of the first term that fits; -1 = none. */
function firstTerm(filter: Filter, device: Ids): number {
  const vendor = parseInt(device.vendorId, 16)
  const deviceNumber = parseInt(device.deviceId, 16)
  const classNumber = parseInt(device.classId, 16)
  const progIf = parseInt(device.progIf, 16)
  return filter.findIndex(
    (term) =>
      (term.vendor ?? vendor) === vendor &&
      (term.device ?? deviceNumber) === deviceNumber &&
      (term.class === null || (classNumber & term.class.mask) === term.class.value) &&
      (term.progIf === null || Number.isNaN(progIf) || term.progIf === progIf),
  )
}
