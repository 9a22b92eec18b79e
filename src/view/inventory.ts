/** What the views are built from: rows of the database in the model's words, no database in sight. */
import type { ClaimRole } from '../model/claim.ts'
import type { ReportedDevice } from '../model/report.ts'
import type { DeviceHealth } from '../model/snapshot.ts'
import type { Usage } from '../model/usage.ts'
import type { VmState } from '../model/vm.ts'

/** A device of the inventory: what the probe saw, what reconcile and the operator said. */
export interface InventoryDevice extends ReportedDevice {
  /** Seen in the host's last report. */
  readonly present: boolean
  readonly inUse: readonly Usage[]
  readonly allowed: boolean
  readonly reserved: boolean
  readonly wantedVfs: number | null
  readonly health: DeviceHealth
  readonly healthReason: string | null
  /** Milliseconds since the epoch; counts where the device is missing. */
  readonly lastSeen: number
}

/** What a VM's list says of a device that it holds. */
export type HeldDevice = Pick<InventoryDevice, 'vendorId' | 'deviceId' | 'classId' | 'deviceName' | 'present'>

/** Who holds a device, and where that VM's life stands. */
export interface Holder {
  readonly vm: number
  readonly vmName: string
  readonly vmState: VmState
  readonly role: ClaimRole
  /** The running VM is to let go of it. */
  readonly detaching?: boolean
}
