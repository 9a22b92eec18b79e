/** What the External Scheduler writes to its log of VMs that wait. */
import { expect, test } from 'vitest'
import { newsTeller } from '../../src/opennebula/external/news.ts'

const waiting = (count: number, message: (n: number) => string = () => 'no room') =>
  Array.from({ length: count }, (_, n) => ({ vm: n + 1, message: message(n) }))

function told(...cycles: readonly ReturnType<typeof waiting>[]): string[] {
  const lines: string[] = []
  const tell = newsTeller((line) => lines.push(line))
  for (const cycle of cycles) tell(cycle)
  return lines
}

test.each<[string, ReturnType<typeof waiting>[], string[]]>([
  ['a line for each', [waiting(2)], ['VM 1: no room', 'VM 2: no room']],
  ['once as long as it stays', [waiting(2), waiting(2)], ['VM 1: no room', 'VM 2: no room']],
  ['again when it had gone', [waiting(1), [], waiting(1)], ['VM 1: no room', 'VM 1: no room']],
  ['many by reason', [waiting(21)], ['21 VMs (1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and others): no room']],
  [
    'the most frequent reason first',
    [
      waiting(21, (n) => (n < 1 ? 'alone' : 'no room'))
        .slice(0, 4)
        .concat(waiting(40).slice(10, 30)),
    ],
    ['23 VMs (2, 3, 4, 11, 12, 13, 14, 15, 16, 17 and others): no room', 'VM 1: alone'],
  ],
])('%s', (_, cycles, lines) => {
  expect(told(...cycles)).toEqual(lines)
})

test('a thousand reasons are 21 lines', () => {
  const lines = told(waiting(1000, (n) => `reason ${n}`))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('980 more VMs, for other reasons')
})
