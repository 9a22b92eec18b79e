/** A host's report between its value and its JSON form on the wire: pure, both ways. */
import { type Address, parseAddress } from './address.ts'
import { deviceFromDocument, deviceToDocument } from './device-document.ts'
import { CorruptReport } from './errors.ts'
import type { DeviceDocument, HostReport } from './report.ts'
import type { RunningDomain, Usage } from './usage.ts'
import { type UsbDeviceDocument, usbFromDocument, usbToDocument } from './usb-document.ts'

export interface ReportedDeviceDocument extends DeviceDocument {
  readonly offered: boolean
}

/** The wire form: devices as documents have them, addresses plain text. Schema: schemas/host-report.ts. */
export interface HostReportDocument extends Omit<HostReport, 'devices' | 'usage' | 'domains' | 'usb'> {
  readonly devices: readonly ReportedDeviceDocument[]
  readonly usage: readonly (Omit<Usage, 'address'> & { readonly address: string })[]
  /** Left out by probes of earlier versions. */
  readonly usb?: readonly UsbDeviceDocument[]
  readonly domains:
    | readonly (Omit<RunningDomain, 'hostdevs'> & { readonly hostdevs: readonly string[] })[]
    | null
}

export const devicesToDocument = (devices: HostReport['devices']): HostReportDocument['devices'] =>
  devices.map((device) => ({ ...deviceToDocument(device), offered: device.offered }))

export function hostReportToDocument(report: HostReport): HostReportDocument {
  const { usb, ...rest } = report
  return {
    ...rest,
    devices: devicesToDocument(report.devices),
    ...(usb !== undefined && { usb: usb.map(usbToDocument) }),
  }
}

/**
 * The report of a document that fits its schema. CorruptReport `malformed-device` for a device, `malformed-address` for
 * another address that is none, `repeated-device` where one address stands twice.
 */
export function hostReportFromDocument(document: HostReportDocument): HostReport {
  const devices = document.devices.map((device) => ({
    ...deviceFromDocument(device),
    offered: device.offered,
  }))
  const seen = new Set<Address>()
  for (const { address } of devices) {
    if (seen.has(address))
      throw new CorruptReport('repeated-device', `host ${document.host} reports ${address} twice`, {
        address,
      })
    seen.add(address)
  }
  const { usb, ...rest } = document
  return {
    ...rest,
    devices,
    ...(usb !== undefined && { usb: usb.map(usbFromDocument) }),
    usage: document.usage.map((usage) => ({ ...usage, address: checked(document, usage.address) })),
    domains:
      document.domains?.map((domain) => ({
        ...domain,
        hostdevs: domain.hostdevs.map((address) => checked(document, address)),
      })) ?? null,
  }
}

function checked(document: HostReportDocument, text: string): Address {
  const address = parseAddress(text)
  if (address !== null) return address
  throw new CorruptReport(
    'malformed-address',
    `host ${document.host} reports "${text}", which is no PCI address`,
    { host: document.host, value: text },
  )
}
