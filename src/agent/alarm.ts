/** Sleep between two rounds that a ring or the end of the program cuts short. */
export interface Alarm {
  /** At most so long; not at all where it rang since the last sleep, or the program is to end. */
  sleep(ms: number): Promise<void>
  ring(): void
}

/** The longest that a timer counts. */
const LONGEST_MS = 2 ** 31 - 1

export function createAlarm(stop: AbortSignal): Alarm {
  let rung = stop.aborted
  let wake: () => void = () => {}
  const ring = () => {
    rung = true
    wake()
  }
  stop.addEventListener('abort', ring, { once: true })
  return {
    ring,
    sleep: async (ms) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(ms, LONGEST_MS))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      wake = () => {}
      rung = stop.aborted
    },
  }
}
