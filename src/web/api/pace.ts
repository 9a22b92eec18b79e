/** When what is shown is read again after changes: one reading at a time, and none so often that reading is all that is done. */
import type { Query, QueryClient } from '@tanstack/react-query'
import './query-meta.ts'

/** Hosts, by id, that changed; null = more than is known. */
export type ChangedHosts = ReadonlySet<number> | null

/** After a reading that took a second nothing is read for four. */
const REST = 4
/** So many hosts are read one by one, more of them with all the others. */
const ONE_BY_ONE = 8

interface Reading {
  /** When the last one of all began and ended; ms since the epoch. */
  begun: number
  ended: number
  /** A few hosts are being read. */
  isBusy: boolean
  /** Changed since the last reading began; undefined = nothing. */
  changed: ChangedHosts | undefined
  timer: ReturnType<typeof setTimeout> | null
}

/** A change that comes while a reading is under way may be missing in it: it is read once more. */
export function createPace(queries: QueryClient) {
  const readings = new Map<Query, Reading>()
  const of = (query: Query): Reading => {
    const known = readings.get(query)
    const reading = known ?? { begun: 0, ended: 0, isBusy: false, changed: undefined, timer: null }
    if (known === undefined) readings.set(query, reading)
    return reading
  }

  const plan = (query: Query): void => {
    const reading = of(query)
    if (reading.changed === undefined || reading.isBusy || reading.timer !== null) return
    if (query.state.fetchStatus === 'fetching') return
    const rested = reading.ended + REST * (reading.ended - reading.begun)
    const wait = isFew(query, reading.changed) ? 0 : Math.max(0, rested - Date.now())
    reading.timer = setTimeout(() => void read(query, reading), wait)
  }

  const read = async (query: Query, reading: Reading): Promise<void> => {
    reading.timer = null
    const { changed } = reading
    if (changed === undefined) return
    reading.changed = undefined
    if (!isFew(query, changed)) return void queries.invalidateQueries({ predicate: (one) => one === query })
    reading.isBusy = true
    const done = await query.meta?.readHosts?.(queries, [...(changed ?? [])]).then(
      () => true,
      () => false,
    )
    reading.isBusy = false
    if (!done) reading.changed = null
    plan(query)
  }

  const stop = queries.getQueryCache().subscribe((event) => {
    const { query } = event
    if (event.type === 'removed') return void forget(readings, query)
    if (event.type !== 'updated') return
    const { action } = event
    if (action.type === 'fetch') of(query).begun = Date.now()
    if (action.type !== 'error' && (action.type !== 'success' || action.manual === true)) return
    of(query).ended = Date.now()
    plan(query)
  })

  return {
    changed: (query: Query, hosts: ChangedHosts): void => {
      const reading = of(query)
      reading.changed = joined(reading.changed, hosts)
      plan(query)
    },
    stop: (): void => {
      stop()
      for (const query of [...readings.keys()]) forget(readings, query)
    },
  }
}

/** Whether it is enough to read these hosts, of a list that is there. */
function isFew(query: Query, hosts: ChangedHosts): boolean {
  const mayRead = query.meta?.readHosts !== undefined && query.isActive() && query.state.data !== undefined
  return mayRead && hosts !== null && hosts.size <= ONE_BY_ONE
}

function joined(before: ChangedHosts | undefined, hosts: ChangedHosts): ChangedHosts {
  if (before === null || hosts === null) return null
  return new Set([...(before ?? []), ...hosts])
}

function forget(readings: Map<Query, Reading>, query: Query): void {
  const timer = readings.get(query)?.timer ?? null
  if (timer !== null) clearTimeout(timer)
  readings.delete(query)
}
