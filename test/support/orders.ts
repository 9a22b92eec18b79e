/** Builders of orders and reported devices with defaults: a test names only what it is about. */
import type { Address } from '../../src/model/address.ts'
import { parseAddress } from '../../src/model/address.ts'
import { hexId } from '../../src/model/ids.ts'
import type { DeployOrder, PromisedDevice, ReleaseOrder } from '../../src/model/order.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { VmDefinition } from '../../src/model/vm.ts'

export function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw new Error(`${text} is not an address`)
  return address
}

export function promised(address: string, change: Partial<PromisedDevice> = {}): PromisedDevice {
  return {
    address: addressOf(address),
    role: 'passed',
    request: 0,
    managed: true,
    vendorId: hexId(0x10de),
    deviceId: hexId(0x20b0),
    classId: hexId(0x0302),
    identity: null,
    iommuGroup: 12,
    pcie: true,
    ...change,
  }
}

/** The device as a probe reports it, just as it was promised. */
export function reported(device: PromisedDevice, change: Partial<ReportedDevice> = {}): ReportedDevice {
  return {
    address: device.address,
    vendorId: device.vendorId,
    deviceId: device.deviceId,
    classId: device.classId,
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
    numaNode: 0,
    iommuGroup: device.iommuGroup,
    driver: null,
    bridge: false,
    networkInterfaces: [],
    resetMethods: [],
    msix: null,
    pcie: device.pcie,
    identity: device.identity,
    passthrough: null,
    offered: true,
    ...change,
  }
}

export function definition(change: Partial<VmDefinition> = {}): VmDefinition {
  return {
    name: 'train-1',
    vcpu: 4,
    cpu: 400,
    memoryMiB: 8192,
    disks: [],
    nics: [],
    graphics: null,
    cpuModel: null,
    machine: 'q35',
    raw: null,
    ...change,
  }
}

const BASE = { vm: 7, host: 0, epoch: 3, cluster: 'c1', bootId: 'boot-1' } as const

export function deployOrder(change: Partial<DeployOrder> = {}): DeployOrder {
  return {
    ...BASE,
    id: 1,
    kind: 'deploy',
    definition: definition(),
    hypervisor: 'kvm',
    devices: [promised('3b:00.0')],
    ...change,
  }
}

export function releaseOrder(change: Partial<ReleaseOrder> = {}): ReleaseOrder {
  return {
    ...BASE,
    id: 2,
    kind: 'release',
    graceSeconds: 60,
    devices: [promised('3b:00.0')],
    ...change,
  }
}
