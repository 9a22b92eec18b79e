/** A value as template text: quoted so that it reads back as it is, or bare where that is how one writes it. */

/** What `parse.ts` reads without quotes, and no quote, which would look like one that opens. */
const BARE = /^[^=#\s,[\]"]+$/
const NUMBER = /^\d+(?:\.\d+)?$/

/** A backslash at its end is kept from the quote that follows by a blank. */
export function quoted(value: string): string {
  return `"${value.replaceAll('"', '\\"').replace(/\\$/, '\\ ')}"`
}

/** In the style of what it replaces. */
export function inPlaceOf(before: string, value: string): string {
  return before !== '' && !before.startsWith('"') && BARE.test(value) ? value : quoted(value)
}

export const single = (value: string): string => (NUMBER.test(value) ? value : quoted(value))
