/** One thing at a time on a host: of this program, which is the only one there, as the state's lock says. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>

export function createLock(): Lock {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = before.then(work)
    before = result.catch(() => {})
    return result
  }
}
