/** SIGINT and SIGTERM: the first, whichever it is, asks for a gentle end, and the second ends the process at once. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export type StopSignal = (typeof SIGNALS)[number]

/** As a shell would tell of a process that the signal ended. */
const STATUSES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 }

/** Calls `stop` once. Gives what takes the signals back to what they do by themselves. */
export function onStopSignal(stop: (signal: StopSignal) => void): () => void {
  let asked = false
  const hear = (signal: StopSignal) => {
    if (asked) process.exit(STATUSES[signal])
    asked = true
    stop(signal)
  }
  for (const signal of SIGNALS) process.on(signal, hear)
  return () => {
    for (const signal of SIGNALS) process.off(signal, hear)
  }
}
