/** Quotas: how many devices that a selector could match a user's VMs may ask for at a time. Pure. */
import { InvalidInput } from './errors.ts'
import type { Request } from './request.ts'

export interface Quota {
  readonly owner: string
  /** As `parseQuotaSelector` writes it. */
  readonly selector: string
  readonly most: number
}

/** `value` under `mask`; a mask of 0 = any. */
interface Masked {
  readonly value: number
  readonly mask: number
}

export interface QuotaSelector {
  readonly text: string
  readonly vendor: Masked
  readonly device: Masked
  readonly class: Masked
}

const ANY: Masked = { value: 0, mask: 0 }
/** Network controllers: what a TYPE = "NIC" block without CLASS asks for. */
const NETWORK: Masked = { value: 0x0200, mask: 0xff00 }

/**
 * Reads `[vendor]:[device][:class]` in the syntax of `berth probe pci --filter` (one term, no programming interface: requests have
 * none) and writes it in one way only: `:` = all devices. InvalidInput `wrong-selector`.
 */
export function parseQuotaSelector(text: string): QuotaSelector {
  const [vendor, device, classText = '', ...more] = text.trim().toLowerCase().split(':')
  if (vendor === undefined || device === undefined || more.length > 0)
    throw wrong(text, 'write VENDOR: for a vendor, VENDOR:DEVICE, ::CLASS for a class, or : for all devices')
  const parts = [
    masked(text, vendor, /^0*([0-9a-f]{1,4})$/),
    masked(text, device, /^0*([0-9a-f]{1,4})$/),
    masked(text, classText, /^0*([0-9a-fx]{1,4})$/),
  ] as const
  const words = parts.map(({ digits }) => digits)
  return {
    text: `${words[0]}:${words[1]}${words[2] === '' ? '' : `:${words[2]}`}`,
    vendor: parts[0].masked,
    device: parts[1].masked,
    class: parts[2].masked,
  }
}

function masked(term: string, field: string, form: RegExp): { readonly digits: string; masked: Masked } {
  if (field === '' || field === '*') return { digits: '', masked: ANY }
  const digits = form.exec(field)?.[1]?.padStart(4, '0')
  if (digits === undefined)
    throw wrong(
      term,
      `"${field}" is not up to four hexadecimal digits (in a class x stands for any), without 0x`,
    )
  const value = parseInt(digits.replaceAll('x', '0'), 16)
  return { digits, masked: { value, mask: parseInt(digits.replace(/[^x]/g, 'f').replaceAll('x', '0'), 16) } }
}

function wrong(text: string, why: string): InvalidInput {
  return new InvalidInput('wrong-selector', `"${text}" selects no devices: ${why}`, { selector: text })
}

/**
 * Devices that the requests could take of those that the selector means: a request counts with its COUNT (with FUNCTIONS = "ALL" that is
 * slots) unless the two contradict each other, optional ones too. What a request leaves open could be anything.
 */
export function countAgainst(selector: QuotaSelector, requests: readonly Request[]): number {
  return requests
    .filter((request) => !contradict(selector, request))
    .reduce((sum, { count }) => sum + count, 0)
}

function contradict(selector: QuotaSelector, { selector: asked, network }: Request): boolean {
  const openClass = network === undefined ? ANY : NETWORK
  const pairs = [
    [selector.vendor, exactly(asked.vendorId) ?? ANY],
    [selector.device, exactly(asked.deviceId) ?? ANY],
    [selector.class, exactly(asked.classId) ?? openClass],
  ] as const
  return pairs.some(([one, other]) => ((one.value ^ other.value) & one.mask & other.mask) !== 0)
}

const exactly = (id: string | null): Masked | null =>
  id === null ? null : { value: parseInt(id, 16), mask: 0xffff }
