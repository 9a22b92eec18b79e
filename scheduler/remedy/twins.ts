/** Which changes are as good as each other: of forty virtual functions with forty VMs it makes no difference whose is freed. */
import type { Address } from '../../src/model/address.ts'
import { slotOf } from '../../src/model/address.ts'
import { isBridge } from '../../src/model/assignable.ts'
import type { Change } from '../../src/model/remedy.ts'
import type { PendingVm, SnapshotDevice, SnapshotHost } from '../../src/model/snapshot.ts'
import { requirementChanges } from '../feasible/requirement.ts'
import { nameOf, type Situation } from './situation.ts'
import { wantedDevices } from './wanted.ts'

export interface Involved {
  /** By the change's name: the devices that it frees, of those that matter. */
  readonly touched: ReadonlyMap<string, readonly SnapshotDevice[]>
  /** Devices that stand for themselves: nothing else on the host depends on them. */
  readonly plain: ReadonlySet<SnapshotDevice>
  /** Cores and memory that a VM frees make a difference. */
  readonly loadsMatter: boolean
}

export function involvedIn(situation: Situation, changes: readonly Change[]): Involved {
  const { host, vm } = situation
  const matter = mattering(situation)
  const touched = new Map(changes.map((change) => [nameOf(change), matter.filter(isTouchedBy(change))]))
  const times = new Map<SnapshotDevice, number>()
  for (const devices of touched.values())
    for (const device of devices) times.set(device, (times.get(device) ?? 0) + 1)
  const alone = standsAlone(
    host,
    vm.requests.some(({ allFunctions }) => allFunctions),
  )
  const named = new Set<Address | null>(vm.requests.map(({ selector }) => selector.address))
  const plain = matter.filter((d) => times.get(d) === 1 && alone(d) && !named.has(d.address))
  const short = changes.some(({ code }) => code === 'free-cpu' || code === 'free-memory')
  return { touched, plain: new Set(plain), loadsMatter: short || readsLoad(vm) }
}

/** SCHED_REQUIREMENTS ask for what VMs that end change: ending one may take something away, too. */
export function readsLoad({ requirement }: PendingVm): boolean {
  return requirement !== null && requirementChanges(requirement)
}

/** Equal texts, equal costs: exchanging the two changes, with the devices they touch, leaves the host as it is. */
export function likeness(
  change: Change,
  { host, tenants }: Situation,
  { touched, plain, loadsMatter }: Involved,
): string {
  const own = nameOf(change)
  if (!('vm' in change) && !('address' in change)) return own
  const devices = touched.get(own) ?? []
  if (change.code === 'detach-usb' || !devices.every((device) => plain.has(device))) return own
  const who = 'vm' in change ? change.vm : null
  if (host.usb?.some(({ claimedBy }) => claimedBy === who && who !== null)) return own
  const tenant = tenants.find(({ vm }) => vm === who)
  const load = loadsMatter && tenant ? `${tenant.cpu} ${tenant.memoryMiB}` : ''
  return `${change.code} ${load} ${devices.map(kindOf).sort().join()}`
}

function kindOf(d: SnapshotDevice): string {
  const { vendorId, deviceId, classId, kind, numaNode, parent, health, driver } = d
  const alone = d.iommuGroup === null
  return [vendorId, deviceId, classId, kind, numaNode, parent, health, driver, alone, d.wantedVfs].join(' ')
}

/** Wanted devices, their group mates and their physical functions. */
function mattering({ host, vm }: Situation): readonly SnapshotDevice[] {
  const wanted = wantedDevices(host, vm)
  const groups = new Set<number | null>(wanted.map(({ iommuGroup }) => iommuGroup))
  groups.delete(null)
  const addresses = new Set<Address | null>(wanted.flatMap(({ address, parent }) => [address, parent]))
  return host.devices.filter((d) => addresses.has(d.address) || (groups.has(d.iommuGroup) && !isBridge(d)))
}

function isTouchedBy(change: Change): (device: SnapshotDevice) => boolean {
  if (change.code === 'end-domain') return ({ domain }) => domain === change.domain
  if (change.code === 'stop-vm' || change.code === 'await-vm')
    return ({ claimedBy, usbUse }) => claimedBy === change.vm || usbUse?.vm === change.vm
  if (change.code === 'detach-usb') return ({ usbUse }) => usbUse?.port === change.port
  return 'address' in change ? ({ address }) => address === change.address : () => false
}

/** In no group with another, nobody's parent, no USB controller in use, and alone in its slot where slots are asked for. */
function standsAlone(host: SnapshotHost, bySlot: boolean): (device: SnapshotDevice) => boolean {
  const groups = countBy(host.devices, (d) => (isBridge(d) ? null : d.iommuGroup))
  const slots = countBy(host.devices, (d) => (d.kind === 'vf' || isBridge(d) ? null : slotOf(d.address)))
  const parents = new Set(host.devices.map(({ parent }) => parent))
  const claimed = new Set(host.devices.flatMap((d) => (d.claimedBy === null ? [] : [d.address])))
  const controllers = new Set(host.usb?.map(({ controller }) => controller))
  return (d) =>
    (d.iommuGroup === null || groups.get(d.iommuGroup) === 1) &&
    !(bySlot && d.kind !== 'vf' && (slots.get(slotOf(d.address)) ?? 0) > 1) &&
    !(d.parent !== null && claimed.has(d.parent)) &&
    !parents.has(d.address) &&
    !controllers.has(d.address) &&
    d.usbUse === undefined
}

function countBy<K>(devices: readonly SnapshotDevice[], keyOf: (d: SnapshotDevice) => K): Map<K, number> {
  const counts = new Map<K, number>()
  for (const device of devices) counts.set(keyOf(device), (counts.get(keyOf(device)) ?? 0) + 1)
  return counts
}
