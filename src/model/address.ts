/** PCI addresses: parsed once at the door into a canonical value, compared and taken apart here. */

declare const addressBrand: unique symbol

/**
 * A PCI address in canonical text, `0000:3b:00.1` = domain:bus:slot.function: lower case, domain of four digits or
 * more (32 bits at most: Linux numbers VMD domains from 10000), bus 00-ff, slot 00-1f, function 0-7.
 * A branded string, so that it can be a map key and a JSON value without conversion.
 */
export type Address = string & { readonly [addressBrand]: true }

export interface AddressParts {
  readonly domain: number
  readonly bus: number
  readonly slot: number
  readonly function: number
}

const PATTERN = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})[.:]([0-7])$/i

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/**
 * Reads `0000:3b:00.1`, `3b:00.1` (domain 0) and OpenNebula's `0000:3b:00:1`; any case.
 * Gives null for everything else (slot above 1f, function above 7, a stray character).
 */
export function parseAddress(text: string): Address | null {
  const match = PATTERN.exec(text)
  if (!match) return null
  const [, domain = '0', bus = '', slot = '', fn = ''] = match
  const parts = {
    domain: parseInt(domain, 16),
    bus: parseInt(bus, 16),
    slot: parseInt(slot, 16),
    function: Number(fn),
  }
  return parts.slot > 0x1f ? null : formatAddress(parts)
}

/** The canonical text of an address's parts; parts out of range are a programming error. */
export function formatAddress(parts: AddressParts): Address {
  const text = `${hex(parts.domain, 4)}:${hex(parts.bus, 2)}:${hex(parts.slot, 2)}.${parts.function}`
  return text as Address
}

export function addressParts(address: Address): AddressParts {
  const colon = address.length - 8
  return {
    domain: parseInt(address.slice(0, colon), 16),
    bus: parseInt(address.slice(colon + 1, colon + 3), 16),
    slot: parseInt(address.slice(colon + 4, colon + 6), 16),
    function: address.charCodeAt(address.length - 1) - 48,
  }
}

/** Numeric order by domain, bus, slot, function: for `Array.prototype.sort`. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** `0000:3b:00`, the slot that an address's function belongs to. */
export function slotOf(address: Address): string {
  return address.slice(0, -2)
}

/** `3b:00.1` in domain 0000; other domains keep theirs: `10000:e1:00.0`. */
export function shortAddress(address: Address): string {
  return address.startsWith('0000:') ? address.slice(5) : address
}
