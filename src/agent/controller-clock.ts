/** The controller's clock as this host knows it: what it said last, and the time gone by since. The host's own clock may be wrong. */
export interface ControllerClock {
  /** It said so just now. */
  heard(now: number): void
  /** When it was `at` here (monotonic), there; null = the controller was never heard. Rather too early than too late. */
  timeOf(at: number): number | null
}

export function createControllerClock(monotonic: () => number): ControllerClock {
  let last: { readonly said: number; readonly at: number } | null = null
  return {
    heard: (said) => {
      last = { said, at: monotonic() }
    },
    timeOf: (at) => (last === null ? null : Math.floor(last.said + at - last.at)),
  }
}
