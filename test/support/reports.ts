/** Builders of reports and their devices, with defaults: a test says only what it is about. */
import { type Address, parseAddress } from '../../src/model/address.ts'
import type { Device } from '../../src/model/device.ts'
import type { Capacity } from '../../src/model/host.ts'
import { type HexId, parseHexId } from '../../src/model/ids.ts'
import { HOST_REPORT_SCHEMA, type HostReport, type ReportedDevice } from '../../src/model/report.ts'
import type { RunningDomain } from '../../src/model/usage.ts'

export function at(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw new Error(`not an address: ${text}`)
  return address
}

export function id(text: string): HexId {
  const hex = parseHexId(text)
  if (hex === null) throw new Error(`not an id: ${text}`)
  return hex
}

/** An offered GPU function with nothing special, in the IOMMU group that is given, or none. */
export function reported(address: string, facts: Partial<ReportedDevice> = {}): ReportedDevice {
  return { ...bare(at(address)), offered: true, ...facts }
}

function bare(address: Address): Device {
  return {
    address,
    vendorId: id('10de'),
    deviceId: id('20b0'),
    classId: id('0302'),
    progIf: '00',
    revision: null,
    subsystemVendorId: null,
    subsystemDeviceId: null,
    vendorName: null,
    deviceName: null,
    className: null,
    kind: 'plain',
    parent: null,
    totalVfs: 0,
    numVfs: 0,
    numaNode: null,
    iommuGroup: null,
    driver: null,
    bridge: false,
    networkInterfaces: [],
    resetMethods: [],
    msix: null,
    pcie: true,
    identity: `path:0000:00/${address.slice(5)}`,
    passthrough: null,
  }
}

export const CAPACITY: Capacity = {
  cpus: 64,
  memoryKiB: 64 * 1024 * 1024,
  numaNodes: [],
  hypervisor: 'kvm',
  arch: 'x86_64',
  kernel: '6.12.0',
}

export function report(devices: readonly ReportedDevice[], facts: Partial<HostReport> = {}): HostReport {
  return {
    schema: HOST_REPORT_SCHEMA,
    host: 'kvm-a',
    bootId: 'boot-1',
    devices,
    usage: [],
    capacity: CAPACITY,
    domains: [],
    ...facts,
  }
}

export function domain(name: string, facts: Partial<RunningDomain> = {}): RunningDomain {
  return { name, uuid: `uuid-of-${name}`, state: 'running', hostdevs: [], berth: null, ...facts }
}
