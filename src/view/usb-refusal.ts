/** Refusals of USB devices in words. */
import type { UsbShortage } from '../model/refusal.ts'
import type { UsbObstacle } from '../model/usb-assignable.ts'
import { listVms, nameVm } from './list-vms.ts'

/** `USB 0: 0 of 2 free; held by VM 3; 1-4: in use by the host` */
export function usbShortageMessage({ request, free, fitting, heldBy, example }: UsbShortage): string {
  const parts = [`USB ${request}: ${free} of ${fitting} free`]
  if (free > 0) parts.push('other USB blocks of the VM need what is free')
  if (heldBy.length > 0) parts.push(`held by ${listVms(heldBy)}`)
  if (example !== null) parts.push(`${example.port}: ${usbObstacleMessage(example.obstacle)}`)
  return parts.join('; ')
}

/** What keeps a USB device from being given, to follow its port. */
export function usbObstacleMessage(obstacle: UsbObstacle): string {
  switch (obstacle.code) {
    case 'hub':
      return 'a hub, never given to a VM'
    case 'in-use-by-host':
      return 'in use by the host'
    case 'swapped':
      return 'another device than the one that a VM had there'
    case 'claimed':
      return `claimed by ${nameVm(obstacle.vm)}`
    case 'controller-claimed':
      return `its controller ${obstacle.controller} is with ${nameVm(obstacle.vm)}`
  }
}
