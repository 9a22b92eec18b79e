/** Which VMs the list shows, and how many it counts of each state. */
import { expect, test } from 'vitest'
import type { VmSummary } from '../../src/web/api/documents.ts'
import { filterVms, NO_OWNER } from '../../src/web/vms/vm-filter.ts'

const vm = (id: number, more: Partial<VmSummary> = {}): VmSummary => ({
  ...{ id, name: `vm-${id}`, owner: null, state: 'RUNNING', priority: 0, host: 1, hostName: 'kvm-1' },
  ...{ cpu: 100, memoryMiB: 64, devices: [], usb: [], message: null, createdAt: '2026-11-27T00:00:00Z' },
  ...more,
})

const VMS = [
  vm(1, { owner: 'ada' }),
  vm(2, { state: 'PENDING', host: null, hostName: null, message: 'Cannot dispatch VM: no cores' }),
  vm(3, { hostName: 'kvm-3', owner: 'ada', state: 'POWEROFF' }),
]
const ANY = { states: new Set<string>(), host: '', owner: '', text: '' }
const ids = (filter: Partial<typeof ANY>) => filterVms(VMS, { ...ANY, ...filter }).shown.map(({ id }) => id)

test.each<readonly [string, Partial<typeof ANY>, readonly number[]]>([
  ['nothing said', {}, [1, 2, 3]],
  ['a state', { states: new Set(['PENDING', 'POWEROFF']) }, [2, 3]],
  ['a host', { host: 'kvm-3' }, [3]],
  ['an owner', { owner: 'ada' }, [1, 3]],
  ['nobody', { owner: NO_OWNER }, [2]],
  ['all words, anywhere', { text: ' CORES vm-2' }, [2]],
  ['not all words', { text: 'cores ada' }, []],
])('%s', (_, filter, expected) => {
  expect(ids(filter)).toEqual(expected)
})

test('states are counted of what the rest of the filter leaves, chosen or not', () => {
  const { counts } = filterVms(VMS, { ...ANY, owner: 'ada', states: new Set(['RUNNING']) })
  expect([...counts]).toEqual([
    ['RUNNING', 1],
    ['POWEROFF', 1],
  ])
})
