/** Who else is concerned when something is done to a device. Pure. */
import type { DeviceView, HostView } from '../../api/documents.ts'

export interface Affected {
  /** The others of its IOMMU group, bridges left out. */
  readonly mates: readonly DeviceView[]
  /** Its virtual functions. */
  readonly vfs: readonly DeviceView[]
  /** USB devices below it, hubs left out. */
  readonly usb: HostView['usb']
}

export function affectedBy({ devices, usb }: HostView, device: DeviceView): Affected {
  const { address, iommuGroup } = device
  const others = devices.filter((other) => other.address !== address && other.state !== 'missing')
  return {
    mates: iommuGroup === null ? [] : others.filter((one) => one.iommuGroup === iommuGroup && !one.bridge),
    vfs: others.filter(({ parent }) => parent === address),
    usb: usb.filter(({ controller, hub }) => controller === address && !hub),
  }
}
