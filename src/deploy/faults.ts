/** Which devices a failed deploy is to blame on, and how a journal keeps such findings. Pure. */
import { type Address, parseAddress } from '../model/address.ts'
import type { BerthError, Facts } from '../model/errors.ts'
import type { DeviceFault } from '../model/event.ts'
import type { VmOrder } from '../model/order.ts'

/**
 * Devices of the order that could not be attached: those that a driver would not let go or take, those that libvirt or QEMU
 * cannot use, and those that the domain was to hold and does not. What the host, a mate or the VM's own definition
 * prevented is nobody's fault here.
 */
export function blamed(order: VmOrder, { code, message, facts }: BerthError): readonly DeviceFault[] {
  const addresses = order.devices.map(({ address }) => address)
  return guilty(addresses, code, facts).map((address) => ({ address, code, message }))
}

function guilty(addresses: readonly Address[], code: string, facts: Facts): readonly Address[] {
  if (code.startsWith('driver-') || code === 'device-failed')
    return addresses.filter((address) => address === facts.address)
  if (code !== 'hostdevs-differ' || !Array.isArray(facts.wanted) || !Array.isArray(facts.has)) return []
  const [wanted, has] = [new Set<unknown>(facts.wanted), new Set<unknown>(facts.has)]
  return addresses.filter((address) => wanted.has(address) && !has.has(address))
}

/** Out of a journal entry's facts; a journal of an older program has none. */
export function faultsIn(value: unknown): readonly DeviceFault[] {
  return Array.isArray(value) ? value.flatMap((one: unknown) => faultIn(one) ?? []) : []
}

function faultIn(value: unknown): DeviceFault | null {
  if (typeof value !== 'object' || value === null) return null
  if (!('address' in value && 'code' in value && 'message' in value)) return null
  const address = parseAddress(String(value.address))
  return address && { address, code: String(value.code), message: String(value.message) }
}
