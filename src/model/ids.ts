/** PCI ids (vendor, device, class): four hexadecimal digits, compared as numbers by being canonical. */

declare const hexIdBrand: unique symbol

/** Lower-case hexadecimal, exactly four digits, no `0x`: `10de`, `0302`. */
export type HexId = string & { readonly [hexIdBrand]: true }

/** Reads 1 to 4 hexadecimal digits, any case, an optional `0x`; leading zeros beyond four digits are accepted. Null for anything else. */
export function parseHexId(text: string): HexId | null {
  const match = /^(?:0x)?0*([0-9a-f]{1,4})$/i.exec(text)
  return match?.[1] === undefined ? null : (match[1].toLowerCase().padStart(4, '0') as HexId)
}

/** The id of a number from 0 to 0xffff. */
export function hexId(value: number): HexId {
  return value.toString(16).padStart(4, '0') as HexId
}
