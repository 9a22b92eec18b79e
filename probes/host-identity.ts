/** Which host and which boot a report is of. */
import { hostname } from 'node:os'
import { readText } from './read.ts'

/** The kernel's host name below `proc`, else that of the running system. */
export function readHostName(proc: string): string {
  return readText(`${proc}/sys/kernel/hostname`) ?? hostname()
}

/** /proc/sys/kernel/random/boot_id: IOMMU group numbers are valid within one boot. Null where there is none. */
export function readBootId(proc: string): string | null {
  return readText(`${proc}/sys/kernel/random/boot_id`)
}
