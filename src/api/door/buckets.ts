/** How often somebody may: a bucket each that refills, kept for those who came last. */

export interface Rate {
  /** At once, after a rest. */
  readonly burst: number
  readonly perSecond: number
}

export interface Buckets {
  /** Takes one. Seconds until the next is there, rounded up; 0 = there was one. */
  take(key: string): number
  /** Likewise without taking. */
  wait(key: string): number
}

/** Keys are kept for so many, so that many addresses fill no memory; whoever came longest ago starts afresh. */
const MOST_KEYS = 20_000

/** `now` in ms. */
export function createBuckets({ burst, perSecond }: Rate, now: () => number, most = MOST_KEYS): Buckets {
  const kept = new Map<string, { readonly left: number; readonly at: number }>()
  const leftOf = (key: string, at: number): number => {
    const bucket = kept.get(key)
    if (bucket === undefined) return burst
    return Math.min(burst, bucket.left + (Math.max(0, at - bucket.at) / 1000) * perSecond)
  }
  const missing = (left: number): number => (left >= 1 ? 0 : Math.ceil((1 - left) / perSecond))
  return {
    wait: (key) => missing(leftOf(key, now())),
    take: (key) => {
      const at = now()
      const left = leftOf(key, at)
      const wait = missing(left)
      kept.delete(key)
      kept.set(key, { left: wait === 0 ? left - 1 : left, at })
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
      return wait
    },
  }
}
