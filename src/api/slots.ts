/** How many of something there may be at a time: who comes when all are taken is turned away. */
export interface Slots {
  /** False = there is none left. */
  take(): boolean
  free(): void
}

export function createSlots(most: number): Slots {
  let taken = 0
  return {
    take: () => {
      if (taken >= most) return false
      taken++
      return true
    },
    free: () => {
      taken--
    },
  }
}
