/** SHA-256 of what agent and controller compare without sending it. */
import { createHash } from 'node:crypto'

/** Hex. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Of a JSON value, whatever the order of its objects' keys: two programs, or two versions of one, may write them differently. */
export const digestOf = (value: unknown): string => digest(JSON.stringify(value, sorted))

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
