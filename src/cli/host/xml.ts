/** Hosts in OpenNebula's shape: `HOST_POOL/HOST`, as `onehost list -x` and `onehost show -x` print them. */
import type { HostState } from '../../model/host.ts'
import type { DeviceView, HostSummary, HostView } from '../../view/documents.ts'
import { pciElement } from '../device/xml.ts'
import { elementName, field, type XmlElement } from '../documents/element.ts'

/** OpenNebula's numbers (Host.h): MONITORED, OFFLINE, DISABLED; a host that does not answer is in ERROR. */
const STATES: Readonly<Record<HostState, number>> = { on: 2, off: 8, disabled: 4, unknown: 3 }

const kib = (mib: number | null): number => (mib ?? 0) * 1024

function share(host: HostSummary, devices: readonly DeviceView[]): XmlElement {
  return [
    'HOST_SHARE',
    [
      field('MEM_USAGE', kib(host.usedMemoryMiB)),
      field('CPU_USAGE', host.usedCpu),
      field('TOTAL_MEM', kib(host.totalMemoryMiB)),
      field('TOTAL_CPU', host.totalCpu ?? 0),
      field('MAX_MEM', kib(host.totalMemoryMiB)),
      field('MAX_CPU', host.totalCpu ?? 0),
      field('RUNNING_VMS', host.runningVms),
      ['PCI_DEVICES', devices.map(pciElement)],
    ],
  ]
}

function template(host: HostSummary | HostView): XmlElement {
  const attributes = 'attributes' in host ? Object.entries(host.attributes) : []
  return [
    'TEMPLATE',
    [
      ...('capacity' in host && host.capacity !== null
        ? [field('ARCH', host.capacity.arch), field('HYPERVISOR', host.capacity.hypervisor)]
        : []),
      ...(host.failure === null ? [] : [field('ERROR', host.failure)]),
      ...attributes.map(([name, value]) => field(elementName(name), value)),
    ],
  ]
}

/**
 * `devices` = those to be listed, `vms` = the ids of those that are on it. Berth's clusters have names and no numbers: CLUSTER_ID is -1. Without a report TOTAL_* are 0,
 * as OpenNebula has them of a host that was never monitored.
 */
export function hostElement(
  host: HostSummary | HostView,
  devices: readonly DeviceView[],
  vms: readonly number[],
): XmlElement {
  return [
    'HOST',
    [
      field('ID', host.id),
      field('NAME', host.name),
      field('STATE', STATES[host.state]),
      field('IM_MAD', host.driver),
      field('VM_MAD', host.driver),
      field('CLUSTER_ID', -1),
      field('CLUSTER', host.cluster),
      share(host, devices),
      ['VMS', vms.map((vm) => field('ID', vm))],
      template(host),
      [
        'MONITORING',
        host.reportedAt === null
          ? []
          : [field('TIMESTAMP', Math.floor(Date.parse(host.reportedAt) / 1000)), field('ID', host.id)],
      ],
    ],
  ]
}
