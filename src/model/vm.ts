/** A virtual machine: what its template defines and where its life stands. */

export const VM_STATES = [
  'HOLD',
  'PENDING',
  'BOOT',
  'RUNNING',
  'SHUTDOWN',
  'POWEROFF',
  'UNKNOWN',
  'BOOT_FAILURE',
  'DONE',
] as const

export type VmState = (typeof VM_STATES)[number]

export interface Disk {
  /** Absolute path of an image or a block device on the host; null = an empty CD-ROM. */
  readonly source: string | null
  readonly block: boolean
  /** QEMU's driver type: `raw`, `qcow2`, ... */
  readonly format: string
  /** Guest device, `vda`; the prefix decides the bus (vd virtio, sd sata, hd sata). */
  readonly target: string
  readonly cdrom: boolean
  readonly readonly: boolean
}

export interface Nic {
  readonly bridge: string | null
  readonly network: string | null
  readonly model: string
  readonly mac: string | null
}

export interface Graphics {
  readonly type: 'vnc' | 'spice'
  readonly listen: string
  /** Null = libvirt chooses. */
  readonly port: number | null
  readonly password: string | null
}

/** What a guest starts from, in the order of what it asks of the host. `uefi-secure`: only signed loaders start. */
export const GUEST_FIRMWARES = ['bios', 'uefi', 'uefi-secure'] as const

export type GuestFirmware = (typeof GUEST_FIRMWARES)[number]

/** What a host must know to define the domain: everything of the template that is not placement. */
export interface VmDefinition {
  readonly name: string
  readonly vcpu: number
  /** Hundredths of a core; 0 = not said. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly disks: readonly Disk[]
  readonly nics: readonly Nic[]
  readonly graphics: Graphics | null
  /** A libvirt CPU model, `host-passthrough` or `host-model`; null = the hypervisor's default. */
  readonly cpuModel: string | null
  readonly machine: string
  /** Absent = BIOS. */
  readonly firmware?: Exclude<GuestFirmware, 'bios'>
  /** A fragment of domain XML to merge in (RAW = [ TYPE = "kvm", DATA = "..." ]). */
  readonly raw: string | null
}

export interface Vm {
  readonly id: number
  readonly name: string
  readonly state: VmState
  readonly priority: number
  /** Template text, as given. */
  readonly template: string
  /** Rises with every placement. */
  readonly epoch: number
  readonly host: number | null
  /** Where a running release leads: POWEROFF (stop), DONE (terminate) or PENDING (failed deploy). */
  readonly afterRelease: 'POWEROFF' | 'DONE' | 'PENDING' | null
  /** Failed deploys in a row. */
  readonly failures: number
  /** Not placed before this time (ms since the epoch). */
  readonly notBefore: number
  /** Why it waits or what went wrong, one line. */
  readonly message: string | null
  readonly createdAt: number
}
