/** What carrying an order out needs of a hypervisor: implemented over virsh here, and by the simulator. */
import type { RunningDomain } from '../model/usage.ts'

/** Domains are transient: one that does not run does not exist. Every failure is a CommandFailed. */
export interface Hypervisor {
  /** Starts a transient domain from its XML; managed hostdevs are bound to vfio-pci on the way. */
  create(xml: string): Promise<void>
  /** The running domain of that name; null = there is none. */
  find(name: string): Promise<RunningDomain | null>
  /** Asks the guest to power off (ACPI) and returns at once; a domain that is gone already is fine. */
  shutdown(uuid: string): Promise<void>
  /** Ends the domain and gives its managed hostdevs back; a domain that is gone already is fine. */
  destroy(uuid: string): Promise<void>
  /** All running domains, foreign ones included. */
  list(): Promise<readonly RunningDomain[]>
}
