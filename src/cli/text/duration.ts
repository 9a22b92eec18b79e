/** Lengths of time as people type them: `45m`, `12h`, `30d`. */
import { InvalidArgumentError } from 'commander'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

/** Seconds; wrong usage where it is none. */
export function duration(text: string): number {
  const match = /^(\d{1,6})([smhdw])$/.exec(text)
  const seconds = Number(match?.[1]) * (SECONDS[match?.[2] ?? ''] ?? 0)
  if (!match || seconds === 0)
    throw new InvalidArgumentError('It must be a length of time such as 45m, 12h or 30d.')
  return seconds
}

/** Commander takes null for no value, so `never` stays a word. */
export const durationOrNever = (text: string): number | 'never' => (text === 'never' ? text : duration(text))
