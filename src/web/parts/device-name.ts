/** What a device is called: by its ids, and in words. */
import { parseAddress, shortAddress } from '../../model/address.ts'

interface Ids {
  readonly vendor: string
  readonly device: string
  readonly class: string
}

interface Names {
  readonly device: string
  readonly vendorName: string | null
  readonly deviceName: string | null
}

/** `10de:20b0:0302`: vendor, device, class. */
export const deviceType = (device: Ids): string => `${device.vendor}:${device.device}:${device.class}`

/** `NVIDIA Corporation GA100`; without a name in pci.ids, `Device 20b0`, as lspci says it. */
export const deviceName = ({ device, vendorName, deviceName }: Names): string => {
  const name = deviceName ?? `Device ${device}`
  return vendorName === null ? name : `${vendorName} ${name}`
}

/** `3b:00.0` of `0000:3b:00.0`, as the command line's tables have it; what is no address stays as it is. */
export const shortText = (address: string): string => {
  const parsed = parseAddress(address)
  return parsed === null ? address : shortAddress(parsed)
}
