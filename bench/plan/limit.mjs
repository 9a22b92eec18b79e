/** Limits, clocks and the list of what passed its limit. */

export const LIMITS = { planSeconds: 2, ratio: 2, oneHostMs: 5, readSeconds: 1, residentGiB: 2 }

/** Processor time of this process beside the wall's: on a busy machine the first tells more. */
export const milliseconds = (work) => {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  const result = work()
  const ms = Number(process.hrtime.bigint() - start) / 1e6
  const used = process.cpuUsage(cpu)
  return { result, ms, cpuMs: (used.user + used.system) / 1000 }
}

export const failures = []
export function limit(what, value, most, unit) {
  const ok = value <= most
  console.log(`  ${ok ? 'ok  ' : 'OVER'} ${what}: ${value.toFixed(2)} ${unit} (limit ${most})`)
  if (!ok) failures.push(what)
}
