/** One probe of a whole host: the report that the controller takes in. */
import { dirname } from 'node:path'
import type { Device } from '../src/model/device.ts'
import { BerthError } from '../src/model/errors.ts'
import { type ReportedReadiness, reportedReadiness } from '../src/model/readiness.ts'
import { HOST_REPORT_SCHEMA, type HostReport } from '../src/model/report.ts'
import type { RunningDomain } from '../src/model/usage.ts'
import { readCapacity } from './capacity/capacity.ts'
import { readBootId, readHostName } from './host-identity.ts'
import { parseFilter, passes } from './pci/filter.ts'
import { findPciIds, PCI_IDS_FILES, pciNames } from './pci/names.ts'
import { reportedDevices } from './pci/offered.ts'
import { named, probePci } from './pci/probe.ts'
import type { Warn } from './read.ts'
import { readReadinessFacts } from './readiness/facts.ts'
import { judgeReadiness } from './readiness/readiness.ts'
import type { SoftwareAnswers } from './readiness/software.ts'
import { gpuUsage } from './usage/gpus.ts'
import { openFilesOf } from './usage/open-files.ts'
import { hostEvidence, hostUsage } from './usage/usage.ts'
import { vfioUsage } from './usage/vfio.ts'
import { probeUsb } from './usb/probe.ts'

export interface HostProbe {
  /** Mount points, `/sys` and `/proc` on a real host; `proc`'s parent is the root for /dev/kvm and QEMU. */
  readonly sysfs: string
  readonly proc: string
  /** Which devices are offered, as `berth probe pci --filter`; null = all. */
  readonly filter: string | null
  /** The database of names; null or absent = where distributions put it. */
  readonly pciIdsFile?: string | null
  /** Null = this host has no libvirt to ask. */
  readonly listDomains: (() => Promise<readonly RunningDomain[]>) | null
  /** The boot log's text, asked for where nothing else tells; absent = it is not to be had. */
  readonly readLog?: () => string | null
  /** What went wrong without stopping the probe, why domains are not known as the last; dropped by default. */
  readonly warn?: Warn
}

/**
 * Reads the host. `domains` is null where libvirt could not be asked. Rejects with InvalidInput `wrong-filter`, NotFound
 * `no-sysfs` or `no-capacity`, CommandFailed `unreadable`.
 */
export async function probeHost(probe: HostProbe): Promise<HostReport> {
  const { sysfs, proc, pciIdsFile = null, warn = () => {} } = probe
  const filter = probe.filter === null ? null : parseFilter(probe.filter)
  const all = probePci(sysfs, warn)
  const name = pciNames(findPciIds(pciIdsFile === null ? PCI_IDS_FILES : [pciIdsFile]))
  const { domains, failure } = await domainsOf(probe)
  const openFiles = openFilesOf(proc, warn)
  const evidence = hostEvidence(sysfs, proc, openFiles)
  const reported = reportedDevices(all, (device) => filter === null || passes(filter, device))
  const report: HostReport = {
    schema: HOST_REPORT_SCHEMA,
    host: readHostName(proc),
    bootId: readBootId(proc),
    devices: reported.map((device) => {
      const { capabilities: _, ...facts } = named(device, name)
      return facts
    }),
    // Without the list of domains, nobody can tell whose process it is.
    usage: [
      ...hostUsage(sysfs, all, evidence),
      ...gpuUsage(sysfs, proc, all, openFiles),
      ...(domains ? vfioUsage(sysfs, all, domains, openFiles) : []),
    ],
    usb: probeUsb(sysfs, evidence, warn),
    capacity: readCapacity(sysfs, proc),
    readiness: readinessOfReport(probe, all, failure),
    domains,
  }
  if (failure !== null) warn(`running domains are not known: ${failure.message}`)
  return report
}

interface Domains {
  readonly domains: readonly RunningDomain[] | null
  /** Why they are not known; null = they are, or there is no libvirt to ask. */
  readonly failure: BerthError | null
}

async function domainsOf({ listDomains }: HostProbe): Promise<Domains> {
  if (listDomains === null) return { domains: null, failure: null }
  try {
    return { domains: await listDomains(), failure: null }
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return { domains: null, failure: error }
  }
}

/** Versions are not asked for: a report comes every few seconds, and they start a process each. */
function readinessOfReport(
  { sysfs, proc, readLog = () => null, listDomains }: HostProbe,
  devices: readonly Device[],
  failure: BerthError | null,
): ReportedReadiness {
  const facts = readReadinessFacts({ root: dirname(proc), sysfs, proc, readLog, devices, brief: true })
  const libvirt = listDomains === null ? null : libvirtAnswer(failure)
  return reportedReadiness(judgeReadiness(facts, { qemuVersion: null, libvirt }))
}

/** Failures of virsh.ts that mean that nobody answers; after another one somebody did. */
const SILENT: ReadonlySet<string> = new Set(['libvirt-unreachable', 'virsh-missing', 'virsh-timeout'])

function libvirtAnswer(failure: BerthError | null): SoftwareAnswers['libvirt'] {
  if (failure === null) return { version: 'it answers' }
  return SILENT.has(failure.code)
    ? { failure: failure.message }
    : { version: `it answers; but ${failure.message}` }
}
