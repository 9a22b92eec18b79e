/** The PCI inventory as OpenNebula's own probe prints it (7.4), for its monitoring: pure. */
import { createHash } from 'node:crypto'
import { type Address, addressParts, shortAddress } from '../../src/model/address.ts'
import type { ProbedDevice } from '../pci/parse.ts'

/** What sysfs says of an NVIDIA VF's virtual GPU. */
export interface VirtualGpu {
  readonly profiles: readonly string[]
  readonly mode: 'legacy' | 'nvidia'
}

export interface OpenNebulaOptions {
  /** Vendors treated as NVIDIA (`:nvidia_vendors:`), canonical ids. */
  readonly nvidiaVendors: readonly string[]
  /** PFs that have VFs, and NVIDIA cards with VFs: not printed. */
  readonly hidden: (device: ProbedDevice) => boolean
  /** Null = it has none. */
  readonly interfaceName: (device: ProbedDevice) => string | null
  readonly virtualGpu: (address: Address) => VirtualGpu
  /** Short addresses; null = without the keys that OpenNebula's own probe does not have. */
  readonly iommuMates: ((device: ProbedDevice) => readonly string[]) | null
}

/** One `PCI = [ ... ]` a device. Never a double quote inside a value, nor anything else that the core's parser rejects. */
export function openNebulaInventory(devices: readonly ProbedDevice[], options: OpenNebulaOptions): string {
  return devices
    .filter((device) => !options.hidden(device))
    .map((device) => {
      const pairs = [...common(device, options), ...tail(device, options), ...extra(device, options)]
      return `PCI = [\n${pairs.map(([key, value]) => ` ${key} = "${safe(value)}" `).join(',\n')}\n]\n`
    })
    .join('')
}

type Pair = readonly [string, string]

/** lspci prints these words for ids without a name. */
const vendorName = (device: ProbedDevice) => device.vendorName ?? 'Vendor'
const deviceName = (device: ProbedDevice) => device.deviceName ?? 'Device'

function common(device: ProbedDevice, { interfaceName }: OpenNebulaOptions): readonly Pair[] {
  const { address } = device
  const { domain, bus, slot, function: fn } = addressParts(address)
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  return [
    ['TYPE', `${device.vendorId}:${device.deviceId}:${device.classId}`],
    ['VENDOR', device.vendorId],
    ['VENDOR_NAME', vendorName(device)],
    ['DEVICE', device.deviceId],
    ['CLASS', device.classId],
    ['CLASS_NAME', device.className ?? 'Class'],
    ['ADDRESS', openNebulaAddress(address)],
    ['SHORT_ADDRESS', shortAddress(address)],
    ['DOMAIN', hex(domain, 4)],
    ['BUS', hex(bus, 2)],
    ['SLOT', hex(slot, 2)],
    ['FUNCTION', String(fn)],
    ['NUMA_NODE', device.numaNode === null ? '-' : String(device.numaNode)],
    ['IFNAME', interfaceName(device) ?? '-'],
    ['SRIOV', device.kind === 'plain' ? 'no' : device.kind],
    ...(device.kind === 'pf' ? [['SRIOV_NUM', String(device.numVfs)] as const] : []),
  ]
}

function tail(device: ProbedDevice, options: OpenNebulaOptions): readonly Pair[] {
  if (!options.nvidiaVendors.includes(device.vendorId)) return [['DEVICE_NAME', deviceName(device)]]
  const name: Pair = ['DEVICE_NAME', `${vendorName(device)} ${deviceName(device)}`]
  if (device.kind !== 'vf') return [name]
  const { profiles, mode } = options.virtualGpu(device.address)
  return [
    name,
    ['UUID', nameUuid(openNebulaAddress(device.address))],
    ['PROFILES', profiles.join(',')],
    ['MDEV_MODE', mode],
  ]
}

/** `-` for what is not known or not there, as in OpenNebula's own keys. */
function extra(device: ProbedDevice, { iommuMates }: OpenNebulaOptions): readonly Pair[] {
  if (iommuMates === null) return []
  const list = (values: readonly string[]) => (values.length === 0 ? '-' : values.join(','))
  return [
    ['IOMMU_GROUP', device.iommuGroup === null ? '-' : String(device.iommuGroup)],
    ['IOMMU_MATES', list(iommuMates(device))],
    ['DRIVER', device.driver ?? '-'],
    ['RESET_METHODS', list(device.resetMethods)],
    ['PARENT', device.parent === null ? '-' : shortAddress(device.parent)],
  ]
}

/** `0000:3b:00:1`: a colon before the function. */
function openNebulaAddress(address: Address): string {
  return `${address.slice(0, -2)}:${address.slice(-1)}`
}

const X500_NAMESPACE = Buffer.from('6ba7b8149dad11d180b400c04fd430c8', 'hex')

/** UUID version 5 (RFC 9562, 5.5) in the X.500 namespace: the same address has the same UUID always. */
function nameUuid(name: string): string {
  const bytes = createHash('sha1').update(X500_NAMESPACE).update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * Values go unescaped, so what the core's lexer or the XML it writes would trip over is replaced: double quotes, a
 * backslash (it would escape the closing quote), `]]>` (ends CDATA), control characters.
 */
function safe(value: string): string {
  return (
    value
      .replaceAll('"', "'")
      .replaceAll('\\', '/')
      .replaceAll(']]>', ']] >')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
      .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, ' ')
  )
}
