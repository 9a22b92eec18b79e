/** Hosts that say the same are one row of why a VM waits, and are found by words. */
import { expect, test } from 'vitest'
import { groupReasons, searchReasons } from '../../src/web/parts/reason-groups.ts'

const change = { code: 'undrain', message: 'undrain 0000:01:00.0', address: '0000:01:00.0', vm: null }
const reason = (host: number, message: string, changes?: (typeof change)[] | null) => ({
  ...{ host, hostName: `kvm-${host}`, code: 'cpu', message },
  ...(changes !== undefined && { changes }),
})

test('the reason of most hosts comes first; other changes make another row', () => {
  const groups = groupReasons([
    reason(1, 'no core'),
    reason(2, 'off', [change]),
    reason(3, 'off', null),
    reason(4, 'off', [change]),
  ])
  expect(groups.map(({ message, hosts, changes }) => [message, hosts.map(({ id }) => id), changes])).toEqual([
    ['off', [2, 4], [change]],
    ['no core', [1], undefined],
    ['off', [3], null],
  ])
})

test('words are looked for in reason, change and host together; other hosts of the row are left out', () => {
  const groups = groupReasons([reason(1, 'off', [change]), reason(12, 'off', [change]), reason(3, 'no core')])
  const found = (text: string) => searchReasons(groups, text).map(({ hosts }) => hosts.map(({ id }) => id))
  expect(found('UNDRAIN kvm-12')).toEqual([[12]])
  expect(found('core')).toEqual([[3]])
  expect(found('core off')).toEqual([])
})
