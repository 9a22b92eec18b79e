/** What a device is called: by its ids, and in words. */

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
