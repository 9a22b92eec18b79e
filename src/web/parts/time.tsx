/** A time as people say it, with the exact one behind it. */
import { useSyncExternalStore } from 'react'
import { controllerNow } from '../api/clock.ts'

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })

/** `3 min. ago`; both in ms since the epoch. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000)
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second', 1]
  return relative.format(Math.trunc(seconds / size), unit)
}

/** `at`: ISO 8601; null = never. */
export function Time({ at }: { readonly at: string | null }) {
  const now = useNow()
  if (at === null) return <>never</>
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {ago(past(Date.parse(at), now), now)}
    </time>
  )
}

const TICK_MS = 5_000

/** The page's clock stands still between two ticks: what happens meanwhile is no future. */
const past = (at: number, now: number): number => (at - now < 2 * TICK_MS ? Math.min(at, now) : at)

let now = controllerNow()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

/** One clock for all times that are shown. */
function useNow(): number {
  return useSyncExternalStore(listen, () => now)
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === null) now = controllerNow()
  timer ??= setInterval(() => {
    now = controllerNow()
    for (const tell of listeners) tell()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}
