/** Documents of the API's shape for the command line's tests, with defaults. */
import { parseAddress } from '../../src/model/address.ts'
import type {
  DeviceView,
  HostSummary,
  HostView,
  TemplateView,
  VmSummary,
  VmView,
} from '../../src/view/documents.ts'

export function deviceView(address: string, fields: Partial<DeviceView> = {}): DeviceView {
  const parsed = parseAddress(address)
  if (parsed === null) throw new Error(`not an address: ${address}`)
  return {
    address: parsed,
    vendor: '10de',
    device: '20b0',
    class: '0302',
    progIf: '00',
    revision: 'a1',
    subsystemVendor: null,
    subsystemDevice: null,
    vendorName: null,
    deviceName: null,
    className: null,
    kind: 'plain',
    parent: null,
    totalVfs: 0,
    numVfs: 0,
    numaNode: 0,
    iommuGroup: 12,
    driver: null,
    bridge: false,
    networkInterfaces: [],
    resetMethods: ['flr'],
    msix: null,
    pcie: true,
    identity: null,
    host: 0,
    hostName: 'kvm-a',
    offered: true,
    health: 'ok',
    healthReason: null,
    inUse: [],
    allowed: false,
    reserved: false,
    wantedVfs: null,
    vm: null,
    state: 'free',
    why: null,
    diagnosis: [],
    ...fields,
  }
}

export function hostSummary(fields: Partial<HostSummary> = {}): HostSummary {
  return {
    id: 0,
    name: 'kvm-a',
    cluster: 'default',
    driver: 'libvirt',
    simulated: false,
    state: 'on',
    runningVms: 1,
    usedCpu: 400,
    totalCpu: 6400,
    usedMemoryMiB: 8192,
    totalMemoryMiB: 262144,
    offeredDevices: 8,
    freeDevices: 7,
    passthrough: true,
    passthroughReason: null,
    reportedAt: '2026-11-21T01:23:18.123Z',
    failure: null,
    agent: null,
    ...fields,
  }
}

export function hostView(fields: Partial<HostView> = {}): HostView {
  return {
    ...hostSummary(),
    uri: 'qemu:///system',
    filter: null,
    attributes: {},
    capacity: {
      cpus: 64,
      memoryKiB: 268435456,
      numaNodes: [{ id: 0, cpus: 64, memoryKiB: 268435456 }],
      hypervisor: 'kvm',
      arch: 'x86_64',
      kernel: '6.12.0',
    },
    bootId: null,
    generation: 3,
    readiness: { passthrough: true, reason: null, checks: null },
    devices: [],
    usb: [],
    orphans: [],
    drift: [],
    ...fields,
  }
}

export function vmSummary(fields: Partial<VmSummary> = {}): VmSummary {
  return {
    id: 5,
    name: 'train-1',
    owner: null,
    state: 'RUNNING',
    priority: 0,
    host: 0,
    hostName: 'kvm-a',
    cpu: 400,
    memoryMiB: 8192,
    devices: [],
    usb: [],
    message: null,
    createdAt: '2026-11-21T01:00:00.000Z',
    ...fields,
  }
}

export function vmView(fields: Partial<VmView> = {}): VmView {
  return {
    ...vmSummary(),
    epoch: 1,
    moving: null,
    firmware: 'bios',
    failures: 0,
    template: 'CPU = 4\nMEMORY = 8192\n',
    history: [],
    ...fields,
  }
}

export function templateView(fields: Partial<TemplateView> = {}): TemplateView {
  return { id: 3, name: 'gpu', text: 'CPU = 4\n', createdAt: '2026-11-21T01:00:00.000Z', ...fields }
}
