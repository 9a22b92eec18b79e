/** CPU, memory and times as OpenNebula's command line writes them. */

const UNITS = ['M', 'G', 'T', 'P'] as const
const BYTES_OF: Readonly<Record<string, number>> = { K: 1 / 1024, M: 1, G: 1024, T: 1024 ** 2, P: 1024 ** 3 }

/** `512M`, `16G`, `11.8G`: the largest unit that leaves at least 1, one digit after the point at most. */
export function memoryText(mib: number | null): string {
  if (mib === null) return '-'
  let amount = mib
  let unit = 0
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024
    unit++
  }
  return `${Number(amount.toFixed(1))}${UNITS[unit]}`
}

/** MiB of `8G`, `512M`, `1.5T`, or of a bare number, which is MiB; null for anything else. */
export function parseMemory(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGTP]?)$/i.exec(text)
  if (!match) return null
  return Number(match[1]) * (BYTES_OF[(match[2] ?? '').toUpperCase()] ?? 1)
}

/** `used / total (n%)`; without a total, `used / -`. */
export function shareText(used: number, total: number | null, text: (amount: number) => string): string {
  if (total === null) return `${text(used)} / -`
  const percent = total === 0 ? 0 : Math.round((used / total) * 100)
  return `${text(used)} / ${text(total)} (${percent}%)`
}

/** `2026-11-21 01:23:18Z` of an ISO 8601 time; `-` of null. */
export function timeText(iso: string | null): string {
  return iso === null ? '-' : iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z')
}

/** `45s`, `5m`, `3h`, `2d`: the largest unit that leaves at least 1. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}
