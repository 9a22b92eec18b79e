/** CPU and memory in the words of the command line. */

const UNITS = ['M', 'G', 'T', 'P'] as const

/** `512M`, `16G`, `11.8G`: the largest unit that leaves at least 1; `-` = not known. */
export function memoryText(mib: number | null): string {
  if (mib === null) return '-'
  const unit = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, mib)) / 10)))
  return `${Number((mib / 1024 ** unit).toFixed(1))}${UNITS[unit]}`
}

/** Cores of hundredths of one: `12`, `0.5`. */
export const coresText = (hundredths: number | null): string =>
  hundredths === null ? '-' : String(hundredths / 100)

/** `1 device`, `2 devices`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
