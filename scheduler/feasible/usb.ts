/** May this host's USB devices go to the VM beside its PCI devices, and if not, why: facts for people. */
import type { Refusal, UsbShortage } from '../../src/model/refusal.ts'
import type { SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import { type UsbObstacle, usbObstacle } from '../../src/model/usb-assignable.ts'
import type { UsbRequest } from '../../src/model/usb-request.ts'
import { allocate, type Fit } from '../allocate/allocate.ts'
import type { Worth } from '../allocate/catalog.ts'
import type { Shape } from '../allocate/shape.ts'
import { freeUsb, holderIn, matchUsb } from '../allocate/usb.ts'
import { fitUsb, type UsbFit, type UsbMisfit } from '../allocate/usb-and-pci.ts'
import { usbMatches } from '../request/match-usb.ts'
import type { HostState } from './host-state.ts'

/** VMs named in a refusal at most. */
const MOST_HOLDERS = 8

/** `fit` = the PCI devices that the VM would get without its USB requests. */
export function usbFitOn(
  { usb, table }: HostState,
  requests: readonly UsbRequest[],
  fit: Fit,
  shape: Shape,
  vm: number,
  worth: Worth,
): UsbFit | UsbMisfit {
  return fitUsb(usb, requests, table, fit, (spared) => allocate(spared, shape, vm, worth))
}

/** Puts a misfit into facts; the first block (in template order) that cannot be served with those before it gives them. */
export function usbRefusal(state: HostState, requests: readonly UsbRequest[], misfit: UsbMisfit): Refusal {
  if (misfit !== 'no-usb') return { code: misfit }
  const { usb, table } = state
  const absent = requests.find((request) => !usb.some((device) => usbMatches(request, device)))
  if (absent !== undefined) return { code: 'no-such-usb-device', request: absent.index }
  const free = freeUsb(usb, table)
  const short = requests.find((_, n) => matchUsb(free, requests.slice(0, n + 1)) === null)
  if (short === undefined)
    throw new Error('USB devices were refused and could be given: the matching is wrong')
  return { code: 'usb-not-free', ...shortage(state, short) }
}

function shortage({ usb, table }: HostState, request: UsbRequest): UsbShortage {
  const fitting = usb.filter((device) => usbMatches(request, device))
  const holderOf = holderIn(table)
  const blocked = fitting.flatMap((device): { device: SnapshotUsbDevice; obstacle: UsbObstacle }[] => {
    const obstacle = usbObstacle(device, holderOf)
    return obstacle === null ? [] : [{ device, obstacle }]
  })
  const holders = new Set(blocked.flatMap(({ obstacle }) => ('vm' in obstacle ? [obstacle.vm] : [])))
  const example = blocked.find(({ obstacle }) => obstacle.code !== 'claimed')
  return {
    request: request.index,
    free: fitting.length - blocked.length,
    fitting: fitting.length,
    heldBy: [...holders].sort((a, b) => a - b).slice(0, MOST_HOLDERS),
    example: example === undefined ? null : { port: example.device.port, obstacle: example.obstacle },
  }
}
