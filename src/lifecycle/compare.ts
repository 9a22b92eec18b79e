/** Invariant 10: what runs on a host, compared with what should; the only way from silence back to certainty. */
import { listClaims } from '../database/claims.ts'
import { insertHistory } from '../database/history.ts'
import { getHost, updateHost } from '../database/hosts.ts'
import { readCluster } from '../database/meta.ts'
import { openOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { listUsbClaims } from '../database/usb-claims.ts'
import { listUsbDevices, type StoredUsbDevice } from '../database/usb-devices.ts'
import { listVms, type StoredVm, updateVm } from '../database/vms.ts'
import type { Claim } from '../model/claim.ts'
import type { RunningDomain } from '../model/usage.ts'
import type { VmState } from '../model/vm.ts'
import { beginRelease } from './release.ts'

export interface ComparisonTimes {
  /** When the host was asked, on this clock: a VM that changed later is not judged by an older picture. */
  readonly observedAt: number
  readonly now: number
}

export interface VmChanged {
  readonly vm: number
  readonly from: VmState
  readonly to: VmState
}

/**
 * `domains` as the host's last report has them; those that are of none of its VMs are left alone. RUNNING or UNKNOWN without its domain: SHUTDOWN, and a release order
 * verifies its devices back; UNKNOWN with it: RUNNING, and its message names what it lost. A VM whose order is open is left to
 * its order.
 */
export async function compareDomains(
  q: Tx,
  host: number,
  domains: readonly RunningDomain[],
  times: ComparisonTimes,
): Promise<readonly VmChanged[]> {
  const cluster = await readCluster(q)
  const ours = domains.filter((domain) => domain.berth?.cluster === cluster)
  const vms = await listVms(q, { host })
  const claims = await listClaims(q, { host })
  const usb = await claimedUsb(q, host)
  const changes: VmChanged[] = []
  for (const vm of vms) {
    const passed = claims.filter((claim) => claim.vm === vm.id && claim.role === 'passed')
    const to = await compareVm(q, vm, ours.find(isOf(vm)), { passed, usb: usb.get(vm.id) ?? [] }, times)
    if (to !== null) changes.push({ vm: vm.id, from: vm.state, to })
  }
  return changes
}

/** What a VM was given. */
interface Given {
  readonly passed: readonly Claim[]
  readonly usb: readonly StoredUsbDevice[]
}

async function claimedUsb(q: Tx, host: number): Promise<ReadonlyMap<number, readonly StoredUsbDevice[]>> {
  const claims = await listUsbClaims(q, { host })
  const byVm = new Map<number, StoredUsbDevice[]>()
  if (claims.length === 0) return byVm
  const devices = new Map((await listUsbDevices(q, host)).map((device) => [device.key, device]))
  for (const { key, vm } of claims) {
    const device = devices.get(key)
    if (device !== undefined) byVm.set(vm, [...(byVm.get(vm) ?? []), device])
  }
  return byVm
}

const isOf =
  (vm: StoredVm) =>
  ({ berth }: RunningDomain): boolean =>
    berth?.vm === vm.id && berth.epoch === vm.epoch

async function compareVm(
  q: Tx,
  vm: StoredVm,
  domain: RunningDomain | undefined,
  given: Given,
  { observedAt, now }: ComparisonTimes,
): Promise<VmState | null> {
  if ((vm.state !== 'RUNNING' && vm.state !== 'UNKNOWN') || vm.changedAt >= observedAt) return null
  if ((await openOrder(q, vm.id)) !== null) return null
  if (domain === undefined) {
    const message = 'its domain ended on the host (powered off, destroyed or the host restarted)'
    await beginRelease(q, vm, { afterRelease: 'POWEROFF', graceSeconds: 0, message }, now)
    return 'SHUTDOWN'
  }
  const message = missingDevices(domain, given)
  if (vm.state === 'RUNNING' && vm.message === message) return null
  await updateVm(q, vm.id, { ...(vm.state === 'UNKNOWN' && { state: 'RUNNING' }), message }, now)
  const back = vm.state === 'UNKNOWN' ? ': its host is back and the domain is there' : ''
  await insertHistory(q, vm.id, `RUNNING${back}${message === null ? '' : `, but ${message}`}`, now)
  return vm.state === 'UNKNOWN' ? 'RUNNING' : null
}

/** What was detached behind Berth's back stays claimed: the host may not have it back yet. Null = all are there. */
function missingDevices(
  { hostdevs, usbHostdevs = [] }: RunningDomain,
  { passed, usb }: Given,
): string | null {
  // Plugged in anew it has another number, and the guest does not have it back.
  const has = ({ present, swapped, bus, device }: StoredUsbDevice) =>
    present && swapped === null && usbHostdevs.some((one) => one.bus === bus && one.device === device)
  const missing = [
    ...passed.map(({ address }) => address).filter((address) => !hostdevs.includes(address)),
    ...usb.filter((device) => !has(device)).map(({ port }) => `USB ${port}`),
  ]
  if (missing.length === 0) return null
  return `its domain does not have ${missing.join(', ')} any more; claimed until it is stopped`
}

/** The host does not answer, for the reason `why`: its RUNNING VMs are UNKNOWN and keep their devices. Gives their ids. */
export async function markSilent(q: Tx, host: number, why: string, now: number): Promise<readonly number[]> {
  await updateHost(q, host, { failure: why })
  const { name } = await getHost(q, host)
  const vms = await listVms(q, { host, states: ['RUNNING'] })
  for (const vm of vms) {
    const message = `host ${name} does not answer: ${why}`
    await updateVm(q, vm.id, { state: 'UNKNOWN', message }, now)
    await insertHistory(q, vm.id, `UNKNOWN: ${message}`, now)
  }
  return vms.map(({ id }) => id)
}
