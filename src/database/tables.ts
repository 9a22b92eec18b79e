/** The database's tables as Kysely sees them: columns in snake case, JSON as text, booleans as 0 and 1, times in ms since the epoch. */
import type { Generated, Kysely, Transaction } from 'kysely'
import type { Address } from '../model/address.ts'
import type { ErrandKind, ReportSection } from '../model/agent-protocol.ts'
import type { ChangeKind } from '../model/change.ts'
import type { ClaimRole } from '../model/claim.ts'
import type { DeviceKind } from '../model/device.ts'
import type { DeviceEvent } from '../model/device-history.ts'
import type { HostDriver } from '../model/host.ts'
import type { Role } from '../model/identity.ts'
import type { HexId } from '../model/ids.ts'
import type { JournalEntry, Order, OrderState } from '../model/order.ts'
import type { DeviceHealth } from '../model/snapshot.ts'
import type { Vm, VmState } from '../model/vm.ts'

export type Flag = 0 | 1

export interface MetaTable {
  /** Always 1: there is one row. */
  id: number
  /** Tells databases apart that share a host; stands in each domain's metadata. */
  cluster: string
  schema_version: number
}

export interface HostsTable {
  id: Generated<number>
  name: string
  cluster: string
  driver: HostDriver
  uri: string
  enabled: Flag
  filter: string | null
  /** JSON object. */
  attributes: string
  /** JSON, model Capacity. */
  capacity: string | null
  /** JSON, model ReportedReadiness. */
  readiness: string | null
  boot_id: string | null
  generation: number
  reported_at: number | null
  failure: string | null
  /** It is reached through its agent; 0 = in this process. */
  agent: Generated<Flag>
  /** JSON, of model ProbePeriods what an operator said; null = nothing. */
  periods: string | null
}

export interface DevicesTable {
  host: number
  address: Address
  vendor_id: HexId
  device_id: HexId
  class_id: HexId
  kind: DeviceKind
  parent: Address | null
  numa_node: number | null
  iommu_group: number | null
  driver: string | null
  bridge: Flag
  identity: string | null
  /** JSON, model Device: everything that the probe saw; the columns above repeat what queries need. */
  facts: string
  offered: Flag
  /** Seen in the host's last report. */
  present: Flag
  /** JSON, model Usage[]: what the host itself needs it for. */
  in_use: string
  /** An operator said that it may be given although the host uses it. */
  allowed: Flag
  health: DeviceHealth
  health_reason: string | null
  /** Failed attachments and returns in a row. */
  failures: number
  /** An operator wants it on vfio-pci for good. */
  reserved: Generated<Flag>
  /** JSON, model BoundFrom: Berth put it on vfio-pci for an operator, and it came from there. */
  bound_from: string | null
  /** Virtual functions that an operator wants of this PF; null = none. */
  wanted_vfs: number | null
  /** The kernel is to bind its drivers to them. */
  vf_autoprobe: Generated<Flag>
  first_seen: number
  /** Written when it changes or vanishes; while it is present, the host's `reported_at` says more. */
  last_seen: number
}

/** Running libvirt domains of each host's last report. */
export interface DomainsTable {
  host: number
  uuid: string
  name: string
  state: string
  /** JSON, Address[]. */
  hostdevs: string
  /** JSON, model UsbNumbers[]. */
  usb_hostdevs: Generated<string>
  /** Berth's mark; all three null = a foreign domain. */
  cluster: string | null
  vm: number | null
  epoch: number | null
}

export interface TemplatesTable {
  id: Generated<number>
  name: string
  text: string
  created_at: number
}

export interface VmsTable {
  id: Generated<number>
  name: string
  state: VmState
  priority: number
  template: string
  /** Of the template's definition: hundredths of a core, and MiB. */
  cpu: number
  memory_mib: number
  epoch: number
  host: number | null
  only_host: number | null
  after_release: Vm['afterRelease']
  failures: number
  not_before: number
  message: string | null
  created_at: number
  /** When `state` last changed. */
  changed_at: number
  /** Whose it is: the user that a token speaks for; null = nobody's but the operators'. */
  owner: string | null
}

export interface GroupClaimsTable {
  host: number
  iommu_group: number
  vm: number
}

export interface ClaimsTable {
  host: number
  address: Address
  vm: number
  request: number | null
  role: ClaimRole
  iommu_group: number | null
  identity: string | null
  /** Libvirt binds and rebinds it; 0 = Berth does. */
  managed: Flag
}

export interface UsbDevicesTable {
  host: number
  key: string
  bus: number
  device: number
  port: string
  controller: Address | null
  vendor_id: HexId
  product_id: HexId
  hub: Flag
  /** JSON, model UsbDevice: everything that the probe saw; the columns above repeat what queries need. */
  facts: string
  present: Flag
  /** Why what is there is not what a VM holds. */
  swapped: string | null
  /** JSON, model UsbUse[]. */
  in_use: string
  first_seen: number
  last_seen: number
}

export interface UsbClaimsTable {
  host: number
  key: string
  vm: number
  request: number
}

export interface OrdersTable {
  id: Generated<number>
  /** Null = it is about a device alone, whose address then stands beside it. */
  vm: number | null
  address: Address | null
  host: number
  kind: Order['kind']
  epoch: number
  state: OrderState
  /** JSON, model Order without its id. */
  body: string
  /** Who carries it out, and until when nobody else may. */
  holder: string | null
  lease_until: number | null
  /** How often it was taken. */
  attempts: number
  /** Not to be taken before. */
  not_before: number
  message: string | null
  created_at: number
  finished_at: number | null
}

export interface JournalTable {
  order_id: number
  seq: number
  step: string
  state: JournalEntry['state']
  /** JSON object. */
  facts: string
  at: number
}

export interface HistoryTable {
  id: Generated<number>
  vm: number
  at: number
  what: string
}

export interface DeviceHistoryTable {
  id: Generated<number>
  host: number
  /** The device's identity, or its address where it has none. */
  device: string
  /** Where it was then. */
  address: Address
  at: number
  event: DeviceEvent
  vm: number | null
  what: string
}

export interface LeasesTable {
  name: string
  holder: string
  expires_at: number
}

/** The agent of a host: its credential, and how far what it says was taken in. */
export interface AgentsTable {
  host: number
  /** SHA-256 of the credential, hex. */
  credential_hash: string
  joined_at: number
  /** The running program's own name, of its last hello; another one is superseded. */
  incarnation: string | null
  version: string | null
  /** Numbers of the last message and the last report taken in of this incarnation. */
  last_message: Generated<number>
  last_report: Generated<number>
  /** On this side's clock. */
  heard_at: number | null
  /** Its domains were compared since it, or the controller, came back (invariant 10). */
  compared: Generated<Flag>
}

/** The last report of a host behind an agent, in the pieces in which it is sent. */
export interface ReportSectionsTable {
  host: number
  section: ReportSection
  /** SHA-256 of the body as the agent sent it, hex. */
  hash: string
  /** JSON. */
  body: string
}

/** What an agent is asked for and answers with text: no VM depends on it. */
export interface ErrandsTable {
  id: Generated<number>
  host: number
  kind: ErrandKind
  /** JSON. */
  body: string
  state: 'waiting' | 'done' | 'failed'
  /** JSON; the reason in words where it failed. */
  answer: string | null
  created_at: number
  finished_at: number | null
}

export interface TokensTable {
  id: Generated<number>
  name: string
  /** The user that it speaks for. */
  owner: string
  role: Role
  /** SHA-256 of the secret, hex. */
  hash: string
  created_at: number
  created_by: string
  /** Null = never. */
  expires_at: number | null
  used_at: number | null
}

export interface JoinTokensTable {
  id: Generated<number>
  host: number
  hash: string
  created_at: number
  created_by: string
  expires_at: number
  /** It is of no use any more. */
  used_at: number | null
}

export interface QuotasTable {
  owner: string
  /** `berth probe pci --filter` syntax. */
  selector: string
  /** Devices at a time. */
  most: number
}

export interface AuditTable {
  id: Generated<number>
  at: number
  who: string
  role: string
  /** The client's address; null = this machine's command line. */
  origin: string | null
  action: string
  subject: string | null
  /** `ok`, or the code of the refusal. */
  outcome: string
  /** JSON object. */
  facts: string
}

/** What changed, for those who wait for it: hints, written with the change, dropped after a while. */
export interface ChangesTable {
  id: Generated<number>
  at: number
  kind: ChangeKind
  /** The VM's, host's or template's id; of an order its host's. */
  subject: number
}

export interface Tables {
  meta: MetaTable
  hosts: HostsTable
  devices: DevicesTable
  domains: DomainsTable
  templates: TemplatesTable
  vms: VmsTable
  group_claims: GroupClaimsTable
  claims: ClaimsTable
  usb_devices: UsbDevicesTable
  usb_claims: UsbClaimsTable
  orders: OrdersTable
  journal: JournalTable
  history: HistoryTable
  device_history: DeviceHistoryTable
  leases: LeasesTable
  agents: AgentsTable
  report_sections: ReportSectionsTable
  errands: ErrandsTable
  tokens: TokensTable
  join_tokens: JoinTokensTable
  quotas: QuotasTable
  audit: AuditTable
  changes: ChangesTable
}

/** Enough to read with; the database's own connection or a transaction's. */
export type Queries = Kysely<Tables>

/** What a function takes that writes more than one row: only `Database.transaction` gives it. */
export type Tx = Transaction<Tables>
