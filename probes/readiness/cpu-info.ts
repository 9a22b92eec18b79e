/** /proc/cpuinfo as far as readiness needs it: pure. */

export interface Cpu {
  readonly arch: 'x86' | 'arm64' | 'power' | 'other'
  readonly vendor: 'intel' | 'amd' | null
  readonly processors: number
  /** `vmx` (Intel), `svm` (AMD); null = the flags name none, or there are none (arm64, POWER). */
  readonly virtualization: 'vmx' | 'svm' | null
  /** The processor says that a hypervisor is below: this host is a virtual machine. */
  readonly guest: boolean
}

const VENDORS: Readonly<Record<string, 'intel' | 'amd'>> = {
  GenuineIntel: 'intel',
  AuthenticAMD: 'amd',
  HygonGenuine: 'amd',
}

/** Null for a text that describes no processor. */
export function parseCpuInfo(text: string | null): Cpu | null {
  const processors = text?.match(/^processor\s*:/gm)?.length ?? 0
  if (text === null || processors === 0) return null
  const vendorId = /^vendor_id\s*:\s*(\S+)/m.exec(text)?.[1] ?? null
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(text)?.[1]?.split(/\s+/) ?? [])
  return {
    arch: archOf(text, vendorId),
    vendor: VENDORS[vendorId ?? ''] ?? null,
    processors,
    virtualization: flags.has('vmx') ? 'vmx' : flags.has('svm') ? 'svm' : null,
    guest: flags.has('hypervisor'),
  }
}

function archOf(text: string, vendorId: string | null): Cpu['arch'] {
  if (vendorId !== null && vendorId in VENDORS) return 'x86'
  if (/^flags\s*:/m.test(text) && /^cpu family\s*:/m.test(text)) return 'x86'
  if (/^CPU implementer\s*:/m.test(text)) return 'arm64'
  return /^cpu\s*:\s*POWER/m.test(text) ? 'power' : 'other'
}
