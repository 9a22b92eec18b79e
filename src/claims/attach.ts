/** More devices for a running VM become true: claims, template and order in one transaction, or nothing (invariants 8 and 9). */
import { insertClaims, listClaims } from '../database/claims.ts'
import { appendDeviceHistory } from '../database/device-history.ts'
import { isConstraintViolation } from '../database/failure.ts'
import { insertGroupClaims } from '../database/group-claims.ts'
import { insertHistory } from '../database/history.ts'
import { advanceGeneration, getHost } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { insertOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { insertUsbClaims } from '../database/usb-claims.ts'
import { getVm, type StoredVm, updateVm } from '../database/vms.ts'
import { claimedLine } from '../model/device-history.ts'
import type { PromisedDevice } from '../model/order.ts'
import type { Placement } from '../model/snapshot.ts'
import { readGroups, readUsb } from './read.ts'
import { groupsOf, promisedDevices, type RequestPart, usbPromises } from './rows.ts'

export interface AttachPlan {
  /** As it was when it was planned. */
  readonly vm: Pick<StoredVm, 'id' | 'epoch' | 'template'>
  /** On the VM's host, of the new request alone. */
  readonly placement: Placement
  /** What its PCI block says of how it is passed. */
  readonly part: RequestPart
  readonly generation: number
  /** The template with the new block. */
  readonly template: string
  /** What must hold of the VM in the same transaction; throws where it does not. */
  readonly check: (q: Tx, vm: StoredVm) => Promise<void>
}

/** Gives the order's id; null = the host or the VM is not what was planned on any more: nothing was written, plan again. */
export async function commitAttach(db: Database, plan: AttachPlan, now: number): Promise<number | null> {
  try {
    return await db.transaction((q) => commit(q, db.cluster, plan, now))
  } catch (error) {
    // Another program has claimed one of them, or has an order open.
    if (isConstraintViolation(error)) return null
    throw error
  }
}

async function commit(q: Tx, cluster: string, plan: AttachPlan, now: number): Promise<number | null> {
  const { placement, part } = plan
  const { id: host, generation, bootId } = await getHost(q, placement.host)
  const vm = await getVm(q, plan.vm.id)
  const same = vm.epoch === plan.vm.epoch && vm.template === plan.vm.template && vm.host === host
  if (generation !== plan.generation || vm.state !== 'RUNNING' || !same) return null
  await plan.check(q, vm)
  const addresses = placement.devices.map(({ address }) => address)
  const inventory = await readGroups(q, host, addresses)
  const devices = promisedDevices(inventory, placement.devices, () => part)
  const usb = usbPromises({ usb: await readUsb(q, host) }, placement)
  if (devices === null || usb === null) return null
  const held = { host, vm: vm.id }
  const claims = await listClaims(q, { vm: vm.id })
  await insertGroupClaims(
    q,
    groupsOf(devices).map((iommuGroup) => ({ ...held, iommuGroup })),
  )
  await insertClaims(
    q,
    devices.map((device) => ({ ...held, ...claimed(device) })),
  )
  await insertUsbClaims(
    q,
    (placement.usb ?? []).map(({ key, request }) => ({ ...held, key, request })),
  )
  await appendDeviceHistory(
    q,
    devices.map((device) => claimedLine({ vm: vm.id, role: device.role }, { host, ...device })),
    now,
  )
  await updateVm(q, vm.id, { template: plan.template }, now)
  await insertHistory(
    q,
    vm.id,
    `attaching ${[...addresses, ...usb.map(({ port }) => `USB ${port}`)].join(', ')}`,
    now,
  )
  await advanceGeneration(q, [host])
  const holds = claims.map(({ address }) => address)
  return insertOrder(
    q,
    {
      kind: 'attach',
      ...held,
      epoch: vm.epoch,
      cluster,
      devices,
      bootId,
      holds,
      ...(usb.length > 0 && { usb }),
    },
    now,
  )
}

function claimed({ address, request, role, iommuGroup, identity, managed }: PromisedDevice) {
  return { address, request, role, iommuGroup, identity, managed }
}
