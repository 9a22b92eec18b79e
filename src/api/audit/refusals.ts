/** Refusals for the log, so that a flood of them fills no disk: the first few of a minute stand for themselves, the rest as a number. */
import type { AuditEntry } from '../../database/audit.ts'

export interface Refusals {
  /** What is to be written now: the entry itself, or nothing. */
  note(entry: AuditEntry): readonly AuditEntry[]
  /** Numbers of those left out, of minutes that are over; `all` = of this one too. */
  settle(now: number, all?: boolean): readonly AuditEntry[]
}

const MINUTE_MS = 60_000
/** A minute's, of one who asks from one address. */
const EACH = 5
/** A minute's, of all. Numbers of those left out are kept for as many. */
const TOGETHER = 100

interface Left {
  readonly entry: AuditEntry
  count: number
}

export function createRefusals(): Refusals {
  let minute = 0
  let written = 0
  let each = new Map<string, number>()
  let left = new Map<string, Left>()

  const settle = (now: number, all = false): readonly AuditEntry[] => {
    const current = Math.floor(now / MINUTE_MS)
    if (current === minute && !all) return []
    const sums = [...left.values()].map(({ entry, count }) => ({ ...entry, facts: { more: count } }))
    minute = current
    written = 0
    each = new Map()
    left = new Map()
    return sums
  }
  return {
    settle,
    note: (entry) => {
      const before = settle(entry.at)
      const key = `${entry.origin} ${entry.who}`
      const count = each.get(key) ?? 0
      if (count < EACH && written < TOGETHER) {
        each.set(key, count + 1)
        written++
        return [...before, entry]
      }
      leaveOut(left, entry)
      return before
    },
  }
}

/** By address and code; where there are too many addresses, together. */
function leaveOut(left: Map<string, Left>, entry: AuditEntry): void {
  const key = `${entry.origin} ${entry.who} ${entry.outcome}`
  const known = left.get(key)
  if (known) known.count++
  else if (left.size < TOGETHER) left.set(key, { entry, count: 1 })
  else {
    const others = { ...entry, who: '-', role: '-', origin: 'others', action: 'several', subject: null }
    const sum = left.get('others')
    if (sum) sum.count++
    else left.set('others', { entry: { ...others, outcome: 'refused' }, count: 1 })
  }
}
