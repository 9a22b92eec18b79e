/** One host's rows, just compared with it -> where they and the host differ. Pure. */
import type { Address } from '../model/address.ts'
import type { Claim } from '../model/claim.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { Drift } from '../model/drift.ts'
import type { DomainMark, RunningDomain, Usage } from '../model/usage.ts'
import type { VmState } from '../model/vm.ts'

export interface DriftDevice {
  readonly address: Address
  readonly present: boolean
  readonly driver: string | null
  readonly iommuGroup: number | null
  readonly inUse: readonly Usage[]
  readonly reserved: boolean
  /** Not null = Berth put it on vfio-pci for an operator. */
  readonly boundFrom: object | null
  readonly numVfs: number
  /** Null = any number will do. */
  readonly wantedVfs: number | null
}

export interface DriftVm {
  readonly id: number
  readonly epoch: number
  readonly state: VmState
  /** Its order is under way: what it holds is in motion. */
  readonly busy: boolean
}

export interface DriftRows {
  readonly cluster: string
  readonly devices: readonly DriftDevice[]
  readonly claims: readonly Claim[]
  /** VMs of the host. */
  readonly vms: readonly DriftVm[]
  readonly domains: readonly RunningDomain[]
  /** Where devices were when they were last given, in this boot; null = on no driver. */
  readonly origins: ReadonlyMap<Address, string | null>
}

/** Domains first, in their order, then devices in theirs. Empty = nothing differs. */
export function findDrift(rows: DriftRows): readonly Drift[] {
  const vms = new Map(rows.vms.map((vm) => [vm.id, vm]))
  const claims = new Map(rows.claims.map((claim) => [claim.address, claim]))
  return [
    ...rows.domains.flatMap((domain) => domainDrift(domain, rows.cluster, vms, claims)),
    ...rows.devices.flatMap((device) => deviceDrift(device, claims.get(device.address), vms, rows)),
  ]
}

const isOurs = (mark: DomainMark | null, cluster: string): mark is DomainMark => mark?.cluster === cluster

function domainDrift(
  domain: RunningDomain,
  cluster: string,
  vms: ReadonlyMap<number, DriftVm>,
  claims: ReadonlyMap<Address, Claim>,
): readonly Drift[] {
  const { name, berth } = domain
  const ours = isOurs(berth, cluster) ? berth : null
  const vm = ours === null ? undefined : vms.get(ours.vm)
  const known = vm !== undefined && vm.epoch === ours?.epoch
  if (ours !== null && !known)
    return [{ code: 'orphan-domain', domain: name, vm: ours.vm, epoch: ours.epoch }]
  if (vm?.busy === true) return []
  return domain.hostdevs.flatMap((address): Drift[] => {
    const claimedBy = claims.get(address)?.vm ?? null
    // A foreign domain's device that nobody has claimed is in use by the host, and no drift.
    if (claimedBy === (vm?.id ?? null)) return []
    return [{ code: 'device-not-claimed', vm: claimedBy, address, domain: name }]
  })
}

function deviceDrift(
  device: DriftDevice,
  claim: Claim | undefined,
  vms: ReadonlyMap<number, DriftVm>,
  rows: DriftRows,
): readonly Drift[] {
  const open = vfioOpen(device)
  if (claim === undefined) return [...open, ...unclaimedDrift(device, rows)]
  const vm = vms.get(claim.vm)
  if (vm === undefined || vm.busy) return open
  if (!device.present) return [{ code: 'device-missing', vm: vm.id, address: device.address }]
  return vm.state === 'RUNNING' ? [...open, ...claimedDrift(device, claim, vm, rows)] : open
}

function vfioOpen({ address, inUse }: DriftDevice): readonly Drift[] {
  return inUse
    .filter(({ reason }) => reason === 'vfio')
    .map(({ detail }) => ({ code: 'vfio-open', address, process: detail }))
}

function claimedDrift(device: DriftDevice, claim: Claim, vm: DriftVm, rows: DriftRows): readonly Drift[] {
  const { address, driver } = device
  const domain = rows.domains.find(
    ({ berth }) => isOurs(berth, rows.cluster) && berth.vm === vm.id && berth.epoch === vm.epoch,
  )
  // That its domain is gone is the comparison's to act on, and it has.
  if (domain === undefined) return []
  if (claim.role === 'passed' && !domain.hostdevs.includes(address))
    return [{ code: 'device-not-in-domain', vm: vm.id, address, domain: domain.name }]
  if (driver === VFIO_PCI) return []
  // A mate that had no driver was left as it was.
  const origin = rows.origins.get(address)
  if (claim.role === 'held' && driver === null && (origin === null || origin === undefined)) return []
  return [{ code: 'claimed-not-on-vfio', vm: vm.id, address, driver, role: claim.role }]
}

/** Only what stands on vfio-pci or on nothing can have been left there; any other driver is the host's own choice. */
function unclaimedDrift(device: DriftDevice, rows: DriftRows): readonly Drift[] {
  const { address, driver, present, reserved, boundFrom } = device
  if (!present) return []
  const { numVfs, wantedVfs } = device
  if (wantedVfs !== null && numVfs !== wantedVfs)
    return [{ code: 'vfs-not-as-wished', address, numVfs, wanted: wantedVfs }]
  if (reserved) return driver === VFIO_PCI ? [] : [{ code: 'reserved-not-on-vfio', address, driver }]
  const wanted = rows.origins.get(address)
  if (boundFrom !== null || wanted === undefined || wanted === driver) return []
  if (driver !== null && driver !== VFIO_PCI) return []
  return isHeld(device, rows) ? [] : [{ code: 'not-given-back', address, driver, wanted }]
}

/** By a domain, itself or a mate of its group: it must stay where it is. */
function isHeld(device: DriftDevice, { devices, domains }: DriftRows): boolean {
  const held = new Set(domains.flatMap(({ hostdevs }) => hostdevs))
  if (held.has(device.address)) return true
  return (
    device.iommuGroup !== null &&
    devices.some(({ address, iommuGroup }) => iommuGroup === device.iommuGroup && held.has(address))
  )
}
