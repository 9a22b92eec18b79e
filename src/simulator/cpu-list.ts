/** The kernel's CPU lists (`0-31,128-159`; Documentation/admin-guide/cputopology.rst). */

/** How many CPUs a list names. */
export function countCpus(list: string): number {
  return cpusOf(list).length
}

export function cpusOf(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
