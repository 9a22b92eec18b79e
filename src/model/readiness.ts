/** Readiness: what a host has and lacks for passing PCI devices, check by check. `berth doctor` shows it, `berth prepare` writes what it asks for. */

/** `unknown` = there is no evidence either way. */
export type CheckStatus = 'ok' | 'warning' | 'missing' | 'unknown'

/** Stable ids; docs/readiness.md tells what each asks. */
export type CheckId =
  | 'cpu.virtualization'
  | 'kvm'
  | 'iommu.dma-remapping'
  | 'iommu.interrupt-remapping'
  | 'kernel.version'
  | 'kernel.config'
  | 'vfio.modules'
  | 'qemu'
  | 'libvirt'
  | 'libvirt.device-acl'
  | 'firmware.uefi'
  | 'limits.memlock'

/** Something that `berth prepare` can write, in the words of the kernel and of libvirt. */
export type Need =
  /** For the kernel's command line: `intel_iommu=on`. */
  | { readonly kind: 'kernel-parameter'; readonly parameter: string }
  /** A parameter that stands on the command line and must go: `intel_iommu=off`. */
  | { readonly kind: 'no-kernel-parameter'; readonly parameter: string }
  /** A module to be loaded at boot: `vfio-pci`. */
  | { readonly kind: 'module'; readonly module: string }
  /** A modprobe file keeps the module from being loaded. */
  | { readonly kind: 'no-blacklist'; readonly module: string }
  /** Only ever written when an operator asks for it by name. */
  | { readonly kind: 'unsafe-interrupts' }
  /** Entries that a cgroup_device_acl of the operator's own lacks: `/dev/vfio/vfio`. */
  | { readonly kind: 'device-acl'; readonly entries: readonly string[] }

export interface Check {
  readonly id: CheckId
  readonly status: CheckStatus
  /** A required check that is `missing` makes the host not ready. */
  readonly required: boolean
  /** What was seen, and where. */
  readonly evidence: string
  /** What to do, in words that can be followed; null where nothing is to be done. */
  readonly remedy: string | null
  /** What of the remedy `berth prepare` writes. */
  readonly needs: readonly Need[]
}

export interface Readiness {
  readonly ready: boolean
  readonly checks: readonly Check[]
}

/** What others than the host itself are told: what was found, not what could be written there. */
export interface ReportedReadiness {
  readonly ready: boolean
  readonly checks: readonly Omit<Check, 'needs'>[]
}

export function reportedReadiness({ ready, checks }: Readiness): ReportedReadiness {
  return { ready, checks: checks.map(({ needs: _, ...told }) => told) }
}

/** The required checks that are missing; [] = ready. */
export function missingChecks({ checks }: ReportedReadiness): readonly CheckId[] {
  return checks.filter(({ required, status }) => required && status === 'missing').map(({ id }) => id)
}

/** Ready = no required check is missing. */
export function readinessOf(checks: readonly Check[]): Readiness {
  return { ready: checks.every(({ required, status }) => !required || status !== 'missing'), checks }
}

/** Whether the host was looked at and has no firmware for UEFI guests. */
export function lacksUefi({ checks }: ReportedReadiness): boolean {
  return checks.some(({ id, status }) => id === 'firmware.uefi' && status === 'missing')
}
