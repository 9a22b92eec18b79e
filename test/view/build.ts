/** Builders of what views are made from, with defaults: a test names only what it is about. */
import { type Address, parseAddress } from '../../src/model/address.ts'
import type { Capacity, Host } from '../../src/model/host.ts'
import { type HexId, parseHexId } from '../../src/model/ids.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { SnapshotDevice, SnapshotHost } from '../../src/model/snapshot.ts'
import type { Vm } from '../../src/model/vm.ts'
import type { InventoryDevice } from '../../src/view/inventory.ts'

export function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw new Error(`${text} is not an address`)
  return address
}

export function idOf(text: string): HexId {
  const id = parseHexId(text)
  if (id === null) throw new Error(`${text} is not an id`)
  return id
}

/** A GPU in an IOMMU group of its own. */
export function reported(address: string, fields: Partial<ReportedDevice> = {}): ReportedDevice {
  return {
    address: addressOf(address),
    vendorId: idOf('10de'),
    deviceId: idOf('20b0'),
    classId: idOf('0302'),
    progIf: '00',
    revision: 'a1',
    subsystemVendorId: idOf('10de'),
    subsystemDeviceId: idOf('134f'),
    vendorName: 'NVIDIA Corporation',
    deviceName: 'GA100 [A100 PCIe 40GB]',
    className: '3D controller',
    kind: 'plain',
    parent: null,
    totalVfs: 0,
    numVfs: 0,
    numaNode: 0,
    iommuGroup: parseInt(address.slice(-7, -5), 16),
    driver: null,
    bridge: false,
    networkInterfaces: [],
    resetMethods: ['flr'],
    msix: null,
    pcie: true,
    identity: `path:${address}`,
    passthrough: null,
    offered: true,
    ...fields,
  }
}

export function inventoryDevice(address: string, fields: Partial<InventoryDevice> = {}): InventoryDevice {
  return {
    ...reported(address),
    present: true,
    inUse: [],
    allowed: false,
    reserved: false,
    wantedVfs: null,
    health: 'ok',
    healthReason: null,
    lastSeen: Date.UTC(2026, 10, 21),
    ...fields,
  }
}

/** The device as the scheduler sees it, which nobody has claimed unless `fields` say so. */
export function placedDevice(device: InventoryDevice, fields: Partial<SnapshotDevice> = {}): SnapshotDevice {
  const { address, vendorId, deviceId, classId, kind, parent, numaNode, iommuGroup } = device
  const { driver, bridge, offered, health, wantedVfs, inUse, allowed } = device
  return {
    ...{ address, vendorId, deviceId, classId, kind, parent, numaNode, iommuGroup },
    ...{
      driver,
      bridge,
      offered,
      health,
      wantedVfs,
      claimedBy: null,
      inUseByHost: inUse.length > 0 && !allowed,
    },
    ...fields,
  }
}

export function capacity(): Capacity {
  return {
    cpus: 64,
    memoryKiB: 262144 * 1024,
    numaNodes: [{ id: 0, cpus: 64, memoryKiB: 262144 * 1024 }],
    hypervisor: 'kvm',
    arch: 'x86_64',
    kernel: '6.12.0',
  }
}

export function host(fields: Partial<Host> = {}): Host {
  return {
    id: 1,
    name: 'kvm-a',
    cluster: 'default',
    driver: 'libvirt',
    uri: 'qemu:///system',
    enabled: true,
    filter: null,
    attributes: {},
    capacity: capacity(),
    readiness: null,
    bootId: 'boot-1',
    generation: 3,
    reportedAt: Date.UTC(2026, 10, 21, 12),
    failure: null,
    agent: false,
    periods: null,
    ...fields,
  }
}

export function placedHost(
  devices: readonly SnapshotDevice[],
  fields: Partial<SnapshotHost> = {},
): SnapshotHost {
  return {
    id: 1,
    name: 'kvm-a',
    state: 'on',
    passthroughReady: true,
    ungroupedAllowed: false,
    cluster: 'default',
    cpu: 6400,
    usedCpu: 0,
    memoryMiB: 262144,
    usedMemoryMiB: 0,
    runningVms: 0,
    attributes: {},
    devices,
    ...fields,
  }
}

type OwnedVm = Vm & { readonly owner: string | null }

export function vm(fields: Partial<OwnedVm> = {}): OwnedVm {
  return {
    id: 7,
    name: 'train-1',
    owner: null,
    state: 'PENDING',
    priority: 0,
    template: 'CPU = 4\nMEMORY = 8192',
    epoch: 0,
    host: null,
    afterRelease: null,
    failures: 0,
    notBefore: 0,
    message: null,
    createdAt: Date.UTC(2026, 10, 21, 11),
    ...fields,
  }
}
