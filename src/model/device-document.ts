/** A device between its value in the program and its JSON form in documents: pure, both ways, nothing lost. */
import { type Address, parseAddress } from './address.ts'
import type { Device } from './device.ts'
import { CorruptReport } from './errors.ts'
import { type HexId, parseHexId } from './ids.ts'
import type { PassthroughFacts } from './passthrough-facts.ts'
import type { DeviceDocument } from './report.ts'

/** The JSON form, keys in the contract's order. */
export function deviceToDocument(device: Device): DeviceDocument {
  return {
    address: device.address,
    vendor: device.vendorId,
    device: device.deviceId,
    class: device.classId,
    progIf: device.progIf,
    revision: device.revision,
    subsystemVendor: device.subsystemVendorId,
    subsystemDevice: device.subsystemDeviceId,
    vendorName: device.vendorName,
    deviceName: device.deviceName,
    className: device.className,
    kind: device.kind,
    parent: device.parent,
    totalVfs: device.totalVfs,
    numVfs: device.numVfs,
    numaNode: device.numaNode,
    iommuGroup: device.iommuGroup,
    driver: device.driver,
    bridge: device.bridge,
    networkInterfaces: device.networkInterfaces,
    resetMethods: device.resetMethods,
    msix: device.msix,
    pcie: device.pcie,
    identity: device.identity,
    passthrough: device.passthrough,
  }
}

/** The device of a document whose shape was checked; CorruptReport `malformed-device` where an id or address is none. */
export function deviceFromDocument(document: DeviceDocument): Device {
  const id = (field: 'vendor' | 'device' | 'class') => hexField(document, field, document[field])
  const optionalId = (field: 'subsystemVendor' | 'subsystemDevice') => {
    const text = document[field]
    return text === null ? null : hexField(document, field, text)
  }
  return {
    address: addressField(document, 'address', document.address),
    vendorId: id('vendor'),
    deviceId: id('device'),
    classId: id('class'),
    progIf: document.progIf,
    revision: document.revision,
    subsystemVendorId: optionalId('subsystemVendor'),
    subsystemDeviceId: optionalId('subsystemDevice'),
    vendorName: document.vendorName,
    deviceName: document.deviceName,
    className: document.className,
    kind: document.kind,
    parent: document.parent === null ? null : addressField(document, 'parent', document.parent),
    totalVfs: document.totalVfs,
    numVfs: document.numVfs,
    numaNode: document.numaNode,
    iommuGroup: document.iommuGroup,
    driver: document.driver,
    bridge: document.bridge,
    networkInterfaces: document.networkInterfaces,
    resetMethods: document.resetMethods,
    msix: document.msix,
    pcie: document.pcie,
    identity: document.identity,
    passthrough: passthroughOf(document),
  }
}

/** Left out by probes of earlier versions. */
function passthroughOf(document: DeviceDocument): PassthroughFacts | null {
  const { passthrough = null } = document
  if (passthrough === null) return null
  const { upstream } = passthrough
  return {
    ...passthrough,
    upstream: upstream === null ? null : addressField(document, 'passthrough.upstream', upstream),
  }
}

function hexField(document: DeviceDocument, field: string, text: string): HexId {
  return parseHexId(text) ?? malformed(document, field, text)
}

function addressField(document: DeviceDocument, field: string, text: string): Address {
  return parseAddress(text) ?? malformed(document, field, text)
}

function malformed(document: DeviceDocument, field: string, value: string): never {
  throw new CorruptReport(
    'malformed-device',
    `device ${document.address}: ${field} is "${value}", which is none; the probe that wrote this is broken or of another version`,
    { address: document.address, field, value },
  )
}
