/** Amounts and addresses as people read them. */
import { parseAddress, shortAddress } from '../../model/address.ts'

const UNITS = ['MiB', 'GiB', 'TiB', 'PiB'] as const

/** Cores, of hundredths of one: `0.5`. */
export const coresText = (cpu: number): string => String(cpu / 100)

/** `512 MiB`, `16 GiB`, `11.8 GiB`: the largest unit that leaves at least 1, one digit after the point at most. */
export function memoryText(mib: number): string {
  let [amount, unit] = [mib, 0]
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024
    unit++
  }
  return `${Number(amount.toFixed(1))} ${UNITS[unit]}`
}

/** `3b:00.1` in domain 0000, as the command line has it. */
export function shortText(address: string): string {
  const parsed = parseAddress(address)
  return parsed === null ? address : shortAddress(parsed)
}

/** `1 VM`, `3 VMs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
