/** Hosts as people see them: `host list` and `host show`. */
import { arrangeDevices, obstacle } from '../model/assignable.ts'
import type { Host } from '../model/host.ts'
import type { SnapshotHost } from '../model/snapshot.ts'
import type {
  DeviceView,
  DriftView,
  HostAgentView,
  HostSummary,
  HostView,
  OrphanDomain,
  UsbDeviceView,
} from './documents.ts'
import { notReadyMessage } from './refusal.ts'
import { isoTime } from './time.ts'

/** One row of `host list`. `placed` is the host as the scheduler sees it, with what VMs were promised; `agent` of one behind an agent. */
export function hostSummary(
  host: Host,
  placed: SnapshotHost,
  agent: HostAgentView | null = null,
): HostSummary {
  const arranged = arrangeDevices(placed.devices, placed.ungroupedAllowed)
  const offered = placed.devices.filter((device) => device.offered)
  return {
    id: host.id,
    name: host.name,
    cluster: host.cluster,
    driver: host.driver,
    simulated: host.driver === 'simulator',
    state: placed.state,
    runningVms: placed.runningVms,
    usedCpu: placed.usedCpu,
    totalCpu: host.capacity === null ? null : placed.cpu,
    usedMemoryMiB: placed.usedMemoryMiB,
    totalMemoryMiB: host.capacity === null ? null : placed.memoryMiB,
    offeredDevices: offered.length,
    passthrough: host.reportedAt === null ? null : placed.passthroughReady,
    passthroughReason: host.reportedAt === null ? null : readinessReason(host, placed),
    freeDevices: offered.filter((device) => obstacle(arranged, device, null) === null).length,
    reportedAt: isoTime(host.reportedAt),
    failure: host.failure,
    agent,
  }
}

/** `host show`: all facts of one host. `devices` and `usb` are views of all its devices, in order. */
export function hostView(
  host: Host,
  placed: SnapshotHost,
  devices: readonly DeviceView[],
  usb: readonly UsbDeviceView[],
  orphans: readonly OrphanDomain[],
  drift: readonly DriftView[],
  agent: HostAgentView | null = null,
): HostView {
  return {
    ...hostSummary(host, placed, agent),
    uri: host.uri,
    filter: host.filter,
    attributes: host.attributes,
    capacity: host.capacity,
    bootId: host.bootId,
    generation: host.generation,
    readiness: {
      passthrough: placed.passthroughReady,
      reason: readinessReason(host, placed),
      checks: host.readiness?.checks ?? null,
    },
    devices,
    usb,
    orphans,
    drift,
  }
}

function readinessReason(host: Host, placed: SnapshotHost): string | null {
  if (placed.passthroughReady) return null
  if (host.reportedAt === null) return `${host.name} has not been probed yet`
  if (placed.missing !== undefined) return notReadyMessage(placed.missing)
  return `no device of ${host.name} is in an IOMMU group: switch the IOMMU on in the firmware and on the kernel's command line (intel_iommu=on)`
}
