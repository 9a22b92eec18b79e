/** Turns one function's raw files into a device: pure. Names and identity come after (names.ts, identity.ts). */
import { type Address, parseAddress } from '../../src/model/address.ts'
import { type Device, isBridgeClass } from '../../src/model/device.ts'
import { type HexId, hexId } from '../../src/model/ids.ts'
import type { Capabilities } from './capability.ts'
import { passthroughFacts } from './passthrough.ts'
import type { RawFunction } from './raw-function.ts'
import { parseUevent, type Uevent } from './uevent.ts'

/** A device with what only the probe's own output shows. */
export interface ProbedDevice extends Device {
  readonly capabilities: Capabilities | null
}

/** The device without names and identity, or the file without which there is none. */
export function parseFunction(raw: RawFunction): ProbedDevice | { readonly unreadable: string } {
  const uevent = parseUevent(raw.uevent)
  const classNumber = uevent.class ?? hexNumber(raw.class, 6)
  const vendor = uevent.vendor ?? hexNumber(raw.vendor, 4)
  const device = uevent.device ?? hexNumber(raw.device, 4)
  if (classNumber === null) return { unreadable: 'class' }
  if (vendor === null) return { unreadable: 'vendor' }
  if (device === null) return { unreadable: 'device' }
  const classId = hexId(classNumber >> 8)
  const totalVfs = decimal(raw.totalVfs) ?? 0
  const parent = raw.physfn === null ? null : parseAddress(raw.physfn)
  const { capabilities } = raw
  return {
    address: raw.address,
    vendorId: hexId(vendor),
    deviceId: hexId(device),
    classId,
    progIf: (classNumber & 0xff).toString(16).padStart(2, '0'),
    revision: revision(raw.revision) ?? capabilities?.revision ?? null,
    ...subsystem(raw, uevent),
    vendorName: null,
    deviceName: null,
    className: null,
    kind: parent !== null ? 'vf' : totalVfs > 0 ? 'pf' : 'plain',
    parent,
    totalVfs,
    numVfs: decimal(raw.numVfs) ?? 0,
    numaNode: decimal(raw.numaNode),
    iommuGroup: decimal(raw.iommuGroup),
    driver: raw.driver,
    bridge: isBridge(capabilities, classId, parent),
    networkInterfaces: raw.networkInterfaces,
    resetMethods: raw.resetMethod?.split(/\s+/).filter((method) => method !== '') ?? [],
    msix: capabilities?.msix ?? null,
    pcie: capabilities?.pcie ?? null,
    identity: null,
    passthrough: passthroughFacts(raw),
    capabilities,
  }
}

function isBridge(capabilities: Capabilities | null, classId: HexId, parent: Address | null): boolean {
  if (parent !== null) return false
  if (capabilities === null) return isBridgeClass(classId)
  return capabilities.headerType === 1 || capabilities.headerType === 2
}

/** No subsystem (bridges) reads as vendor 0000, one that can't be read as ffff: both null. */
function subsystem(
  raw: RawFunction,
  uevent: Uevent,
): Pick<Device, 'subsystemVendorId' | 'subsystemDeviceId'> {
  const vendor = uevent.subsystemVendor ?? hexNumber(raw.subsystemVendor, 4)
  const device = uevent.subsystemDevice ?? hexNumber(raw.subsystemDevice, 4)
  if (vendor === null || device === null || vendor === 0 || vendor === 0xffff)
    return { subsystemVendorId: null, subsystemDeviceId: null }
  return { subsystemVendorId: hexId(vendor), subsystemDeviceId: hexId(device) }
}

function revision(text: string | null): string | null {
  return hexNumber(text, 2)?.toString(16).padStart(2, '0') ?? null
}

/** `0x` optional, at most `digits` digits. */
function hexNumber(text: string | null, digits: number): number | null {
  const match = text === null ? null : /^(?:0x)?([0-9a-f]{1,6})$/i.exec(text)
  return match?.[1] === undefined || match[1].length > digits ? null : parseInt(match[1], 16)
}

/** A number of 0 or more; null for -1 (`numa_node` where unknown) and for what is no number. */
function decimal(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
