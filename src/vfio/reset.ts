/** Resets one function before it goes from a VM back to the host, where libvirt does not: what the guest left in it must not act on. */
import type { Address } from '../model/address.ts'
import { addressParts } from '../model/address.ts'
import { CommandFailed } from '../model/errors.ts'
import type { Sysfs } from './sysfs.ts'

/** Methods that reset everything on the device's bus (Documentation/ABI/testing/sysfs-bus-pci, `reset_method`). */
const BUS_METHODS: ReadonlySet<string> = new Set(['bus', 'cxl_bus'])

export type ResetOutcome =
  /** Done, by the first of the kernel's methods that worked. */
  | 'reset'
  /** The kernel knows no way to reset it. */
  | 'no-method'
  /** Only its whole bus could be reset, and others are on that. */
  | 'would-reset-others'

/**
 * Writes to the function's `reset`; without `reset_method` (before Linux 5.15) the kernel alone chooses, and it resets no bus with
 * others on it either (pci_parent_bus_reset). CommandFailed `device-reset-failed` where the kernel refuses or does not answer.
 */
export async function resetFunction(
  sysfs: Sysfs,
  address: Address,
  timeoutMs: number,
): Promise<ResetOutcome> {
  const device = `bus/pci/devices/${address}`
  if (!(await sysfs.exists(`${device}/reset`))) return 'no-method'
  const methods = ((await sysfs.read(`${device}/reset_method`)) ?? '').split(/\s+/).filter(Boolean)
  const busOnly = methods.length > 0 && methods.every((method) => BUS_METHODS.has(method))
  if (busOnly && (await sharesBus(sysfs, address))) return 'would-reset-others'
  try {
    await sysfs.write(`${device}/reset`, '1', { timeoutMs })
    return 'reset'
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    const message = `${address} cannot be reset, so what its guest left in it may still act: ${error.message}`
    throw new CommandFailed('device-reset-failed', message, { ...error.facts, address }, error)
  }
}

async function sharesBus(sysfs: Sysfs, address: Address): Promise<boolean> {
  const { domain, bus } = addressParts(address)
  const prefix = `${domain.toString(16).padStart(4, '0')}:${bus.toString(16).padStart(2, '0')}:`
  return (await sysfs.list('bus/pci/devices')).some((name) => name !== address && name.startsWith(prefix))
}
