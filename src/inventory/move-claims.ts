/** With a report: claims hold the groups as they are now and, after a new boot, follow their devices' identities (pure; design.md, Identity). */
import type { StoredClaim } from '../database/claims.ts'
import type { StoredDevice } from '../database/devices.ts'
import type { GroupClaim } from '../database/group-claims.ts'
import { type Address, compareAddresses } from '../model/address.ts'
import { isBridge } from '../model/assignable.ts'
import type { ReportedDevice } from '../model/report.ts'
import { swapReason } from '../model/same-device.ts'
import { isAwayVf } from './awaited-vfs.ts'
import { uniqueIdentities } from './reconcile.ts'

export interface MovedClaims {
  readonly claims: readonly StoredClaim[]
  readonly groups: readonly GroupClaim[]
  /** Devices that cannot be trusted now, and why: two VMs meet in one group. */
  readonly quarantine: ReadonlyMap<Address, string>
  /** Claims of devices that are gone while another claimed device got their address: nothing is left to hold. */
  readonly dropped: readonly StoredClaim[]
}

/**
 * `claims` = all of the host's, `known` = the inventory before this report. Within one boot nobody moves, but groups change:
 * what is plugged into a held one belongs to it, and the number of one whose devices are gone is given to others.
 */
export function moveClaims(
  claims: readonly StoredClaim[],
  known: readonly StoredDevice[],
  reported: readonly ReportedDevice[],
  newBoot: boolean,
): MovedClaims {
  const { kept, dropped } = newBoot ? place(claims, known, reported) : inPlace(claims, known, reported)
  const devices = new Map(reported.map((device) => [device.address, device]))
  const regrouped = [...kept.values()].map((claim) => ({
    ...claim,
    iommuGroup: devices.get(claim.address)?.iommuGroup ?? null,
  }))
  const owners = groupOwners(regrouped)
  const quarantine = new Map<Address, string>()
  const settled = regrouped.map((claim) => {
    const owner = claim.iommuGroup === null ? claim.vm : owners.get(claim.iommuGroup)
    if (owner === claim.vm) return claim
    quarantine.set(
      claim.address,
      `after a restart it shares IOMMU group ${claim.iommuGroup} with a device of VM ${owner}; VM ${claim.vm} holds it`,
    )
    return { ...claim, iommuGroup: null }
  })
  const { host } = claims[0] ?? { host: 0 }
  const groups = [...owners].map(([iommuGroup, vm]) => ({ host, iommuGroup, vm }))
  return { claims: [...settled, ...newMates(host, settled, owners, reported)], groups, quarantine, dropped }
}

interface Placed {
  readonly kept: ReadonlyMap<Address, StoredClaim>
  readonly dropped: readonly StoredClaim[]
}

/** A VF that was away with its PF's number may come back at another address; it goes where no other claim is. */
function inPlace(
  claims: readonly StoredClaim[],
  known: readonly StoredDevice[],
  reported: readonly ReportedDevice[],
): Placed {
  const away = new Set(known.filter(isAwayVf).map(({ address }) => address))
  const byIdentity = away.size === 0 ? new Map<string, ReportedDevice>() : uniqueIdentities(reported)
  const taken = new Set(claims.map(({ address }) => address))
  const kept = claims.map((claim): [Address, StoredClaim] => {
    const { address, identity } = claim
    const found = away.has(address) && identity !== null ? byIdentity.get(identity) : undefined
    const now = found === undefined || taken.has(found.address) ? address : found.address
    return [now, { ...claim, address: now }]
  })
  return { kept: new Map(kept), dropped: [] }
}

/** Where each claim's device is now. By identity first, so that nobody stays at an address that another device took. */
function place(
  claims: readonly StoredClaim[],
  known: readonly StoredDevice[],
  reported: readonly ReportedDevice[],
): Placed {
  const byIdentity = uniqueIdentities(reported)
  const before = new Map(known.map((device) => [device.address, device]))
  const now = new Map(reported.map((device) => [device.address, device]))
  const kept = new Map<Address, StoredClaim>()
  const left: StoredClaim[] = []
  const dropped: StoredClaim[] = []
  for (const claim of claims) {
    const found = claim.identity === null ? undefined : byIdentity.get(claim.identity)
    const was = before.get(claim.address)
    // Another card in the same slot has the same path.
    const same = found && (was === undefined || swapReason(was, found) === null)
    if (same && !kept.has(found.address)) kept.set(found.address, { ...claim, address: found.address })
    else left.push(claim)
  }
  for (const claim of left) {
    if (kept.has(claim.address)) dropped.push(claim)
    else kept.set(claim.address, claim)
  }
  // A held mate that the swap below would hide is no device's promise: it goes with its group, computed anew.
  for (const claim of left) {
    if (claim.role !== 'held' || kept.get(claim.address) !== claim) continue
    const [was, is] = [before.get(claim.address), now.get(claim.address)]
    if (was && is && swapReason(was, is) !== null) kept.delete(claim.address)
  }
  return { kept, dropped }
}

/** The VM with the lowest id that has a device passed in the group; else that holds one. */
function groupOwners(claims: readonly StoredClaim[]): ReadonlyMap<number, number> {
  const owners = new Map<number, number>()
  const byRole = [...claims].sort(
    (a, b) => Number(a.role === 'held') - Number(b.role === 'held') || a.vm - b.vm,
  )
  for (const { iommuGroup, vm } of byRole)
    if (iommuGroup !== null && !owners.has(iommuGroup)) owners.set(iommuGroup, vm)
  return owners
}

/** Endpoints that are new in a claimed group go with it. */
function newMates(
  host: number,
  claims: readonly StoredClaim[],
  owners: ReadonlyMap<number, number>,
  reported: readonly ReportedDevice[],
): StoredClaim[] {
  const claimed = new Set(claims.map(({ address }) => address))
  return [...reported]
    .sort((a, b) => compareAddresses(a.address, b.address))
    .flatMap((device) => {
      const vm = device.iommuGroup === null ? undefined : owners.get(device.iommuGroup)
      if (vm === undefined || claimed.has(device.address) || isBridge(device)) return []
      const { address, iommuGroup, identity } = device
      return [
        { host, address, vm, request: null, role: 'held' as const, iommuGroup, identity, managed: true },
      ]
    })
}
