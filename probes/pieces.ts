/** The pieces that a host's report is made of, each to be probed apart: report.ts puts them together, an agent sends those that changed. */
import { dirname } from 'node:path'
import type { Device } from '../src/model/device.ts'
import { BerthError } from '../src/model/errors.ts'
import { type ReportedReadiness, reportedReadiness } from '../src/model/readiness.ts'
import type { HostReport } from '../src/model/report.ts'
import type { RunningDomain } from '../src/model/usage.ts'
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

/** Running domains, and why they are not known. */
export interface FoundDomains {
  readonly domains: readonly RunningDomain[] | null
  /** Null = they are known, or there is no libvirt to ask. */
  readonly failure: BerthError | null
}

/** A libvirt that cannot be asked is an answer; `warn` says why. */
export async function probeDomains(probe: HostProbe): Promise<FoundDomains> {
  const found = await askForDomains(probe)
  warnOfDomains(probe, found)
  return found
}

async function askForDomains({ listDomains }: HostProbe): Promise<FoundDomains> {
  if (listDomains === null) return { domains: null, failure: null }
  try {
    return { domains: await listDomains(), failure: null }
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return { domains: null, failure: error }
  }
}

function warnOfDomains({ warn }: HostProbe, { failure }: FoundDomains): void {
  if (failure !== null) warn?.(`running domains are not known: ${failure.message}`)
}

export interface FoundDevices extends Required<Pick<HostReport, 'devices' | 'usage' | 'usb'>> {
  /** Every function of the host, whatever the filter says. */
  readonly all: readonly Device[]
  readonly found: FoundDomains
}

/**
 * Devices, what the host uses and USB, which share what they read; the domains between them, since a device that was found on vfio-pci
 * before they were asked for is theirs or nobody's. Rejects with InvalidInput `wrong-filter`, NotFound `no-sysfs`,
 * CommandFailed `unreadable`.
 */
export async function probeDevices(probe: HostProbe): Promise<FoundDevices> {
  const { sysfs, proc, pciIdsFile = null, warn = () => {} } = probe
  const filter = probe.filter === null ? null : parseFilter(probe.filter)
  const all = probePci(sysfs, warn)
  const name = pciNames(findPciIds(pciIdsFile === null ? PCI_IDS_FILES : [pciIdsFile]))
  const found = await askForDomains(probe)
  const openFiles = openFilesOf(proc, warn)
  const evidence = hostEvidence(sysfs, proc, openFiles)
  const reported = reportedDevices(all, (device) => filter === null || passes(filter, device))
  const devicesFound = {
    all,
    found,
    devices: reported.map((device) => {
      const { capabilities: _, ...facts } = named(device, name)
      return facts
    }),
    // Without the list of domains, nobody can tell whose process it is.
    usage: [
      ...hostUsage(sysfs, all, evidence),
      ...gpuUsage(sysfs, proc, all, openFiles),
      ...(found.domains ? vfioUsage(sysfs, all, found.domains, openFiles) : []),
    ],
    usb: probeUsb(sysfs, evidence, warn),
  }
  warnOfDomains(probe, found)
  return devicesFound
}

/**
 * `devices` = all of the host's, where they are known already; `failure` = why libvirt could not be asked for its domains. Versions
 * are not asked for: a report comes every few seconds, and they start a process each.
 */
export function probeReadiness(
  { sysfs, proc, readLog = () => null, listDomains }: HostProbe,
  devices: readonly Device[] | null,
  failure: BerthError | null,
): ReportedReadiness {
  const facts = readReadinessFacts({
    ...{ root: dirname(proc), sysfs, proc, readLog, brief: true },
    ...(devices !== null && { devices }),
  })
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
