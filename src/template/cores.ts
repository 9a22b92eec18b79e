/** CPU amounts: decimal text -> whole hundredths of a core, without binary fractions in between. */

/**
 * Hundredths of a core of a decimal number of cores, rounded up: `0.29` is 29, `0.291` is 30, `4` is 400.
 * Null for anything but digits with at most one point, and for amounts above 10 million cores.
 */
export function hundredthsOfCores(text: string): number | null {
  const match = /^(\d*)(?:\.(\d*))?$/.exec(text)
  if (!match || !/\d/.test(text)) return null
  const [, whole = '', fraction = ''] = match
  const rounding = /[1-9]/.test(fraction.slice(2)) ? 1 : 0
  const hundredths = Number(whole) * 100 + Number(fraction.slice(0, 2).padEnd(2, '0')) + rounding
  return hundredths <= 1e9 ? hundredths : null
}
