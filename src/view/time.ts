/** Times as documents have them. */

/** ISO 8601 in UTC of milliseconds since the epoch; null stays null. */
export function isoTime(time: number): string
export function isoTime(time: number | null): string | null
export function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
