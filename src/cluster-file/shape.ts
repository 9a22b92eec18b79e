/** The cluster file after its schema was checked (src/model/schemas/cluster.ts): what is optional there is optional here. */
import type { DeviceKind } from '../model/device.ts'
import type { HostState } from '../model/host.ts'
import type { DeviceHealth } from '../model/snapshot.ts'

export interface ClusterDocument {
  readonly hosts: readonly DocumentHost[]
  readonly vms: readonly DocumentVm[]
}

export interface DocumentHost {
  readonly id: number
  readonly name?: string
  readonly state?: HostState
  readonly cluster?: string
  /** Cores. */
  readonly cpu?: number | null
  readonly memoryMiB?: number | null
  /** Cores. */
  readonly usedCpu?: number
  readonly usedMemoryMiB?: number
  readonly attributes?: Readonly<Record<string, string | number>>
  readonly devices?: readonly DocumentDevice[]
  readonly usb?: readonly DocumentUsbDevice[]
}

export interface DocumentDevice {
  readonly address: string
  readonly vendor: string
  readonly device: string
  readonly class: string
  readonly numaNode?: number | null
  readonly iommuGroup?: number | null
  readonly kind?: DeviceKind
  readonly parent?: string | null
  readonly driver?: string | null
  readonly bridge?: boolean
  readonly claimedBy?: number | null
  readonly inUseByHost?: boolean
  readonly health?: DeviceHealth
}

export interface DocumentUsbDevice {
  readonly bus: number
  readonly device: number
  readonly port: string
  readonly vendor: string
  readonly product: string
  readonly controller?: string | null
  readonly hub?: boolean
  readonly claimedBy?: number | null
  readonly inUseByHost?: boolean
}

export interface DocumentVm {
  readonly id: number
  readonly name?: string
  readonly priority?: number
  readonly template: string
}
