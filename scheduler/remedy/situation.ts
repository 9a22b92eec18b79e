/** A host and a VM with some changes made to them: what the allocator is then asked about. Pure; the order of the changes makes no difference. */
import type { Address } from '../../src/model/address.ts'
import type { HostState } from '../../src/model/host.ts'
import type { Change, Tenant } from '../../src/model/remedy.ts'
import type { PendingVm, SnapshotDevice, SnapshotHost, SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import { withUsbUse } from '../../src/model/usb-assignable.ts'

export interface Situation {
  readonly host: SnapshotHost
  readonly vm: PendingVm
  /** VMs on the host; one that is not told of here takes no cores and no memory. */
  readonly tenants: readonly Tenant[]
  /** False = once enabled it is still unknown: it did not answer when it was last asked. */
  readonly answers: boolean
}

/** The changes, by what they are about. */
interface Sorted {
  readonly codes: ReadonlySet<string>
  /** VMs that have ended. */
  readonly gone: ReadonlySet<number>
  /** `undrain 0000:3b:00.0`, `detach-usb 1-4`: see `nameOf`. */
  readonly named: ReadonlySet<string>
  /** By PCI block: devices that it asks for less. */
  readonly fewer: ReadonlyMap<number, number>
}

/** Equal names: the same change. */
export function nameOf(change: Change): string {
  if (change.code === 'detach-usb') return `${change.code} ${change.port}`
  if (change.code === 'end-domain') return `${change.code} ${change.domain}`
  if (change.code === 'ask-for-fewer') return `${change.code} ${change.request}`
  if ('vm' in change) return `${change.code} ${change.vm}`
  return 'address' in change ? `${change.code} ${change.address}` : change.code
}

/** A physical function keeps its virtual functions as long as a VM has one of them. */
export function changed(before: Situation, changes: readonly Change[]): Situation {
  if (changes.length === 0) return before
  const sorted = sort(changes)
  const { tenants } = before
  const vm = changedVm(before.vm, before.host.id, sorted)
  return {
    ...before,
    host: changedHost(before, vm, sorted),
    vm,
    tenants: tenants.filter((one) => !sorted.gone.has(one.vm)),
  }
}

function sort(changes: readonly Change[]): Sorted {
  const gone = new Set<number>()
  const fewer = new Map<number, number>()
  for (const change of changes) {
    if (change.code === 'stop-vm' || change.code === 'await-vm') gone.add(change.vm)
    if (change.code === 'ask-for-fewer')
      fewer.set(change.request, change.fewer + (fewer.get(change.request) ?? 0))
  }
  return {
    codes: new Set(changes.map(({ code }) => code)),
    gone,
    named: new Set(changes.map(nameOf)),
    fewer,
  }
}

function changedVm(vm: PendingVm, host: number, { codes, fewer }: Sorted): PendingVm {
  return {
    ...vm,
    requests: vm.requests.map((one) => ({ ...one, count: one.count - (fewer.get(one.index) ?? 0) })),
    ...(codes.has('relax-numa') && { numaPolicy: 'preferred' }),
    ...(codes.has('relax-requirements') && { requirement: null }),
    ...(codes.has('send-here') && { onlyHost: host }),
  }
}

function changedHost({ host, tenants, answers }: Situation, vm: PendingVm, sorted: Sorted): SnapshotHost {
  const { codes, gone } = sorted
  const left = tenants.filter((one) => gone.has(one.vm))
  const usedCpu = host.usedCpu - left.reduce((sum, one) => sum + one.cpu, 0)
  const usedMemoryMiB = host.usedMemoryMiB - left.reduce((sum, one) => sum + one.memoryMiB, 0)
  const { noUefi, ...rest } = host
  const usb = host.usb?.map((device) => changedUsb(device, sorted))
  return {
    ...rest,
    ...(noUefi && !codes.has('install-firmware') && { noUefi }),
    ...(usb && { usb }),
    devices: changedDevices(host, usb, sorted),
    usedCpu: codes.has('free-cpu') ? Math.min(usedCpu, (host.cpu ?? 0) - vm.cpu) : usedCpu,
    usedMemoryMiB: codes.has('free-memory')
      ? Math.min(usedMemoryMiB, (host.memoryMiB ?? 0) - vm.memoryMiB)
      : usedMemoryMiB,
    runningVms: host.runningVms - left.length,
    state: changedState(host.state, answers, codes),
    ...(codes.has('prepare-host') && prepared(host)),
  }
}

/** What an operator disabled is not on because it answers. */
function changedState(state: HostState, answers: boolean, codes: ReadonlySet<string>): HostState {
  if (state === 'on') return state
  const heard = codes.has('revive-host') || (state === 'disabled' && answers)
  const enabled = state !== 'disabled' || codes.has('enable-host')
  if (!enabled) return state
  return heard ? 'on' : 'unknown'
}

/** Which groups its devices will be in shows only then: where there are none, each counts as alone. */
function prepared({ devices, ungroupedAllowed }: SnapshotHost): Partial<SnapshotHost> {
  const grouped = devices.some(({ iommuGroup }) => iommuGroup !== null)
  return { passthroughReady: true, ungroupedAllowed: ungroupedAllowed || !grouped }
}

function changedDevices(
  { devices }: SnapshotHost,
  usb: readonly SnapshotUsbDevice[] | undefined,
  sorted: Sorted,
): readonly SnapshotDevice[] {
  const { gone, named } = sorted
  const claimed = (device: SnapshotDevice): boolean =>
    device.claimedBy !== null && !gone.has(device.claimedBy)
  const kept = new Set<Address | null>(devices.flatMap((d) => (claimed(d) ? (d.parent ?? []) : [])))
  const without = (pf: Address | null): boolean => named.has(`remove-vfs ${pf}`) && !kept.has(pf)
  const changedOnes = devices.flatMap((device) => {
    if (device.parent !== null && without(device.parent)) return []
    const made = changedDevice(device, sorted)
    return [without(device.address) ? { ...made, wantedVfs: null } : made]
  })
  return usb === undefined ? changedOnes : withUsbUse(changedOnes.map(withoutUse), usb)
}

function withoutUse(device: SnapshotDevice): SnapshotDevice {
  if (device.usbUse === undefined) return device
  const { usbUse: _, ...facts } = device
  return facts
}

/** The domain that it is in use because of. */
function isEnded({ domain }: { readonly domain?: string }, { named }: Sorted): boolean {
  return domain !== undefined && named.has(`end-domain ${domain}`)
}

function changedDevice(device: SnapshotDevice, sorted: Sorted): SnapshotDevice {
  const { gone, named } = sorted
  const { address, claimedBy, usbUse } = device
  const has = (code: string): boolean => named.has(`${code} ${address}`)
  const free = claimedBy !== null && gone.has(claimedBy)
  const unused = usbUse && (gone.has(usbUse.vm) || named.has(`detach-usb ${usbUse.port}`))
  return {
    ...(unused ? withoutUse(device) : device),
    ...(free && { claimedBy: null }),
    ...((has('undrain') || has('clear-quarantine')) && { health: 'ok' }),
    ...((has('allow-device') || isEnded(device, sorted)) && { inUseByHost: false }),
    ...(has('offer-device') && { offered: true }),
  }
}

function changedUsb(device: SnapshotUsbDevice, sorted: Sorted): SnapshotUsbDevice {
  const { port, claimedBy } = device
  const free = claimedBy !== null && (sorted.gone.has(claimedBy) || sorted.named.has(`detach-usb ${port}`))
  const ended = isEnded(device, sorted)
  if (!free && !ended) return device
  return { ...device, ...(free && { claimedBy: null }), ...(ended && { inUseByHost: false }) }
}
