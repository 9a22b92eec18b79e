/** The JSON documents that people and programs see: what the API answers and the command line prints. */
import type { Address } from '../model/address.ts'
import type { DeviceKind } from '../model/device.ts'
import type { DeviceEvent } from '../model/device-history.ts'
import type { DriftCode } from '../model/drift.ts'
import type { Finding } from '../model/finding.ts'
import type { Capacity, HostDriver, HostState } from '../model/host.ts'
import type { Role } from '../model/identity.ts'
import type { NodeDifference } from '../model/node-device.ts'
import type { ReportedReadiness } from '../model/readiness.ts'
import type { DeviceDocument } from '../model/report.ts'
import type { DeviceHealth } from '../model/snapshot.ts'
import type { Usage } from '../model/usage.ts'
import type { UsbDeviceDocument } from '../model/usb-document.ts'
import type { GuestFirmware, VmState } from '../model/vm.ts'

/** `held` = a group mate of a passed device; `releasing` = on its way back; `missing` = claimed or known, but not seen any more. */
export const DEVICE_STATES = [
  'free',
  'claimed',
  'attached',
  'held',
  'releasing',
  'missing',
  'drained',
  'quarantined',
  'unassignable',
] as const

export type DeviceState = (typeof DEVICE_STATES)[number]

/** What diagnosis found of a device: `warning` where a VM may not start with it, `note` where it is good to know. */
export interface DiagnosisView {
  /** Listed in docs/errors.md. */
  readonly code: Finding['code']
  readonly level: 'warning' | 'note'
  readonly message: string
}

/** A device of the inventory, all facts, and what stands between it and a VM. */
export interface DeviceView extends DeviceDocument {
  readonly host: number
  readonly hostName: string
  readonly offered: boolean
  readonly health: DeviceHealth
  /** Why it is drained or quarantined; `why` tells of the VM where one has it. */
  readonly healthReason: string | null
  readonly inUse: readonly Usage[]
  /** The operator said that it may be given although the host uses it. */
  readonly allowed: boolean
  /** An operator wants it on vfio-pci for good. */
  readonly reserved: boolean
  /** Virtual functions that an operator wants of it, after a reboot too; null = none. */
  readonly wantedVfs: number | null
  /** The VM that holds it, passed or as a mate. */
  readonly vm: number | null
  readonly state: DeviceState
  /** Where it is not free: the reason, in words a person can act on. */
  readonly why: string | null
  readonly diagnosis: readonly DiagnosisView[]
}

/** The offered devices of one type, over all hosts; bridges are left out. */
export interface DeviceTypeView {
  /** `10de:20b0:0302`: vendor, device, class. */
  readonly type: string
  readonly vendor: string
  readonly device: string
  readonly class: string
  readonly vendorName: string | null
  readonly deviceName: string | null
  readonly className: string | null
  readonly kinds: readonly DeviceKind[]
  readonly total: number
  readonly free: number
  /** Hosts that have one. */
  readonly hosts: number
  readonly hostsWithFree: number
  /** How many are in each state; one that none is in is left out. */
  readonly states: Readonly<Partial<Record<DeviceState, number>>>
}

/** A device in the map of a host. */
export interface MapDevice {
  readonly address: Address
  readonly state: DeviceState
  /** The VM that holds it, passed or as a mate. */
  readonly vm: number | null
}

/** A host's offered devices by type, no more said of each than its state; bridges are left out. */
export interface HostDevicesView {
  readonly host: number
  readonly hostName: string
  readonly cluster: string
  /** Of the host. */
  readonly state: HostState
  /** By type. */
  readonly types: readonly {
    readonly type: string
    readonly name: string | null
    /** In address order. */
    readonly devices: readonly MapDevice[]
  }[]
}

export interface DeviceHistoryView {
  readonly host: number
  readonly hostName: string
  /** Where the device is now. */
  readonly address: string
  /** Oldest first; `address` = where it was then. */
  readonly history: readonly {
    readonly at: string
    readonly event: DeviceEvent
    readonly vm: number | null
    readonly address: string
    readonly what: string
  }[]
}

/** A USB device of the inventory, all facts, and what stands between it and a VM. */
export interface UsbDeviceView extends UsbDeviceDocument {
  /** The VM that holds it. */
  readonly vm: number | null
  readonly state: 'free' | 'claimed' | 'attached' | 'releasing' | 'missing' | 'unassignable'
  /** Where it is not free: the reason, in words a person can act on. */
  readonly why: string | null
}

/** The agent of a host that is reached through one. */
export interface HostAgentView {
  /** Null = none has joined yet. */
  readonly joinedAt: string | null
  readonly version: string | null
  /** Null = never. */
  readonly heardAt: string | null
  /** For how long it has not been heard, where that is too long; null = it is heard, or none has joined. */
  readonly silentSeconds: number | null
  /** Its report was taken in whole since it, or the controller, came back: before, the host gets no VMs. */
  readonly compared: boolean
}

export interface HostSummary {
  readonly id: number
  readonly name: string
  readonly cluster: string
  readonly driver: HostDriver
  /** True = nothing behind it but files that Berth wrote. */
  readonly simulated: boolean
  readonly state: HostState
  readonly runningVms: number
  /** Hundredths of a core, promised to VMs and in total. */
  readonly usedCpu: number
  readonly totalCpu: number | null
  readonly usedMemoryMiB: number
  readonly totalMemoryMiB: number | null
  readonly offeredDevices: number
  readonly freeDevices: number
  /** Whether it is ready to pass devices; null = it has never been probed. */
  readonly passthrough: boolean | null
  /** Why it is not; null = it is, or has never been probed. */
  readonly passthroughReason: string | null
  readonly reportedAt: string | null
  /** Why the last probe or comparison failed. */
  readonly failure: string | null
  /** Null = it is reached in the controller's process. */
  readonly agent: HostAgentView | null
}

/** What fencing a host means, or meant, for a VM that is on it. */
export interface FencedVmView {
  readonly vm: number
  readonly name: string
  readonly from: VmState
  readonly to: VmState
  /** PCI addresses and USB devices that it loses. */
  readonly devices: readonly string[]
}

/** `berth host fence`: what it would do, or did. */
export interface HostFence {
  readonly host: number
  readonly hostName: string
  /** False = nothing was changed. */
  readonly fenced: boolean
  /** It can be asked: then it is not fenced. */
  readonly answers: boolean
  readonly failure: string | null
  readonly agent: HostAgentView | null
  readonly vms: readonly FencedVmView[]
}

/** `berth host prepare`: what the host's agent was asked for, and what came of it. */
export interface HostErrand {
  readonly host: number
  readonly errand: number
  readonly state: 'waiting' | 'done' | 'failed'
  /** What the program printed, and its exit status; null = none yet, or it could not be run. */
  readonly answer: { readonly status: number; readonly stdout: string; readonly stderr: string } | null
  /** Why it could not be run. */
  readonly failure: string | null
}

/** A Berth domain on the host that the database does not know: never destroyed by itself. */
export interface OrphanDomain {
  readonly name: string
  readonly uuid: string
  readonly vm: number
  readonly epoch: number
  /** Null = this database's mark; else the id of the one that made it: `vm` and `epoch` are that one's. */
  readonly database: string | null
}

/** One difference between the database and a host. */
export interface DriftView {
  readonly code: DriftCode
  readonly message: string
  readonly vm: number | null
  readonly address: string | null
  readonly domain: string | null
  /** `possible` = `--repair` mends it; `ordered` = a `serve` is at it; null = a person must decide, as the message says. */
  readonly repair: 'possible' | 'repaired' | 'ordered' | 'failed' | null
}

/** One host, compared: `failure` not null = it could not be, so nothing is known. */
export interface HostDrift {
  readonly host: number
  readonly hostName: string
  readonly failure: string | null
  readonly drift: readonly DriftView[]
}

/** Whether a host can pass devices. */
export interface HostReadiness {
  readonly passthrough: boolean
  /** Why not; null = it can. */
  readonly reason: string | null
  /** What the host's own probe found; null = its last report told nothing of it. */
  readonly checks: ReportedReadiness['checks'] | null
}

export interface HostView extends HostSummary {
  readonly uri: string
  readonly filter: string | null
  readonly attributes: Readonly<Record<string, string | number>>
  readonly capacity: Capacity | null
  readonly bootId: string | null
  readonly generation: number
  readonly readiness: HostReadiness
  /** All devices, offered or not, in address order. */
  readonly devices: readonly DeviceView[]
  /** All USB devices, hubs included, by bus, then port. */
  readonly usb: readonly UsbDeviceView[]
  readonly orphans: readonly OrphanDomain[]
  /** Where the last report differs from what the database says, orphans left out. */
  readonly drift: readonly DriftView[]
}

/** A virtual function in `sriov list`. */
export interface VfView {
  readonly address: Address
  /** Its number among those of its PF, from 0; null = not known. */
  readonly index: number | null
  /** `8086:1889:0200`. */
  readonly type: string
  readonly name: string | null
  readonly driver: string | null
  readonly iommuGroup: number | null
  readonly offered: boolean
  readonly vm: number | null
  readonly state: DeviceState
  readonly why: string | null
}

/** A physical function: an SR-IOV capable device and what there is of its virtual functions. */
export interface PfView {
  readonly host: number
  readonly hostName: string
  readonly address: Address
  readonly type: string
  readonly name: string | null
  readonly driver: string | null
  readonly networkInterfaces: readonly string[]
  readonly totalVfs: number
  readonly numVfs: number
  /** What an operator asked for; kept over reboots. Null = nothing. */
  readonly wantedVfs: number | null
  /** Whether its driver can make virtual functions; null = not known before it is asked to: sysfs does not tell. */
  readonly driverAble: boolean | null
  /** Why the last change of their number failed, where it did and no other came after. */
  readonly failure: string | null
  readonly vm: number | null
  readonly state: DeviceState
  readonly why: string | null
  /** By index; those that are missing and held among them. */
  readonly vfs: readonly VfView[]
}

/** `berth sriov list HOST`. */
export interface HostSriov {
  readonly host: number
  readonly hostName: string
  readonly reportedAt: string | null
  /** In address order. */
  readonly pfs: readonly PfView[]
}

/** A device in `host groups`. */
export interface GroupDeviceView {
  readonly address: Address
  /** `10de:20b0:0302`. */
  readonly type: string
  readonly name: string | null
  readonly bridge: boolean
  readonly driver: string | null
  readonly offered: boolean
  readonly vm: number | null
  readonly state: DeviceState
  readonly why: string | null
}

export interface GroupView {
  /** Null = the devices that are in no group. */
  readonly group: number | null
  /** `free` = something in it can be given now; `held` = a VM has it; `never` = only bridges and chipset functions. */
  readonly state: 'free' | 'held' | 'unassignable' | 'never'
  /** Nothing in it stands in the way of the VM that holds it, or, where none does, of any. */
  readonly viable: boolean
  /** Where it is not viable, or nothing in it can be given. */
  readonly why: string | null
  readonly vm: number | null
  /** In address order, bridges among them. */
  readonly devices: readonly GroupDeviceView[]
}

/** What libvirt's node devices say otherwise than sysfs. */
export interface LibvirtCheck {
  /** Empty = they agree; null = they could not be compared, and `failure` says why. */
  readonly differences: readonly NodeDifference[] | null
  readonly failure: string | null
}

/** `host groups`. */
export interface HostGroups {
  readonly host: number
  readonly hostName: string
  readonly reportedAt: string | null
  readonly groups: readonly GroupView[]
  /** Null = not asked for. */
  readonly libvirt: LibvirtCheck | null
}

export interface VmDeviceView {
  readonly address: string
  readonly role: 'passed' | 'held'
  readonly request: number | null
  readonly type: string
  readonly name: string | null
  readonly state: DeviceState
}

export interface VmUsbDeviceView {
  /** The template's USB block. */
  readonly request: number
  readonly bus: number
  readonly device: number
  readonly port: string
  /** `0627:0001`. */
  readonly id: string
  readonly name: string | null
  readonly state: UsbDeviceView['state']
}

export interface VmSummary {
  readonly id: number
  readonly name: string
  /** The user whose it is; null = the operators'. */
  readonly owner: string | null
  readonly state: VmState
  readonly priority: number
  readonly host: number | null
  readonly hostName: string | null
  /** Hundredths of a core. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly devices: readonly VmDeviceView[]
  /** By request. */
  readonly usb: readonly VmUsbDeviceView[]
  /** Why it waits or what went wrong, one line. */
  readonly message: string | null
  readonly createdAt: string
}

export interface VmView extends VmSummary {
  readonly epoch: number
  readonly failures: number
  /** Devices are being given to it, or taken from it, while it runs. */
  readonly moving: 'attach' | 'detach' | null
  /** What its template asks for. */
  readonly firmware: GuestFirmware
  readonly template: string
  /** Steps of its orders, oldest first. */
  readonly history: readonly { readonly at: string; readonly what: string }[]
}

/** How a wait for a state ended. */
export interface VmWait {
  /** False = there was no more time, or its history grew; ask again. */
  readonly reached: boolean
  readonly for: VmState
  readonly vm: VmView
}

export interface TemplateView {
  readonly id: number
  readonly name: string
  readonly text: string
  readonly createdAt: string
}

/** How many hosts could take one VM of a template: with everything free (`ever`) and as things stand (`now`). */
export interface TemplateCheck {
  readonly valid: true
  readonly hosts: number
  readonly ever: number
  readonly now: number
  /** One reason a host that cannot take it now. */
  readonly reasons: readonly HostReason[]
}

/** How many VMs of a template could be placed one after the other, as the scheduler would. */
export interface TemplateFit {
  readonly count: number
  /** True = there is room for more than `limit`. */
  readonly more: boolean
  readonly limit: number
  /** The VMs that wait were placed first. */
  readonly afterWaiting: boolean
  /** By id, those alone that get some. */
  readonly hosts: readonly { readonly host: number; readonly hostName: string; readonly count: number }[]
  /** Why the next one fits nowhere, one for each host; empty where there is room for more. */
  readonly reasons: readonly HostReason[]
}

export interface HostReason {
  readonly host: number
  readonly hostName: string
  readonly code: string
  readonly message: string
}

/** One thing to be done so that a VM could go to a host. */
export interface NeededChange {
  /** Listed in docs/errors.md. */
  readonly code: string
  /** What to do, with the command to type. */
  readonly message: string
  /** The PCI device that it is about. */
  readonly address: string | null
  /** The VM that it is about; null where that is another user's. */
  readonly vm: number | null
}

export interface RemediedReason extends HostReason {
  /** All of them together would do; null = nothing that Berth knows of would help; absent = not worked out. */
  readonly changes?: readonly NeededChange[] | null
}

/** `berth explain VM`. */
export interface Explanation {
  readonly vm: number
  readonly state: VmState
  /** Reasons by host, hosts that could take it left out. */
  readonly reasons: readonly RemediedReason[]
  /** Hosts that could take it now. */
  readonly fitting: readonly { readonly host: number; readonly hostName: string }[]
  /** Over all hosts; null = none is needed, or none is known. */
  readonly smallest: {
    readonly host: number
    readonly hostName: string
    readonly changes: readonly NeededChange[]
    /** Of what Berth knows of, nothing cheaper helps this host; false = none of the changes can be left out, and no more is known. */
    readonly exact: boolean
  } | null
  /** Hosts whose changes were worked out. */
  readonly considered: number
  readonly message: string
}

export interface CycleSummary {
  readonly probed: readonly number[]
  readonly failed: readonly { readonly host: number; readonly message: string }[]
  readonly placed: readonly {
    readonly vm: number
    readonly host: number
    readonly hostName: string
    readonly devices: readonly string[]
    /** Ports of USB devices. */
    readonly usb: readonly string[]
  }[]
  readonly waiting: readonly { readonly vm: number; readonly message: string }[]
  readonly ordersDone: number
  readonly ordersFailed: number
}

/** Who asks, and what this one may. */
export interface PersonView {
  readonly name: string
  readonly role: Role
  /** The user whose VMs are this one's; null = an operator of this machine. */
  readonly user: string | null
}

/** `berth token list`: what is known of a token; its secret is not. */
export interface TokenView {
  readonly name: string
  /** The user that it speaks for. */
  readonly user: string
  readonly role: Role
  readonly state: 'valid' | 'expired'
  readonly createdAt: string
  readonly createdBy: string
  /** Null = never. */
  readonly expiresAt: string | null
  /** To the minute; null = never. */
  readonly usedAt: string | null
}

/** `berth token create`: shown this once. */
export interface NewTokenView extends TokenView {
  readonly token: string
}

/** `berth token join`: shown this once. */
export interface JoinTokenView {
  readonly host: number
  readonly hostName: string
  readonly token: string
  readonly expiresAt: string
  /** Where the controller listens; null = it is not known here. */
  readonly server: string | null
}

/** `berth quota list`. */
export interface QuotaView {
  readonly user: string
  /** `[vendor]:[device][:class]` */
  readonly selector: string
  readonly most: number
  /** What the user's VMs ask for of it, those that do not run too. */
  readonly used: number
}

/** `berth log`. */
export interface LogEntryView {
  readonly at: string
  readonly who: string
  readonly role: string
  /** The client's address; null = the command line on the controller's machine. */
  readonly origin: string | null
  readonly action: string
  readonly subject: string | null
  /** `ok`, or the code of the refusal. */
  readonly outcome: string
  /** Likewise refusals of that minute that have no line of their own. */
  readonly more: number
}

/** What `berth doctor` tells of one host. */
export interface ReadinessDocument extends ReportedReadiness {
  readonly schema: 'berth.readiness/1'
  readonly host: string
  /** Endpoints in address order; null = no PCI bus was there to read. */
  readonly devices:
    | readonly {
        readonly address: Address
        readonly type: string
        readonly name: string | null
        readonly driver: string | null
        /** Could be given to a VM as it is. */
        readonly free: boolean
        /** What stands in the way; null = nothing. */
        readonly why: string | null
      }[]
    | null
}
