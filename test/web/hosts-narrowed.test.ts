/** Which hosts and devices the page shows for what its address asks, what types are called, and where the map's keys lead. */
import { describe, expect, test } from 'vitest'
import type { HostSummary, MappedHost } from '../../src/web/api/documents.ts'
import { deviceFilter } from '../../src/web/hosts/device-filter.ts'
import { countStates, type FleetHost, fleetOf, typeTotals } from '../../src/web/hosts/fleet.ts'
import { moved } from '../../src/web/hosts/map/keys.ts'
import { narrowed, withState } from '../../src/web/hosts/narrowed.ts'
import { shortNames } from '../../src/web/hosts/type-name.ts'
import { hostSummary } from '../cli/documents.ts'

type State = MappedHost['types'][number]['devices'][number]['state']

const host = (id: number, name: string, more: Partial<HostSummary> = {}): HostSummary => ({
  ...hostSummary({ id, name }),
  ...more,
})

const map = (id: number, types: Readonly<Record<string, readonly State[]>>): MappedHost => ({
  ...{ host: id, hostName: '', cluster: 'default', state: 'on' },
  types: Object.entries(types).map(([type, states]) => ({
    ...{ type, name: type === GPU ? 'GA100 [A100 PCIe 40GB]' : null },
    devices: states.map((state, n) => ({ address: `0000:0${n}:00.0`, state, vm: null })),
  })),
})

const GPU = '10de:20f1:0302'
const NIC = '15b3:101b:0200'

const FLEET = fleetOf(
  [host(1, 'gpu-10', { cluster: 'a' }), host(2, 'gpu-9', { state: 'off' }), host(3, 'nic-1'), host(4, 'new')],
  [
    map(1, { [GPU]: ['free', 'attached'] }),
    map(2, { [GPU]: ['free'], [NIC]: ['drained'] }),
    map(3, { [NIC]: [] }),
  ],
)
const ALL = { name: '', cluster: '', state: '', devices: deviceFilter('') }
const names = (fleet: readonly FleetHost[]) => fleet.map(({ host: { name } }) => name)

test('hosts come as people sort them, those whose devices are not read yet among them', () => {
  expect(names(FLEET)).toEqual(['gpu-9', 'gpu-10', 'new', 'nic-1'])
  expect(FLEET[2]?.types).toBeNull()
})

describe('narrowed', () => {
  test.each([
    ['by a part of the name, in any case', { name: 'GPU' }, ['gpu-9', 'gpu-10']],
    ['by cluster', { cluster: 'a' }, ['gpu-10']],
    ['by state', { state: 'off' }, ['gpu-9']],
    ['by vendor', { devices: deviceFilter('10de:') }, ['gpu-9', 'gpu-10']],
    ['by class, as a probe has it', { devices: deviceFilter('::02xx') }, ['gpu-9', 'nic-1']],
    ['by a word of the name', { devices: deviceFilter('a100') }, ['gpu-9', 'gpu-10']],
    ['by what cannot be understood: not at all', { devices: deviceFilter('zz:') }, names(FLEET)],
  ])('%s', (_, wanted, expected) => {
    expect(names(narrowed(FLEET, { ...ALL, ...wanted }))).toEqual(expected)
  })

  test('leaves of the hosts only the devices that are asked for', () => {
    const found = narrowed(FLEET, { ...ALL, devices: deviceFilter(GPU) })
    expect(typeTotals(found)).toEqual([
      { type: GPU, name: 'A100 PCIe 40GB', fullName: 'GA100 [A100 PCIe 40GB]', free: 2, total: 3 },
    ])
    expect([...countStates(found)]).toEqual([
      ['free', 2],
      ['attached', 1],
    ])
  })

  test('to a state of a device that is asked for, not of another', () => {
    const found = narrowed(FLEET, { ...ALL, devices: deviceFilter(GPU) })
    expect(names(withState(found, 'drained'))).toEqual([])
    expect(names(withState(FLEET, 'drained'))).toEqual(['gpu-9'])
  })

  test('says what of a filter cannot be understood', () => {
    expect(deviceFilter('zz:').wrong).toContain('zz')
  })
})

test('types of one name are told apart by their class, others are not', () => {
  const named = (type: string, fullName: string | null) => ({ type, fullName })
  const types = [named('15b3:101b:0200', null), named('15b3:101b:0207', null), named(GPU, 'GA100 [A100]')]
  expect([...shortNames(types).values()]).toEqual(['15b3:101b (0200)', '15b3:101b (0207)', 'A100'])
})

test('types of one name and one class are told apart by their ids', () => {
  const types = ['8086:a182:0106', '8086:a1d2:0106'].map((type) => ({ type, fullName: 'SATA [AHCI mode]' }))
  expect([...shortNames(types).values()]).toEqual(['AHCI mode (8086:a182)', 'AHCI mode (8086:a1d2)'])
})

describe('a key on the map', () => {
  test.each([
    ['ArrowRight', { row: 0, item: 1 }, { row: 0, item: 2 }],
    ['ArrowRight', { row: 0, item: 2 }, { row: 0, item: 2 }],
    ['ArrowDown', { row: 1, item: 2 }, { row: 2, item: 0 }],
    ['ArrowUp', { row: 0, item: 1 }, { row: 0, item: 1 }],
    ['PageDown', { row: 0, item: 0 }, { row: 3, item: 0 }],
    ['Home', { row: 1, item: 2 }, { row: 1, item: 0 }],
    ['End', { row: 1, item: 0 }, { row: 1, item: 2 }],
    ['a', { row: 1, item: 0 }, null],
  ])('%s from %o leads to %o', (key, from, to) => {
    expect(moved(FLEET, from, key, false)).toEqual(to)
  })
})
