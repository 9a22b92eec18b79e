/** Step 1 of a deploy: is what the order promised still there, and still free to give? Pure. */
import { arrangeDevices, obstacle } from '../model/assignable.ts'
import { Conflict } from '../model/errors.ts'
import type { AttachOrder, DeployOrder, Order, OrderedDevice } from '../model/order.ts'
import type { Obstacle } from '../model/refusal.ts'
import type { ReportedDevice } from '../model/report.ts'
import { swapReason } from '../model/same-device.ts'
import type { SnapshotDevice } from '../model/snapshot.ts'
import type { DomainMark, RunningDomain } from '../model/usage.ts'
import type { PresentFacts } from './ports.ts'

/** A domain that is to be, or one that is to have more. */
type GivingOrder = DeployOrder | AttachOrder

/**
 * Conflict where the promise does not hold: `domains-unknown`, `device-missing`, `device-changed`, `group-changed`,
 * `device-in-domain`, or the code of what stands in the way (`in-use-by-host`, `group-not-viable`, `pf-has-vfs`,
 * `no-iommu-group`, ...). Drivers are not compared: a deploy that was interrupted has bound some already.
 */
export function assertPromiseHolds(order: GivingOrder, present: PresentFacts): void {
  if (present.domains === null)
    throw broken(
      'domains-unknown',
      'libvirt cannot be asked which devices running domains hold; start it',
      {},
    )
  const byAddress = new Map(present.devices.map((device) => [device.address, device]))
  for (const device of order.devices) assertSame(order, device, byAddress.get(device.address), present.bootId)
  assertGroupsAsPromised(order, present)
  assertAssignable(order, present, present.domains)
}

function broken(code: string, message: string, facts: Readonly<Record<string, unknown>>): Conflict {
  return new Conflict(code, message, facts)
}

/** Throws Conflict `device-missing`, `device-changed` or `group-changed` where it is not the device of the order. */
export function assertSame(
  order: Pick<Order, 'bootId'>,
  promised: OrderedDevice,
  present: ReportedDevice | undefined,
  bootId: string | null,
): void {
  const { address } = promised
  if (present === undefined)
    throw broken(
      'device-missing',
      `${address} is not there any more; look at the host's slots and kernel log`,
      {
        address,
      },
    )
  const changed = difference(promised, present)
  if (changed !== null)
    throw broken(
      'device-changed',
      `${address} is another device than was promised (${changed}); it is planned anew after the next probe`,
      { address, changed },
    )
  const sameBoot = bootId !== null && bootId === order.bootId
  if (sameBoot && promised.iommuGroup !== present.iommuGroup)
    throw broken(
      'group-changed',
      `${address} is in IOMMU group ${present.iommuGroup}, not in ${promised.iommuGroup} as promised; it is planned anew after the next probe`,
      { address, promised: promised.iommuGroup, present: present.iommuGroup },
    )
}

/** What tells the two apart in words; null = the same device as far as can be seen. */
export function difference(promised: OrderedDevice, present: ReportedDevice): string | null {
  const swap = swapReason({ ...promised, subsystemVendorId: null, subsystemDeviceId: null }, present)
  if (swap !== null || promised.classId === present.classId) return swap
  return `was of class ${promised.classId}, is of ${present.classId}`
}

/** Every endpoint that shares a group with a passed device must have been promised with it: nobody else answers for it. */
function assertGroupsAsPromised(order: GivingOrder, present: PresentFacts): void {
  const holds = order.kind === 'attach' ? order.holds : []
  const promised = new Set([...holds, ...order.devices.map((device) => device.address)])
  const host = arrangeDevices(
    present.devices.map((device) => snapshotDevice(device, {})),
    false,
  )
  for (const { address } of order.devices) {
    const group = host.byAddress.get(address)?.iommuGroup
    const stranger = (host.groups.get(group ?? -1) ?? []).find((mate) => !promised.has(mate.address))
    if (stranger !== undefined)
      throw broken(
        'group-changed',
        `${stranger.address} is in the IOMMU group of ${address} and was not promised with it; it is planned anew after the next probe`,
        { address, mate: stranger.address, group },
      )
  }
}

function assertAssignable(
  order: GivingOrder,
  present: PresentFacts,
  domains: readonly RunningDomain[],
): void {
  const allowed = new Set(order.devices.filter((one) => one.allowed === true).map((one) => one.address))
  const used = new Set(
    present.usage
      // A domain's hold is judged from the domains themselves: this order's own one is no obstacle.
      .filter((usage) => usage.reason !== 'domain' && !allowed.has(usage.address))
      .map((usage) => usage.address),
  )
  for (const domain of domains) assertNotHeld(order, domain)
  const host = arrangeDevices(
    present.devices.map((device) => snapshotDevice(device, { inUseByHost: used.has(device.address) })),
    false,
  )
  for (const promised of order.devices) {
    const device = host.byAddress.get(promised.address)
    // A mate is not given to anybody: what it must not do is judged with the device that it shares the group with.
    if (device === undefined || promised.role === 'held') continue
    const why = obstacle(host, device, order.vm)
    if (why !== null) throw notAssignable(device, why)
  }
}

function assertNotHeld(order: GivingOrder, domain: RunningDomain): void {
  if (isDomainOf(order, domain)) return
  const held = order.devices.find((device) => domain.hostdevs.includes(device.address))
  if (held !== undefined)
    throw broken(
      'device-in-domain',
      `${held.address} is held by the running domain ${domain.name}; shut that domain down or detach the device`,
      { address: held.address, domain: domain.name },
    )
}

/** Whether a domain is what this order makes: same database, VM and epoch. */
export function isDomainOf(order: DomainMark, domain: RunningDomain): boolean {
  const mark = domain.berth
  return mark !== null && mark.cluster === order.cluster && mark.vm === order.vm && mark.epoch === order.epoch
}

/** The host knows no claims and no wishes: those are the database's, and were checked when it wrote the order. */
function snapshotDevice(device: ReportedDevice, change: Partial<SnapshotDevice>): SnapshotDevice {
  const unknown = { claimedBy: null, inUseByHost: false, health: 'ok', wantedVfs: null } as const
  return { ...device, offered: true, ...unknown, ...change }
}

function notAssignable(device: SnapshotDevice, why: Obstacle): Conflict {
  const { address } = device
  const group =
    why.code === 'group-not-viable' ? `: ${why.mate} in IOMMU group ${why.group} is ${why.why.code}` : ''
  return broken(
    why.code,
    `${address} cannot be given now (${why.code}${group}); \`berth host show --all\` says more`,
    { address, obstacle: why },
  )
}
