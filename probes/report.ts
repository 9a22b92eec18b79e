/** One probe of a whole host: the report that the controller takes in. */
import { HOST_REPORT_SCHEMA, type HostReport } from '../src/model/report.ts'
import { readCapacity } from './capacity/capacity.ts'
import { readBootId, readHostName } from './host-identity.ts'
import { type HostProbe, probeDevices, probeReadiness } from './pieces.ts'

/**
 * Reads the host. `domains` is null where libvirt could not be asked. Rejects with InvalidInput `wrong-filter`, NotFound
 * `no-sysfs` or `no-capacity`, CommandFailed `unreadable`.
 */
export async function probeHost(probe: HostProbe): Promise<HostReport> {
  const { sysfs, proc } = probe
  const { all, found, devices, usage, usb } = await probeDevices(probe)
  return {
    schema: HOST_REPORT_SCHEMA,
    host: readHostName(proc),
    bootId: readBootId(proc),
    devices,
    usage,
    usb,
    capacity: readCapacity(sysfs, proc),
    readiness: probeReadiness(probe, all, found.failure),
    domains: found.domains,
  }
}
