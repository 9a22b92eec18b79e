/** What an operator asks for on the command line, parsed at the door. */
import { fromCommandLine, UsageError } from '../../probes/arguments.ts'
import { type Address, parseAddress } from '../model/address.ts'
import { type HexId, parseHexId } from '../model/ids.ts'

export interface DeviceIds {
  readonly vendorId: HexId
  readonly deviceId: HexId
}

export interface Choices {
  /** Bound to vfio-pci at boot, by address. */
  readonly devices: readonly Address[]
  /** Bound to vfio-pci wherever they sit. */
  readonly ids: readonly DeviceIds[]
  /** Modules that are not to be loaded for a device. */
  readonly blacklist: readonly string[]
  /** In the initramfs already. */
  readonly early: boolean
  readonly allowUnsafeInterrupts: boolean
  readonly iommuPassthrough: boolean
  /** Runs QEMU without libvirt. */
  readonly qemuUser: string | null
}

export const NO_CHOICES: Choices = {
  devices: [],
  ids: [],
  blacklist: [],
  early: false,
  allowUnsafeInterrupts: false,
  iommuPassthrough: false,
  qemuUser: null,
}

interface Values {
  readonly device?: readonly string[] | undefined
  readonly ids?: readonly string[] | undefined
  readonly blacklist?: readonly string[] | undefined
  readonly early?: boolean | undefined
  readonly 'allow-unsafe-interrupts'?: boolean | undefined
  readonly 'iommu-passthrough'?: boolean | undefined
  readonly 'qemu-user'?: string | undefined
}

/** UsageError `wrong-usage` for a value that cannot be meant. Several values may stand in one, between commas. */
export function readChoices(values: Values): Choices {
  return fromCommandLine(() => ({
    devices: unique(split(values.device).map(addressOf)),
    ids: uniqueIds(split(values.ids).map(idsOf)),
    blacklist: unique(split(values.blacklist).map(moduleOf)),
    early: values.early === true,
    allowUnsafeInterrupts: values['allow-unsafe-interrupts'] === true,
    iommuPassthrough: values['iommu-passthrough'] === true,
    qemuUser: values['qemu-user'] === undefined ? null : userOf(values['qemu-user']),
  }))
}

const split = (values: readonly string[] = []): readonly string[] =>
  values.flatMap((value) => value.split(','))

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)]

const uniqueIds = (values: readonly DeviceIds[]): readonly DeviceIds[] => [
  ...new Map(values.map((ids) => [idsText(ids), ids])).values(),
]

export const idsText = ({ vendorId, deviceId }: DeviceIds): string => `${vendorId}:${deviceId}`

function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw wrong('--device', text, 'a PCI address such as 3b:00.0')
  return address
}

function idsOf(text: string): DeviceIds {
  const [vendor = '', device = '', ...more] = text.split(':')
  const [vendorId, deviceId] = [parseHexId(vendor), parseHexId(device)]
  if (vendorId === null || deviceId === null || more.length > 0)
    throw wrong('--ids', text, 'VENDOR:DEVICE in hexadecimal, such as 10de:20b0')
  return { vendorId, deviceId }
}

function moduleOf(text: string): string {
  if (!/^[A-Za-z][\w-]*$/.test(text)) throw wrong('--blacklist', text, "a module's name such as nouveau")
  return text
}

function userOf(text: string): string {
  if (!/^[A-Za-z_][\w.-]*$/.test(text)) throw wrong('--qemu-user', text, "a user's name")
  return text
}

function wrong(option: string, text: string, expected: string): UsageError {
  return new UsageError('wrong-usage', `${option} "${text}": expected ${expected}`, { option, text })
}
