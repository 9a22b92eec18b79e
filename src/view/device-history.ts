/** `berth device history`: what happened to one device, oldest first. */
import type { Address } from '../model/address.ts'
import type { DeviceEvent } from '../model/device-history.ts'
import type { Host } from '../model/host.ts'
import type { DeviceHistoryView } from './documents.ts'
import { isoTime } from './time.ts'

/** Milliseconds since the epoch; `address` is where the device was then. */
interface Line {
  readonly at: number
  readonly event: DeviceEvent
  readonly vm: number | null
  readonly address: Address
  readonly what: string
}

export function deviceHistoryView(host: Host, address: Address, lines: readonly Line[]): DeviceHistoryView {
  const history = lines.map(({ at, event, vm, address: then, what }) => ({
    ...{ at: isoTime(at), event, vm, address: then, what },
  }))
  return { host: host.id, hostName: host.name, address, history }
}
