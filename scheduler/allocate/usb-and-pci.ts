/**
 * USB devices and PCI devices for one VM at once. They meet where a PCI block takes a USB controller, or a controller is the
 * group mate of what it takes: the devices below are then gone. Mostly they do not meet, and both are found by themselves;
 * where they do, every choice of controllers to spare is tried, so that what can be served is. That is exponential in the
 * host's controllers with wanted devices, of which there are a handful; the bound is told, not hidden.
 */
import type { AllocatedUsbDevice, SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import type { UsbRequest } from '../../src/model/usb-request.ts'
import { usbMatches } from '../request/match-usb.ts'
import type { Fit, Misfit } from './allocate.ts'
import { type DeviceTable, useControllers } from './device-table.ts'
import { compareSolutions } from './search.ts'
import { freeUsb, matchUsb } from './usb.ts'

export interface UsbFit {
  readonly fit: Fit
  readonly usb: readonly AllocatedUsbDevice[]
}

/** `no-usb` = the USB devices do not suffice by themselves; `usb-and-pci` = each would do alone. */
export type UsbMisfit = 'no-usb' | 'usb-and-pci' | 'search-limit'

/** Controllers with devices that some request could use. */
const MOST_CONTROLLERS = 8

/** `fit` = the PCI devices found without a thought of USB; `allocateOn` finds them on a table where controllers are taken. */
export function fitUsb(
  usb: readonly SnapshotUsbDevice[],
  requests: readonly UsbRequest[],
  table: DeviceTable,
  fit: Fit,
  allocateOn: (table: DeviceTable) => Fit | Misfit,
): UsbFit | UsbMisfit {
  const free = freeUsb(usb, table)
  const taken = new Set([...fit.passed, ...fit.held])
  const spared = matchUsb(
    free.filter((device) => !taken.has(controllerAt(table, device))),
    requests,
  )
  if (spared !== null) return { fit, usb: spared }
  if (matchUsb(free, requests) === null) return 'no-usb'
  return sparing(free, requests, table, allocateOn)
}

/** Position of the device's controller; -1 = it hangs on none of the table. */
function controllerAt({ layout }: DeviceTable, { controller }: SnapshotUsbDevice): number {
  return (controller === null ? undefined : layout.positionOf.get(controller)) ?? -1
}

function sparing(
  free: readonly SnapshotUsbDevice[],
  requests: readonly UsbRequest[],
  table: DeviceTable,
  allocateOn: (table: DeviceTable) => Fit | Misfit,
): UsbFit | UsbMisfit {
  const wanted = free.filter((device) => requests.some((request) => usbMatches(request, device)))
  const controllers = [...new Set(wanted.map((device) => controllerAt(table, device)))].filter(
    (at) => at >= 0,
  )
  if (controllers.length > MOST_CONTROLLERS) return 'search-limit'
  let best: UsbFit | null = null
  for (let choice = 1; choice < 2 ** controllers.length; choice++) {
    const kept = new Set(controllers.filter((_, n) => (choice & (1 << n)) !== 0)).add(-1)
    const below = wanted.filter((device) => kept.has(controllerAt(table, device)))
    const given = matchUsb(below, requests)
    const fit = given === null ? 'infeasible' : allocateOn(useControllers(table, below))
    if (given === null || typeof fit === 'string') continue
    if (best === null || compareSolutions(fit.solution, best.fit.solution) < 0) best = { fit, usb: given }
  }
  return best ?? 'usb-and-pci'
}
