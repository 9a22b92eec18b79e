/** The agent: a host's side of everything. It probes and carries orders out; where orders come from is the caller's matter. */
import type { HostProbe } from '../../probes/pieces.ts'
import { probeHost } from '../../probes/report.ts'
import { carryOut } from '../deploy/carry-out.ts'
import type { Clock, DeployPorts, Journal } from '../deploy/ports.ts'
import type { HostEvent } from '../model/event.ts'
import type { NodeDevice } from '../model/node-device.ts'
import type { Order } from '../model/order.ts'
import type { HostReport } from '../model/report.ts'

/** What a host is made of, real or simulated. */
export interface HostAccess {
  readonly hypervisor: DeployPorts['hypervisor']
  readonly sysfs: DeployPorts['sysfs']
  readonly firmware: DeployPorts['firmware']
  /** Where /proc is mounted. */
  readonly proc: string
  /** The PCI ID database; null = where distributions put it. */
  readonly pciIds: string | null
  /** The boot log, asked for where nothing else tells of the IOMMU; absent = it is not to be had. */
  readonly readLog?: () => string | null
  /** Absent = a host without libvirt. */
  readonly nodeDevices?: () => Promise<readonly NodeDevice[]>
  readonly loadModule?: NonNullable<DeployPorts['loadModule']>
  readonly vfSettings?: NonNullable<DeployPorts['vfSettings']>
}

/** Given with each order: they reach the controller. */
export interface OrderPorts {
  readonly journal: Journal
  readonly lock: DeployPorts['lock']
  readonly stillOurs: NonNullable<DeployPorts['stillOurs']>
  readonly clock: Clock
  onStep(text: string): void
}

export interface Agent {
  /**
   * The host as it is now; `filter` decides what is offered (null = all); `warn` hears what could not be read. Throws
   * where sysfs cannot be read.
   */
  report(filter: string | null, warn: (message: string) => void): Promise<HostReport>
  /** PCI devices as libvirt itself sees them; null = there is no libvirt. CommandFailed where it cannot be asked. */
  nodeDevices(): Promise<readonly NodeDevice[] | null>
  /** Carries the order out or undoes it; an event either way. Throws only where nothing could be written down. */
  carryOut(order: Order, ports: OrderPorts): Promise<HostEvent>
}

/** What the probes are told to read of this host. */
export function probeOf(
  access: HostAccess,
  filter: string | null,
  warn: (message: string) => void,
): HostProbe {
  return {
    sysfs: access.sysfs.root,
    proc: access.proc,
    filter,
    pciIdsFile: access.pciIds,
    listDomains: () => access.hypervisor.list(),
    ...(access.readLog && { readLog: access.readLog }),
    warn,
  }
}

export function createAgent(access: HostAccess): Agent {
  const { hypervisor, sysfs, firmware, loadModule, vfSettings } = access
  const report = (filter: string | null, warn: (message: string) => void) =>
    probeHost(probeOf(access, filter, warn))
  return {
    report,
    nodeDevices: async () => (await access.nodeDevices?.()) ?? null,
    carryOut: (order, ports) =>
      carryOut(order, {
        hypervisor,
        sysfs,
        firmware,
        ...(loadModule && { loadModule }),
        ...(vfSettings && { vfSettings }),
        ...ports,
        facts: () => report(null, ports.onStep),
      }),
  }
}
