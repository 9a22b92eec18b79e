/** Claims against devices, IOMMU groups and VMs (pure; design.md, invariants 1 to 3). */
import { isBridge } from '../model/assignable.ts'
import { isChipset } from '../model/device.ts'
import type { Rows, Violation } from './check.ts'
import type { StoredClaim } from './claims.ts'
import type { StoredDevice } from './devices.ts'

export function checkClaims(rows: Rows): Violation[] {
  const devices = new Map(rows.devices.map((device) => [placeOf(device), device]))
  const claims = new Map(rows.claims.map((claim) => [placeOf(claim), claim]))
  const owners = new Map(rows.groups.map((group) => [groupOf(group), group.vm]))
  return [
    ...rows.claims.flatMap((claim) => [
      ...checkHolder(rows, claim),
      ...checkKind(claim, devices.get(placeOf(claim))),
      ...checkGroup(claim, devices.get(placeOf(claim)), owners),
      ...checkParent(claim, devices.get(placeOf(claim)), claims),
      ...checkWish(claim, devices.get(placeOf(claim))),
    ]),
    ...rows.devices.flatMap((device) => [
      ...checkDevice(device, claims, owners),
      ...checkVf(device, devices, claims),
    ]),
    ...checkEmptyGroups(rows),
  ]
}

const placeOf = (row: { readonly host: number; readonly address: string }): string =>
  `${row.host} ${row.address}`
const groupOf = (row: { readonly host: number; readonly iommuGroup: number | null }): string =>
  `${row.host} ${row.iommuGroup}`
const named = ({ host, address }: { readonly host: number; readonly address: string }): string =>
  `device ${address} of host ${host}`

const HOLDING: ReadonlySet<string> = new Set(['BOOT', 'RUNNING', 'SHUTDOWN', 'UNKNOWN'])

function checkHolder({ vms }: Rows, claim: StoredClaim): Violation[] {
  const vm = vms.get(claim.vm)
  if (!vm)
    return [
      {
        code: 'claim-of-missing-vm',
        message: `${named(claim)} is claimed by VM ${claim.vm}, which does not exist`,
      },
    ]
  if (!HOLDING.has(vm.state))
    return [
      {
        code: 'claim-of-idle-vm',
        message: `${named(claim)} is claimed by VM ${vm.id}, which is ${vm.state}`,
      },
    ]
  if (vm.host === claim.host) return []
  return [
    {
      code: 'claim-on-other-host',
      message: `${named(claim)} is claimed by VM ${vm.id}, which is on host ${vm.host}`,
    },
  ]
}

function checkGroup(
  claim: StoredClaim,
  device: StoredDevice | undefined,
  owners: ReadonlyMap<string, number>,
): Violation[] {
  if (!device)
    return [
      {
        code: 'claim-of-missing-device',
        message: `${named(claim)} is claimed by VM ${claim.vm} and unknown`,
      },
    ]
  if (device.present && device.iommuGroup !== claim.iommuGroup)
    return [
      {
        code: 'claim-group-differs',
        message: `${named(claim)} is in IOMMU group ${device.iommuGroup ?? 'none'}, VM ${claim.vm}'s claim says ${claim.iommuGroup ?? 'none'}`,
      },
    ]
  if (claim.iommuGroup === null || owners.get(groupOf(claim)) === claim.vm) return []
  return [
    {
      code: 'claim-without-group-claim',
      message: `${named(claim)} is claimed by VM ${claim.vm}, its IOMMU group ${claim.iommuGroup} is not`,
    },
  ]
}

/** A bridge is never held, a host or ISA bridge never passed. */
function checkKind(claim: StoredClaim, device: StoredDevice | undefined): Violation[] {
  if (!device || !(isBridge(device) || (claim.role === 'passed' && isChipset(device.classId)))) return []
  return [
    {
      code: 'claim-of-bridge',
      message: `${named(claim)} is claimed by VM ${claim.vm}, but is a bridge (class ${device.classId})`,
    },
  ]
}

/** A VF and its PF exclude each other. */
function checkParent(
  claim: StoredClaim,
  device: StoredDevice | undefined,
  claims: ReadonlyMap<string, StoredClaim>,
): Violation[] {
  const parent = device?.parent == null ? undefined : claims.get(`${claim.host} ${device.parent}`)
  if (!parent) return []
  return [
    {
      code: 'pf-and-vf-claimed',
      message: `${named(claim)} (VM ${claim.vm}) and its PF ${parent.address} (VM ${parent.vm}) are both claimed`,
    },
  ]
}

/** A PF of which virtual functions are wanted is given to nobody, whether they are there or not. */
function checkWish(claim: StoredClaim, device: StoredDevice | undefined): Violation[] {
  if (device?.wantedVfs == null) return []
  return [
    {
      code: 'wanting-pf-claimed',
      message: `${named(claim)} is claimed by VM ${claim.vm}, and is to have ${device.wantedVfs} VFs`,
    },
  ]
}

/** A VF that is there has its PF beside it, and nobody holds a PF that has one. */
function checkVf(
  vf: StoredDevice,
  devices: ReadonlyMap<string, StoredDevice>,
  claims: ReadonlyMap<string, StoredClaim>,
): Violation[] {
  if (!vf.present || vf.parent === null) return []
  const place = `${vf.host} ${vf.parent}`
  if (devices.get(place)?.present !== true)
    return [{ code: 'vf-without-pf', message: `${named(vf)} is a VF of ${vf.parent}, which is not there` }]
  const claim = claims.get(place)
  if (!claim) return []
  return [
    {
      code: 'pf-with-vfs-claimed',
      message: `${named(claim)} is claimed by VM ${claim.vm} and has VFs, such as ${vf.address}`,
    },
  ]
}

/** Every endpoint in a claimed group is its holder's. */
function checkDevice(
  device: StoredDevice,
  claims: ReadonlyMap<string, StoredClaim>,
  owners: ReadonlyMap<string, number>,
): Violation[] {
  if (!device.present || device.iommuGroup === null || isBridge(device)) return []
  const owner = owners.get(groupOf(device))
  if (owner === undefined || claims.get(placeOf(device))?.vm === owner) return []
  return [
    {
      code: 'group-not-whole',
      message: `${named(device)} is in IOMMU group ${device.iommuGroup}, which VM ${owner} holds, but VM ${owner} does not hold it`,
    },
  ]
}

function checkEmptyGroups({ groups, claims }: Rows): Violation[] {
  const filled = new Set(claims.map((claim) => `${groupOf(claim)} ${claim.vm}`))
  return groups
    .filter((group) => !filled.has(`${groupOf(group)} ${group.vm}`))
    .map(({ host, iommuGroup, vm }) => ({
      code: 'group-claim-empty',
      message: `VM ${vm} holds IOMMU group ${iommuGroup} of host ${host}, but no device in it`,
    }))
}
