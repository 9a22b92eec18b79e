/** How many of something there may be at a time, of all and of one who asks: who comes when all are taken is turned away. */
export interface Slots {
  /** False = there is none left, or none for `who`. */
  take(who: string): boolean
  free(who: string): void
}

/** Nobody may have more than a quarter: the others are to find some. */
const SHARE = 4

export function createSlots(most: number): Slots {
  const taken = new Map<string, number>()
  let all = 0
  return {
    take: (who) => {
      const own = taken.get(who) ?? 0
      if (all >= most || own >= most / SHARE) return false
      taken.set(who, own + 1)
      all++
      return true
    },
    free: (who) => {
      const own = (taken.get(who) ?? 0) - 1
      if (own > 0) taken.set(who, own)
      else taken.delete(who)
      all--
    },
  }
}
