/** Reads VMs with all that belongs to them, in a fixed number of queries, and hands them to the views. */
import { listClaims, type StoredClaim } from '../../database/claims.ts'
import { type HeldDevice, listHeldDevices } from '../../database/held-devices.ts'
import { listHistory } from '../../database/history.ts'
import { findHost, listHosts } from '../../database/hosts.ts'
import { openOrder } from '../../database/orders.ts'
import type { Queries } from '../../database/tables.ts'
import { listUsbClaims, type UsbClaim } from '../../database/usb-claims.ts'
import { listUsbDevices, type StoredUsbDevice } from '../../database/usb-devices.ts'
import { findVm, getVm, listVms, type StoredVm, type VmSelection } from '../../database/vms.ts'
import { Conflict, NotFound } from '../../model/errors.ts'
import { readFirmware } from '../../template/firmware.ts'
import { parseTemplate } from '../../template/parse.ts'
import type { VmSummary, VmView } from '../../view/documents.ts'
import { type VmFacts, vmSummary, vmView } from '../../view/vm.ts'
import { byKey } from './by-key.ts'
import { place, readDetaching } from './detaching.ts'

/**
 * By id, else by a name that only one VM that is not DONE has; NotFound `unknown-vm`, Conflict `ambiguous-name`. `owner`: only that
 * user's VMs are there; null = all are.
 */
export async function findVmByReference(
  q: Queries,
  reference: string,
  owner: string | null,
): Promise<StoredVm> {
  const byId = /^\d{1,9}$/.test(reference) ? await findVm(q, Number(reference)) : null
  if (byId && (owner === null || byId.owner === owner)) return byId
  let query = q.selectFrom('vms').select('id').where('name', '=', reference).where('state', '<>', 'DONE')
  if (owner !== null) query = query.where('owner', '=', owner)
  const named = await query.orderBy('id').limit(9).execute()
  const [first, ...others] = named.map(({ id }) => id)
  if (first === undefined)
    throw new NotFound(
      'unknown-vm',
      `no VM ${reference}; \`berth vm list\` shows the VMs, with \`--all\` those that are done too (they go by id)`,
      { vm: reference },
    )
  if (others.length === 0) return getVm(q, first)
  const ids = [first, ...others]
  throw new Conflict(
    'ambiguous-name',
    `several VMs are named ${reference} (${ids.join(', ')}): say which by its id`,
    { name: reference, vms: ids },
  )
}

/** `vm list`: by id; DONE ones only where `states` names them. */
export async function readVmSummaries(q: Queries, selection: VmSelection): Promise<readonly VmSummary[]> {
  const vms = await listVms(q, selection)
  const some = selection.limit !== undefined || selection.host !== undefined || selection.owner !== undefined
  const only = some && vms.length <= NAMED ? vms.map(({ id }) => id) : undefined
  return (await factsOf(q, vms, only)).map(vmSummary)
}

/** More would be too many parameters for a query: all are read then. */
const NAMED = 2000

/** `vm show` of VMs just made: none has claims or much history yet. In the order of `ids`. */
export async function readVmViews(q: Queries, ids: readonly number[]): Promise<readonly VmView[]> {
  const views: VmView[] = []
  for (const id of ids) views.push(await readVmView(q, id))
  return views
}

/** NotFound `unknown-vm`. */
export async function readVmView(q: Queries, id: number): Promise<VmView> {
  const vm = await getVm(q, id)
  const claims = await listClaims(q, { vm: id })
  const devices = claims.length === 0 ? [] : await listHeldDevices(q, [id])
  const host = vm.host === null ? null : await findHost(q, vm.host)
  const names = new Map(host === null ? [] : [[host.id, host.name]])
  const open = (await openOrder(q, id))?.order.kind ?? null
  const moving = open === 'attach' || open === 'detach' ? open : null
  const usb = await readUsb(q, await listUsbClaims(q, { vm: id }), vm.host ?? undefined)
  const facts = combine(vm, claims, byPlace(devices), names, await readDetaching(q))
  const firmware = readFirmware(parseTemplate(vm.template))
  return vmView({ ...facts, usb: usb.get(id) ?? [] }, await listHistory(q, id), { moving, firmware })
}

/** `only`: the ids of `vms`; left out = what belongs to any VM is read. */
async function factsOf(
  q: Queries,
  vms: readonly StoredVm[],
  only?: readonly number[],
): Promise<readonly VmFacts[]> {
  const claims = await listClaims(q, only === undefined ? {} : { vms: only })
  const devices = byPlace(claims.length === 0 ? [] : await listHeldDevices(q, only))
  const names = new Map((await listHosts(q)).map((host) => [host.id, host.name]))
  const detaching = await readDetaching(q)
  const ofVm = byKey(claims, (claim) => claim.vm)
  const usb = await readUsb(q, await listUsbClaims(q))
  return vms.map((vm) => ({
    ...combine(vm, ofVm.get(vm.id) ?? [], devices, names, detaching),
    usb: usb.get(vm.id) ?? [],
  }))
}

type UsbFacts = NonNullable<VmFacts['usb']>

/** By VM, then request. */
async function readUsb(
  q: Queries,
  claims: readonly UsbClaim[],
  host?: number,
): Promise<ReadonlyMap<number, UsbFacts>> {
  if (claims.length === 0) return new Map()
  const keyOf = ({ host: on, key }: UsbClaim | StoredUsbDevice) => `${on} ${key}`
  const devices = new Map((await listUsbDevices(q, host)).map((device) => [keyOf(device), device]))
  const held = claims.flatMap((claim) => {
    const device = devices.get(keyOf(claim))
    return device ? [{ vm: claim.vm, request: claim.request, device }] : []
  })
  return byKey(held, ({ vm }) => vm)
}

function byPlace(devices: readonly HeldDevice[]): ReadonlyMap<string, HeldDevice> {
  return new Map(devices.map((device) => [place(device.host, device.address), device]))
}

/** A claim without its device cannot be: a foreign key says so. */
function combine(
  vm: StoredVm,
  claims: readonly StoredClaim[],
  devices: ReadonlyMap<string, HeldDevice>,
  names: ReadonlyMap<number, string>,
  detaching: ReadonlySet<string>,
): VmFacts {
  const held = claims.flatMap((claim) => {
    const device = devices.get(place(claim.host, claim.address))
    const at = place(claim.host, claim.address)
    return device ? [{ claim, device, detaching: detaching.has(at) }] : []
  })
  const hostName = vm.host === null ? null : (names.get(vm.host) ?? null)
  return { vm, hostName, cpu: vm.cpu, memoryMiB: vm.memoryMiB, claims: held }
}
