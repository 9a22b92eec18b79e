/** What only an application that listens to others has: figures, signs of life, an end that is gentle. */
import type { Database } from '../database/open.ts'
import type { Metrics } from './metrics.ts'
import { createPulse, type Pulse } from './pulse.ts'

export interface Served {
  readonly pulse: Pulse
  readonly metrics: Metrics
  /** Aborted when the program is to end: no longer ready, nobody else is let in. */
  readonly stopping: AbortSignal
  /** Loops run in this process, and their last cycle is not to be older than that; null = none run here. */
  readonly cycleLimitMs: number | null
}

export interface ServedOptions {
  readonly database: Database
  readonly stopping: AbortSignal
  readonly cycleLimitMs: number | null
  /** See MetricsSources. */
  readonly silentAfterMs: number
  now(): number
}

/** Loads what only it needs. The controller's loops are to tell `pulse`. */
export async function createServed(options: ServedOptions): Promise<Served> {
  const { createMetrics } = await import('./metrics.ts')
  const { database, stopping, cycleLimitMs, silentAfterMs, now } = options
  const pulse = createPulse(now)
  const metrics = createMetrics({ database, pulse, silentAfterMs, now })
  return { pulse, metrics, stopping, cycleLimitMs }
}
