/** A host: what the operator said of it and what its last report said. */

import type { ProbePeriods } from './agent-protocol.ts'
import type { AttributeValue } from './expression.ts'
import type { ReportedReadiness } from './readiness.ts'

/** `libvirt` = the libvirt of this machine, or of its agent's; `simulator` = a sysfs tree that Berth wrote, no machine behind it. */
export type HostDriver = 'libvirt' | 'simulator'

/** Derived, never stored: `disabled` by the operator; `unknown` = not compared or not answering; `off` = known to be down. */
export type HostState = 'on' | 'off' | 'disabled' | 'unknown'

export interface NumaNode {
  readonly id: number
  readonly cpus: number
  readonly memoryKiB: number
}

export interface Capacity {
  /** Online CPUs. */
  readonly cpus: number
  readonly memoryKiB: number
  readonly numaNodes: readonly NumaNode[]
  /** `kvm`, `qemu` (no /dev/kvm: emulation) or null (no QEMU found). */
  readonly hypervisor: 'kvm' | 'qemu' | null
  /** As `uname -m` says: `x86_64`, `aarch64`. */
  readonly arch: string
  readonly kernel: string
}

export interface Host {
  readonly id: number
  readonly name: string
  readonly cluster: string
  readonly driver: HostDriver
  /** libvirt's connection URI, or the simulated host's folder. */
  readonly uri: string
  readonly enabled: boolean
  /** Which devices are offered; `berth probe pci --filter` syntax; null = all. */
  readonly filter: string | null
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly capacity: Capacity | null
  /** Null = never told. */
  readonly readiness: ReportedReadiness | null
  readonly bootId: string | null
  /** Advances on every change that matters to allocation, not on heartbeats. */
  readonly generation: number
  /** Milliseconds since the epoch of the last report taken in; null = never. */
  readonly reportedAt: number | null
  /** Why the last probe or comparison failed; null = it did not. */
  readonly failure: string | null
  /** It is reached through an agent of its own; else in the controller's process. */
  readonly agent: boolean
  /** How often its agent probes what; null, and what is left out = the defaults. */
  readonly periods: Partial<ProbePeriods> | null
}

/**
 * A host's state as far as its row tells, for those who only look: the controller, which has just asked the host, knows
 * better. Never reported, or failed since: unknown.
 */
export function recordedState(host: Pick<Host, 'enabled' | 'reportedAt' | 'failure'>): HostState {
  if (!host.enabled) return 'disabled'
  return host.reportedAt === null || host.failure !== null ? 'unknown' : 'on'
}
