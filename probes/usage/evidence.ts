/** From things in use and where they hang in sysfs to the PCI devices behind them: pure. */
import { type Address, compareAddresses, parseAddress } from '../../src/model/address.ts'
import type { Device } from '../../src/model/device.ts'
import type { Usage, UsageReason } from '../../src/model/usage.ts'

/** Something that the host uses: `path` is its real place below sysfs' `devices`. */
export interface Evidence {
  readonly path: string
  readonly reason: UsageReason
  readonly detail: string
}

type Known = Pick<Device, 'bridge' | 'parent'>

/**
 * The endpoints that each piece of evidence hangs on: the nearest with its reason, those further up (a VMD, a USB
 * controller, a VF's PF) as `controller`. Bridges do not count. One usage per device and reason, details joined.
 */
export function usageOf(
  evidence: readonly Evidence[],
  devices: ReadonlyMap<Address, Known>,
): readonly Usage[] {
  const found: Usage[] = []
  for (const { path, reason, detail } of evidence) {
    const [nearest, ...above] = endpointsOf(path, devices).reverse()
    if (nearest === undefined) continue
    found.push({ address: nearest, reason: hangsOnBus(path) ? 'controller' : reason, detail })
    const parent = devices.get(nearest)?.parent ?? null
    for (const address of parent === null ? above : [parent, ...above])
      found.push({ address, reason: 'controller', detail })
  }
  return mergeUsage(found)
}

/** Only a full address is one: SCSI's `0:0:0:0` looks like an address too. */
const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/

function endpointsOf(path: string, devices: ReadonlyMap<Address, Known>): Address[] {
  return path.split('/').flatMap((part) => {
    const address = ADDRESS.test(part) ? parseAddress(part) : null
    return address === null || devices.get(address)?.bridge === true ? [] : [address]
  })
}

/** USB puts a bus of its own between the PCI function and what is used. */
function hangsOnBus(path: string): boolean {
  return /\/usb\d+\//.test(path)
}

const SHOWN_DETAILS = 4

/** One usage per device and reason, in address order, the reasons of one device in the order found. */
export function mergeUsage(usages: readonly Usage[]): readonly Usage[] {
  const merged = new Map<string, Usage & { readonly details: Set<string> }>()
  for (const usage of usages) {
    const key = `${usage.address} ${usage.reason}`
    const before = merged.get(key)
    if (before) before.details.add(usage.detail)
    else merged.set(key, { ...usage, details: new Set([usage.detail]) })
  }
  return [...merged.values()]
    .map(({ address, reason, details }) => ({ address, reason, detail: summed([...details]) }))
    .sort((a, b) => compareAddresses(a.address, b.address))
}

function summed(details: readonly string[]): string {
  const more = details.length - SHOWN_DETAILS
  const shown = details.slice(0, SHOWN_DETAILS).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}
