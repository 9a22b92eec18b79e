/** What a device is called: its ids and its name. */
import type { DeviceView } from '../../view/documents.ts'

/** `10de:20b0:0302`. */
export const deviceType = (device: DeviceView): string => `${device.vendor}:${device.device}:${device.class}`

/** Without a name in pci.ids, `Device 20b0`, as lspci says it. */
export const deviceName = (device: Pick<DeviceView, 'device' | 'deviceName'>): string =>
  device.deviceName ?? `Device ${device.device}`
