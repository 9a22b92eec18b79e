/** The way back of an order's devices, whole: on their drivers, and verified. Shared by undo, detach and release. */
import { type DeviceFault, hangs } from '../model/event.ts'
import type { JournalEntry, VmOrder } from '../model/order.ts'
import { bringBack } from './bring-back.ts'
import type { OriginalDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { verifyReturned } from './verify-returned.ts'
import { withVfNetwork } from './vf-network.ts'

export interface Returned {
  /** They stay claimed, and are to be tried again. */
  readonly missing: readonly DeviceFault[]
  /** They are nobody's any more, and not to be given to anybody. */
  readonly distrusted: readonly DeviceFault[]
}

/** No device was touched. */
export const NOTHING: Returned = { missing: [], distrusted: [] }

/** Call it under the host's lock, after the order's domain is gone. */
export async function returnDevices(
  order: VmOrder,
  originals: OriginalDrivers,
  /** Of the orders that gave the devices. */
  giving: readonly JournalEntry[],
  ports: DeployPorts,
): Promise<Returned> {
  // What libvirt set on VFs for the guest is not to be found on them by the next one.
  const missing = await withVfNetwork(order, await bringBack(order, originals, ports), giving, ports)
  const distrusted = await verifyReturned(order, ports)
  for (const { message } of distrusted) ports.onStep?.(`not to be trusted: ${message}`)
  const silent = new Set(distrusted.filter(isSilent).map(({ address }) => address))
  return { missing: missing.filter((one) => mayCome(one) || !silent.has(one.address)), distrusted }
}

const isSilent = ({ code }: DeviceFault): boolean => code === 'config-unreadable'

/** No driver takes a device that does not answer, however often it is asked; but while a domain, a process or the kernel has it, it is not free. */
const mayCome = (fault: DeviceFault): boolean =>
  fault.code === 'device-in-domain' || fault.code === 'vfio-open' || hangs(fault)
