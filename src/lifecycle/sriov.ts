/** What operators want of a PF's virtual functions: the wish and the order that fulfils it in one transaction, checked against claims first. */
import { listClaims } from '../database/claims.ts'
import { getDevice, listDevices, markDevice, type StoredDevice } from '../database/devices.ts'
import { advanceGeneration, getHost } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { openDeviceOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { anyVfWish, unsettledWishes } from '../database/vf-wishes.ts'
import type { Address } from '../model/address.ts'
import { Conflict } from '../model/errors.ts'
import type { VfWish } from '../model/order.ts'
import { writeSriovOrder } from '../orders/write.ts'
import { freeDevice } from './bind.ts'

/**
 * Stores the wish, which keeps the PF from being given, and gives the order that fulfils it; null = the PF is gone, and its wish
 * with it. NotFound `unknown-device`; Conflict `not-a-pf`, `vfs-too-many`, `vf-claimed`, `device-missing`, `device-claimed`,
 * `device-busy`, `device-reserved`. What the driver can and the host uses is judged there.
 */
export function wishVfs(
  db: Database,
  host: number,
  address: Address,
  wish: VfWish,
  now: number,
): Promise<number | null> {
  return db.transaction(async (q) => {
    const { name } = await getHost(q, host)
    const gone = !(await getDevice(q, host, address)).present && wish.numVfs === 0
    if (!gone) await requirePossible(q, name, await freeDevice(q, host, address), wish)
    const device = await getDevice(q, host, address)
    const order = gone ? null : await writeSriovOrder(q, device, wish, now)
    await storeWish(q, host, address, wish)
    return order
  })
}

/** The PF is given or not given by it: plans made before are made again. */
export async function storeWish(q: Tx, host: number, address: Address, wish: VfWish): Promise<void> {
  const { numVfs, autoprobe } = wish
  await markDevice(q, host, address, { wantedVfs: numVfs === 0 ? null : numVfs, vfAutoprobe: autoprobe })
  await advanceGeneration(q, [host])
}

/** Which of the host's wishes were not told it in this boot: they are now. Gives the orders. */
export async function restoreWishes(q: Tx, host: number, now: number): Promise<readonly number[]> {
  if (!(await anyVfWish(q, host))) return []
  const devices = await listDevices(q, host)
  const { bootId } = await getHost(q, host)
  const unsettled = await unsettledWishes(q, host, devices, bootId)
  if (unsettled.size === 0) return []
  const claimed = new Set((await listClaims(q, { host })).map(({ address }) => address))
  const orders: number[] = []
  for (const device of devices) {
    const { address, present, wantedVfs, vfAutoprobe, numVfs } = device
    if (!unsettled.has(address) || !present || wantedVfs === null || numVfs === wantedVfs) continue
    // VFs of another number, which the kernel made by itself, are not taken from a VM.
    const held = devices.some((vf) => vf.parent === address && vf.present && claimed.has(vf.address))
    if (held || claimed.has(address) || (await openDeviceOrder(q, host, address)) !== null) continue
    orders.push(await writeSriovOrder(q, device, { numVfs: wantedVfs, autoprobe: vfAutoprobe }, now))
  }
  return orders
}

async function requirePossible(q: Tx, name: string, device: StoredDevice, { numVfs }: VfWish): Promise<void> {
  const { host, address, kind, totalVfs, reserved } = device
  const facts = { host, address }
  const here = `${address} of host ${name}`
  if (kind !== 'pf')
    throw new Conflict(
      'not-a-pf',
      `${here} has no SR-IOV: \`berth sriov list ${name}\` shows the devices that have`,
      facts,
    )
  if (numVfs > totalVfs)
    throw new Conflict('vfs-too-many', `${here} supports ${totalVfs} virtual functions, not ${numVfs}`, {
      ...facts,
      totalVfs,
    })
  if (reserved && numVfs > 0)
    throw new Conflict(
      'device-reserved',
      `${here} is reserved for VMs and stays on vfio-pci: take that back first (device reserve --no)`,
      facts,
    )
  if (numVfs !== device.numVfs) await requireVfsFree(q, here, device)
}

/** Any other number removes them all. */
async function requireVfsFree(q: Tx, pf: string, { host, address }: StoredDevice): Promise<void> {
  const claims = new Map((await listClaims(q, { host })).map((claim) => [claim.address, claim.vm]))
  for (const vf of await listDevices(q, host)) {
    if (vf.parent !== address) continue
    const vm = claims.get(vf.address)
    if (vm !== undefined)
      throw new Conflict(
        'vf-claimed',
        `${pf} keeps its virtual functions: ${vf.address} is with VM ${vm}; stop that VM first`,
        { host, address, vf: vf.address, vm },
      )
    if ((await openDeviceOrder(q, host, vf.address)) !== null)
      throw new Conflict('device-busy', `${pf} keeps its virtual functions: ${vf.address} is being moved`, {
        host,
        address: vf.address,
      })
  }
}
