/** What is drift and what is not, row by row. */
import { describe, expect, test } from 'vitest'
import { type DriftDevice, type DriftRows, type DriftVm, findDrift } from '../../src/drift/find.ts'
import type { Claim } from '../../src/model/claim.ts'
import type { RunningDomain } from '../../src/model/usage.ts'
import { at, domain } from '../support/reports.ts'

const GPU = at('0000:08:00.0')
const MATE = at('0000:08:00.1')

const device = (address = GPU, facts: Partial<DriftDevice> = {}): DriftDevice => ({
  ...{ address, present: true, driver: 'vfio-pci', iommuGroup: 26, inUse: [] },
  ...{ reserved: false, boundFrom: null, numVfs: 0, wantedVfs: null, ...facts },
})

const claim = (address = GPU, role: Claim['role'] = 'passed'): Claim => ({
  ...{ host: 1, address, vm: 3, request: role === 'passed' ? 0 : null, role, iommuGroup: 26, identity: null },
})

const vm = (facts: Partial<DriftVm> = {}): DriftVm => ({
  ...{ id: 3, epoch: 2, state: 'RUNNING', busy: false, ...facts },
})

const own = (hostdevs: RunningDomain['hostdevs'] = [GPU], epoch = 2): RunningDomain =>
  domain('berth-3', { hostdevs, berth: { cluster: 'here', vm: 3, epoch } })

const drift = (rows: Partial<DriftRows>) =>
  findDrift({
    ...{ cluster: 'here', devices: [device()], claims: [claim()], vms: [vm()], domains: [own()] },
    origins: new Map(),
    ...rows,
  })

describe('a running VM', () => {
  test('with its device on vfio-pci and in its domain is as it should be', () => {
    expect(drift({})).toEqual([])
  })

  test('whose device is not in its domain', () => {
    expect(drift({ domains: [own([])] })).toMatchObject([
      { code: 'device-not-in-domain', vm: 3, address: GPU },
    ])
  })

  test('whose device is on another driver', () => {
    expect(drift({ devices: [device(GPU, { driver: 'nvidia' })] })).toMatchObject([
      { code: 'claimed-not-on-vfio', role: 'passed', driver: 'nvidia' },
    ])
  })

  test.each([
    ['had a driver and has none', null, 'snd', 1],
    ['had a driver and is on another', 'snd', 'snd', 1],
    ['never had one', null, null, 0],
    ['is on vfio-pci', 'vfio-pci', 'snd', 0],
  ])('whose mate %s: %#', (_, driver, origin, found) => {
    const devices = [device(), device(MATE, { driver })]
    const result = drift({
      ...{ devices, claims: [claim(), claim(MATE, 'held')], origins: new Map([[MATE, origin]]) },
    })
    expect(result.map(({ code }) => code)).toEqual(Array(found).fill('claimed-not-on-vfio'))
  })

  test('whose device vanished', () => {
    expect(drift({ devices: [device(GPU, { present: false })] })).toMatchObject([{ code: 'device-missing' }])
  })

  test('whose domain has a device more', () => {
    const devices = [device(), device(MATE)]
    expect(drift({ devices, domains: [own([GPU, MATE])] })).toMatchObject([
      { code: 'device-not-claimed', vm: null, address: MATE },
    ])
  })

  test('with an order under way is left alone', () => {
    expect(drift({ vms: [vm({ busy: true })], domains: [own([])] })).toEqual([])
  })
})

describe('domains', () => {
  test.each([
    ['of an unknown VM', [], 2],
    ['of an older epoch', [vm()], 1],
  ])('with our mark %s are orphans', (_, vms, epoch) => {
    const result = drift({ vms, claims: [], devices: [], domains: [own([], epoch)] })
    expect(result).toEqual([{ code: 'orphan-domain', domain: 'berth-3', vm: 3, epoch }])
  })

  test("of another database hold their devices without being drift, unless the device is a VM's here", () => {
    const other = domain('berth-3', { hostdevs: [GPU], berth: { cluster: 'there', vm: 3, epoch: 2 } })
    expect(drift({ vms: [], claims: [], domains: [other] })).toEqual([])
    expect(drift({ domains: [own(), other] })).toMatchObject([{ code: 'device-not-claimed', vm: 3 }])
  })
})

describe("nobody's device", () => {
  const free = { claims: [], vms: [], domains: [] }

  test.each([
    ['on vfio-pci, came from nvidia', 'vfio-pci', 'nvidia', 1],
    ['on nothing, came from nvidia', null, 'nvidia', 1],
    ['on nouveau, came from nvidia: the host has chosen since', 'nouveau', 'nvidia', 0],
    ['on vfio-pci, came from there', 'vfio-pci', 'vfio-pci', 0],
    ['on vfio-pci, never given', 'vfio-pci', undefined, 0],
  ])('%s', (_, driver, origin, found) => {
    const origins = new Map(origin === undefined ? [] : [[GPU, origin]])
    const result = drift({ ...free, devices: [device(GPU, { driver })], origins })
    expect(result.map(({ code }) => code)).toEqual(Array(found).fill('not-given-back'))
  })

  test('that an operator bound stays where it is', () => {
    const devices = [device(GPU, { boundFrom: { driver: 'nvidia' } })]
    expect(drift({ ...free, devices, origins: new Map([[GPU, 'nvidia']]) })).toEqual([])
  })

  test('whose mate a foreign domain has stays on vfio-pci', () => {
    const devices = [device(), device(MATE, { driver: null })]
    const domains = [domain('foreign', { hostdevs: [GPU] })]
    expect(drift({ ...free, devices, domains, origins: new Map([[MATE, 'snd']]) })).toEqual([])
  })

  test('that is reserved belongs on vfio-pci', () => {
    const devices = [device(GPU, { reserved: true, driver: 'nvme' }), device(MATE, { reserved: true })]
    expect(drift({ ...free, devices })).toEqual([
      { code: 'reserved-not-on-vfio', address: GPU, driver: 'nvme' },
    ])
  })

  test.each([
    [4, 4, 0],
    [0, 4, 1],
    [2, null, 0],
  ])('with %i virtual functions where %j are wanted', (numVfs, wantedVfs, found) => {
    const result = drift({ ...free, devices: [device(GPU, { driver: 'igb', numVfs, wantedVfs })] })
    expect(result.map(({ code }) => code)).toEqual(Array(found).fill('vfs-not-as-wished'))
  })

  test('that a process has open is told with the process', () => {
    const inUse = [{ address: GPU, reason: 'vfio', detail: 'process 812 (qemu)' }] as const
    expect(drift({ ...free, devices: [device(GPU, { inUse })] })).toEqual([
      { code: 'vfio-open', address: GPU, process: 'process 812 (qemu)' },
    ])
  })
})
