/** Devices of a VM's template, and of the VM itself while it runs: what people ask for, each one transaction. */
import { groupsOf } from '../claims/rows.ts'
import { listClaims, renumberRequests } from '../database/claims.ts'
import { listDevices } from '../database/devices.ts'
import { insertHistory } from '../database/history.ts'
import { getHost } from '../database/hosts.ts'
import { readCluster } from '../database/meta.ts'
import type { Database } from '../database/open.ts'
import { insertOrder, openOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { listUsbClaims, renumberUsbRequests } from '../database/usb-claims.ts'
import { listUsbDevices } from '../database/usb-devices.ts'
import { getVm, type StoredVm, updateVm } from '../database/vms.ts'
import type { Address } from '../model/address.ts'
import { Conflict, NotFound } from '../model/errors.ts'
import { usbPromise, type VmOrder } from '../model/order.ts'
import { usbNumbersText } from '../model/usb-device.ts'
import { failOrder } from '../orders/end.ts'
import { promise } from '../orders/write.ts'
import { requireDeployable } from '../template/deployable.ts'
import { type BlockName, removeBlock } from '../template/edit.ts'
import { readTemplate } from '../template/validate.ts'
import { requireQuota } from './quota.ts'
import { requireState } from './states.ts'

/**
 * Replaces the template of a VM that is on no host. InvalidInput as `readTemplate` and `requireDeployable`; Conflict `vm-state`; Forbidden
 * `quota-exceeded`. A plan that was made on the old text is not committed any more.
 */
export function changeTemplate(
  db: Database,
  id: number,
  edit: (text: string) => string,
  now: number,
): Promise<StoredVm> {
  return db.transaction(async (q) => {
    const vm = await getVm(q, id)
    requireState(vm, 'attach')
    if (vm.host !== null) throw busy(vm)
    const template = edit(vm.template)
    const read = readTemplate(template)
    requireDeployable(read)
    await requireQuota(q, { owner: vm.owner, requests: read.requests, vm })
    await updateVm(q, id, { template, epoch: vm.epoch + 1 }, now)
    await insertHistory(q, id, 'template changed', now)
    return getVm(q, id)
  })
}

/**
 * The running VM is to let go of the device, with all that its PCI block was given. Gives the order's id. NotFound
 * `device-not-attached`; Conflict `vm-state`, `vm-busy`, `group-shared` where a device that stays needs the same IOMMU group.
 */
export function detachDevice(db: Database, id: number, address: Address, now: number): Promise<number> {
  return db.transaction(async (q) => {
    const vm = await getVm(q, id)
    requireState(vm, 'detach')
    if (vm.host === null || (await openOrder(q, id)) !== null) throw busy(vm)
    const claims = await listClaims(q, { vm: id })
    const named = claims.find((claim) => claim.address === address && claim.role === 'passed')
    if (named === undefined) throw notAttached(vm, address)
    const passed = claims.filter(({ request }) => request === named.request)
    const groups = new Set<number | null>(groupsOf(passed))
    const rest = claims.filter(({ role, request }) => role === 'passed' && request !== named.request)
    const sharing = rest.find(({ iommuGroup }) => iommuGroup !== null && groups.has(iommuGroup))
    if (sharing !== undefined) throw groupShared(vm, address, sharing.address)
    const going = claims.filter(
      (claim) => passed.includes(claim) || (claim.role === 'held' && groups.has(claim.iommuGroup)),
    )
    const facts = new Map((await listDevices(q, vm.host)).map((device) => [device.address, device]))
    const devices = going.flatMap((claim) => {
      const device = facts.get(claim.address)
      return device ? [promise(claim, device)] : []
    })
    const { bootId } = await getHost(q, vm.host)
    const cluster = await readCluster(q)
    await insertHistory(q, id, `detaching ${passed.map((claim) => claim.address).join(', ')}`, now)
    const about = { vm: id, host: vm.host, epoch: vm.epoch }
    return insertOrder(q, { kind: 'detach', ...about, cluster, devices, bootId }, now)
  })
}

/** How a person names a USB device that a VM has: lsusb's numbers, or the port. */
export type UsbName = { readonly bus: number; readonly device: number } | { readonly port: string }

/** Likewise a USB device. */
export function detachUsb(db: Database, id: number, name: UsbName, now: number): Promise<number> {
  return db.transaction(async (q) => {
    const vm = await getVm(q, id)
    requireState(vm, 'detach')
    if (vm.host === null || (await openOrder(q, id)) !== null) throw busy(vm)
    const devices = new Map((await listUsbDevices(q, vm.host)).map((device) => [device.key, device]))
    const named = (await listUsbClaims(q, { vm: id })).flatMap(({ key, request }) => {
      const device = devices.get(key)
      return device !== undefined && isNamed(device, name) ? [usbPromise(device, request)] : []
    })
    const [usb] = named
    if (usb === undefined) throw notAttached(vm, usbNameText(name))
    const { bootId } = await getHost(q, vm.host)
    const about = { vm: id, host: vm.host, epoch: vm.epoch, cluster: await readCluster(q), bootId }
    await insertHistory(q, id, `detaching USB ${usb.port}`, now)
    return insertOrder(q, { kind: 'detach', ...about, devices: [], usb: [usb] }, now)
  })
}

function isNamed(
  device: { readonly bus: number; readonly device: number; readonly port: string },
  name: UsbName,
) {
  return 'port' in name ? device.port === name.port : device.bus === name.bus && device.device === name.device
}

const usbNameText = (name: UsbName): string =>
  'port' in name ? `USB device ${name.port}` : `USB device ${usbNumbersText(name)}`

/** What the block asked for is not wanted, or not to be had, any more: out of the template, and the blocks behind it count one less. */
export async function forgetBlock(
  q: Tx,
  vm: StoredVm,
  { name, request }: OrderedBlock,
  now: number,
): Promise<void> {
  await updateVm(q, vm.id, { template: removeBlock(vm.template, name, request) }, now)
  await (name === 'PCI' ? renumberRequests : renumberUsbRequests)(q, vm.id, request)
}

interface OrderedBlock {
  readonly name: BlockName
  readonly request: number
}

/** The template's block that a hot-plug is about; null = none, which cannot be. */
export function blockOf({ devices, usb = [] }: VmOrder): OrderedBlock | null {
  const pci = devices.find(({ role }) => role === 'passed')?.request ?? null
  if (pci !== null) return { name: 'PCI', request: pci }
  const [device] = usb
  return device === undefined ? null : { name: 'USB', request: device.request }
}

/** A hot-plug that nobody is at, of a VM that is to end: what it was about is brought back with all else. */
export async function withdraw(q: Tx, vm: StoredVm, order: VmOrder, now: number): Promise<void> {
  await failOrder(q, order.id, 'withdrawn: the VM is to end', now)
  const block = blockOf(order)
  if (block !== null) await forgetBlock(q, vm, block, now)
}

export function busy({ id }: Pick<StoredVm, 'id'>): Conflict {
  return new Conflict(
    'vm-busy',
    `VM ${id} is being given devices or gives some back; try again when that is done`,
    {
      vm: id,
    },
  )
}

function notAttached({ id, name }: StoredVm, what: string): NotFound {
  return new NotFound(
    'device-not-attached',
    `VM ${id} (${name}) was not given ${what}; \`berth vm show ${id}\` lists what it has`,
    { vm: id, device: what },
  )
}

function groupShared({ id }: StoredVm, address: Address, other: Address): Conflict {
  return new Conflict(
    'group-shared',
    `${address} shares its IOMMU group with ${other}, which VM ${id} keeps: detach that first, or stop the VM`,
    { vm: id, address, other },
  )
}
