/** What libvirt says of a USB hostdev before a domain is made: is the device there, and does no other domain have it? */
import type { RunningDomain } from '../model/usage.ts'
import { type UsbNumbers, usbNumbersText } from '../model/usb-device.ts'
import type { MachineState } from './state.ts'

/** libvirt's words (src/util/virusb.c, src/hypervisor/virhostdev.c); null = nothing is wrong. */
export function judgeUsb(
  state: MachineState,
  wanted: UsbNumbers,
  running: readonly RunningDomain[],
): string | null {
  const same = (one: UsbNumbers) => one.bus === wanted.bus && one.device === wanted.device
  const there = state.entries('bus/usb/devices').some((name) => {
    const number = (file: string) => Number(state.text(`bus/usb/devices/${name}/${file}`) ?? -1)
    return same({ bus: number('busnum'), device: number('devnum') })
  })
  if (!there) return `internal error: Did not find USB device bus:${wanted.bus} device:${wanted.device}`
  const holder = running.find(({ usbHostdevs = [] }) => usbHostdevs.some(same))
  if (holder === undefined) return null
  return `Requested operation is not valid: USB device ${usbNumbersText(wanted)} is in use by driver QEMU, domain ${holder.name}`
}
