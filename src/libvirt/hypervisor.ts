/** What carrying an order out needs of a hypervisor, and the one that is this machine's libvirt, asked through virsh. */
import type { RunningDomain } from '../model/usage.ts'
import { runningDomain, runningDomains } from './running-domains.ts'
import type { Virsh } from './virsh.ts'

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
  /** Plugs the device of this XML into the running domain. */
  attach(uuid: string, xml: string): Promise<void>
  /**
   * Asks the guest to let go of a device. libvirt says yes after some seconds whether or not the guest has: only the domain's
   * own XML tells (virDomainDetachDeviceFlags).
   */
  detach(uuid: string, xml: string): Promise<void>
  /** All running domains, foreign ones included. */
  list(): Promise<readonly RunningDomain[]>
}

export function libvirtHypervisor(virsh: Virsh): Hypervisor {
  /** A failure counts only while the domain is still listed. */
  const unlessGone = async (uuid: string, command: (uuid: string) => Promise<void>) => {
    try {
      await command(uuid)
    } catch (error) {
      if ((await virsh.listRunning()).includes(uuid)) throw error
    }
  }
  return {
    create: (xml) => virsh.create(xml),
    list: () => runningDomains(virsh),
    attach: (uuid, xml) => virsh.attachDevice(uuid, xml),
    detach: (uuid, xml) => virsh.detachDevice(uuid, xml),
    shutdown: (uuid) => unlessGone(uuid, virsh.shutdown),
    destroy: (uuid) => unlessGone(uuid, virsh.destroy),
    find: async (name) =>
      (await virsh.listRunningNames()).includes(name) ? runningDomain(virsh, name) : null,
  }
}
