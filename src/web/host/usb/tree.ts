/** A host's USB devices as the tree that their ports make. Pure. */
import { compareUsbPorts } from '../../../model/usb-device.ts'
import type { UsbDeviceView } from '../../api/documents.ts'

type Plugged = Pick<UsbDeviceView, 'bus' | 'device' | 'port'>

export interface UsbRow<D extends Plugged> {
  readonly device: D
  /** Hubs above it, the root hub among them. */
  readonly depth: number
  /** For each of those but the first: its line goes on below this row. */
  readonly rails: readonly boolean[]
  /** Among what hangs on the same hub. */
  readonly isLast: boolean
}

/** Each bus from its root hub on; a device whose hub is not listed hangs on the nearest one that is. */
export function usbRows<D extends Plugged>(devices: readonly D[]): readonly UsbRow<D>[] {
  const sorted = [...devices].sort(compareUsbPorts)
  const ports = new Set(sorted.map(({ port }) => port))
  const below = new Map<string | null, D[]>()
  for (const device of sorted) {
    const hub = hubAbove(device, ports)
    const same = below.get(hub)
    if (same) same.push(device)
    else below.set(hub, [device])
  }
  const rows = (hub: string | null, depth: number, rails: readonly boolean[]): readonly UsbRow<D>[] =>
    (below.get(hub) ?? []).flatMap((device, index, all) => {
      const isLast = index === all.length - 1
      const under = depth === 0 ? [] : [...rails, !isLast]
      // Two may be told of one port, where what a VM held there was swapped.
      const isAgain = all.findIndex(({ port }) => port === device.port) < index
      const children = isAgain ? [] : rows(device.port, depth + 1, under)
      return [{ device, depth, rails, isLast }, ...children]
    })
  return rows(null, 0, [])
}

/** `1-2` of `1-2.3`, `usb1` of `1-2`; null = a root hub, or none of those above it is there. */
function hubAbove({ port, bus }: Plugged, ports: ReadonlySet<string>): string | null {
  const root = `usb${bus}`
  if (port === root) return null
  for (let at = port.lastIndexOf('.'); at > 0; at = port.lastIndexOf('.', at - 1))
    if (ports.has(port.slice(0, at))) return port.slice(0, at)
  return ports.has(root) ? root : null
}
