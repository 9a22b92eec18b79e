/** Single rows of lists that have one for each host, by host id: a page that begins at the host and ends with it. */
import { pageAt } from './client.ts'

/** `cache` as `pageAt` has it. Gives a function that puts the hosts' rows as they are now into a list, and takes out those of hosts that are gone. */
export async function rowsOfHosts<T>(
  path: string,
  hosts: readonly number[],
  hostOf: (row: T) => number,
  cache?: RequestCache,
): Promise<(rows: readonly T[]) => readonly T[]> {
  const signal = AbortSignal.timeout(30_000)
  const read = hosts.map((host) => pageAt<T>(`${path}?limit=1&after=${host - 1}`, signal, cache))
  const found = (await Promise.all(read)).flatMap(({ rows }) => rows)
  const fresh = new Map(found.map((row) => [hostOf(row), row]))
  return (rows) => {
    const others = rows.filter((row) => !hosts.includes(hostOf(row)))
    const asked = hosts.flatMap((host) => fresh.get(host) ?? [])
    return [...others, ...asked].sort((a, b) => hostOf(a) - hostOf(b))
  }
}
