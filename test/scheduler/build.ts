/** Builders of scheduler input with defaults, and small random clusters for properties. */
import fc from 'fast-check'
import { type Address, formatAddress, parseAddress } from '../../src/model/address.ts'
import { type HexId, hexId, parseHexId } from '../../src/model/ids.ts'
import type { Request, Selector } from '../../src/model/request.ts'
import type { PendingVm, SnapshotDevice, SnapshotHost } from '../../src/model/snapshot.ts'

export function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(`not an address: ${text}`)
  return parsed
}

export function id(text: string): HexId {
  const parsed = parseHexId(text)
  if (parsed === null) throw new Error(`not an id: ${text}`)
  return parsed
}

/** `10de:20b0:0302`, any part may be empty. */
export function selector(text: string, at: string | null = null): Selector {
  const [vendor = '', device = '', classId = ''] = text.split(':')
  const part = (value: string) => (value === '' ? null : id(value))
  return {
    vendorId: part(vendor),
    deviceId: part(device),
    classId: part(classId),
    address: at === null ? null : address(at),
  }
}

export function device(at: string, ids: string, facts: Partial<SnapshotDevice> = {}): SnapshotDevice {
  const [vendor = '', deviceId = '', classId = ''] = ids.split(':')
  return {
    address: address(at),
    vendorId: id(vendor),
    deviceId: id(deviceId),
    classId: id(classId),
    kind: 'plain',
    parent: null,
    numaNode: null,
    iommuGroup: null,
    driver: null,
    bridge: false,
    offered: true,
    claimedBy: null,
    inUseByHost: false,
    wantedVfs: null,
    health: 'ok',
    ...facts,
  }
}

export function host(hostId: number, devices: readonly SnapshotDevice[], facts: Partial<SnapshotHost> = {}) {
  const made: SnapshotHost = {
    id: hostId,
    name: `h${hostId}`,
    state: 'on',
    passthroughReady: true,
    ungroupedAllowed: true,
    cluster: 'default',
    cpu: null,
    usedCpu: 0,
    memoryMiB: null,
    usedMemoryMiB: 0,
    runningVms: 0,
    attributes: {},
    devices,
    ...facts,
  }
  return made
}

/** A request without its place in the template; `vm` numbers them. */
export type Block = Omit<Request, 'index'>

export function request(ids: string, facts: Partial<Block> & { at?: string } = {}): Block {
  const { at = null, ...rest } = facts
  return {
    selector: selector(ids, at),
    count: 1,
    kind: null,
    allFunctions: false,
    optional: false,
    managed: true,
    ...rest,
  }
}

export function vm(vmId: number, blocks: readonly Block[], facts: Partial<PendingVm> = {}): PendingVm {
  return {
    id: vmId,
    name: `v${vmId}`,
    priority: 0,
    cpu: 0,
    memoryMiB: 0,
    requests: blocks.map((block, index) => ({ ...block, index })),
    numaPolicy: 'none',
    requirement: null,
    rank: null,
    onlyHost: null,
    ...facts,
  }
}

const seldom = <T>(usual: T, other: fc.Arbitrary<T>, weight = 8): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })

const PLACES = [0, 1, 2].flatMap((slot) =>
  [0, 1, 2].map((fn) => formatAddress({ domain: 0, bus: 59, slot, function: fn })),
)

/** A host's devices: three slots of up to three functions, few ids, every obstacle there is. */
export const anyDevices: fc.Arbitrary<SnapshotDevice[]> = fc
  .subarray(PLACES, { minLength: 1, maxLength: 7 })
  .chain((places) =>
    fc.tuple(
      ...places.map((place) =>
        fc.record({
          address: fc.constant(place),
          vendorId: fc.constantFrom(hexId(0x10de), hexId(0x8086)),
          deviceId: fc.constantFrom(hexId(1), hexId(2)),
          classId: seldom(
            hexId(0x0302),
            fc.constantFrom(hexId(0x0403), hexId(0x0604), hexId(0x0600), hexId(0x0200)),
            3,
          ),
          kind: seldom<'plain' | 'pf' | 'vf'>('plain', fc.constantFrom('pf', 'vf'), 3),
          parent: seldom<Address | null>(null, fc.constantFrom(...PLACES)),
          numaNode: fc.constantFrom(null, 0, 1),
          iommuGroup: fc.constantFrom(null, 0, 1, 2, 3),
          driver: seldom<string | null>(null, fc.constant('nvidia')),
          bridge: seldom(false, fc.constant(true), 12),
          offered: seldom(true, fc.constant(false), 12),
          claimedBy: seldom<number | null>(null, fc.constantFrom(1, 2, 50), 6),
          inUseByHost: seldom(false, fc.constant(true), 12),
          wantedVfs: seldom(null, fc.constant(2), 12),
          health: seldom<'ok' | 'drained' | 'quarantined'>('ok', fc.constantFrom('drained', 'quarantined')),
        }),
      ),
    ),
  )

export const anyBlock: fc.Arbitrary<Block> = fc
  .record({
    vendorId: fc.constantFrom(null, hexId(0x10de), hexId(0x8086)),
    deviceId: fc.constantFrom(null, null, hexId(1)),
    classId: fc.constantFrom(null, hexId(0x0302), hexId(0x0302)),
    address: seldom<Address | null>(null, fc.constantFrom(...PLACES), 6),
    count: fc.constantFrom(1, 1, 1, 2),
    kind: seldom<'plain' | 'pf' | 'vf' | null>(null, fc.constantFrom('plain', 'pf', 'vf'), 6),
    allFunctions: fc.constantFrom(false, false, true),
    optional: fc.constantFrom(false, false, true),
    nic: seldom(false, fc.constant(true), 6),
  })
  .filter((r) => r.vendorId !== null || r.deviceId !== null || r.classId !== null || r.address !== null)
  .map(({ count, kind, allFunctions, optional, nic, ...parts }) => ({
    selector: parts,
    count: parts.address === null ? count : 1,
    kind: nic ? 'vf' : kind,
    allFunctions,
    optional,
    managed: true,
    ...(nic && { network: { mac: null, vlan: 0 } }),
  }))

export const anyVm = (vmId: number): fc.Arbitrary<PendingVm> =>
  fc
    .tuple(
      fc.array(anyBlock, { minLength: 0, maxLength: 4 }),
      fc.constantFrom<PendingVm['numaPolicy'][]>('none', 'none', 'preferred', 'required'),
    )
    .map(([blocks, numaPolicy]) => vm(vmId, blocks, { numaPolicy }))
