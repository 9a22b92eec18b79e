/** The kernel's lists of numbers, `0-3,8`: pure (Documentation/admin-guide/cputopology.rst). */

/** How many are in the list; 0 for an empty one (a node with memory only). */
export function countCpus(list: string): number {
  return list
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '')
    .reduce((sum, range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return sum + last - first + 1
    }, 0)
}
