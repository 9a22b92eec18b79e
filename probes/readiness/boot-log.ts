/** What a kernel's boot log says of virtualisation, IOMMU and interrupt remapping: pure. As `dmesg`, `journalctl -k` and syslog print it. */

export interface BootLog {
  /** It begins where the kernel does; false = the beginning has rotated away, or it is an excerpt. */
  readonly fromStart: boolean
  /** It shows the IOMMU layer starting up: what that did not say then, did not happen. */
  readonly showsIommuStart: boolean
  /** Different PCI devices put into IOMMU groups. */
  readonly groupedDevices: number
  readonly groups: number
  /** ACPI tables that name IOMMUs: `DMAR` (Intel), `IVRS` (AMD), `IORT` (arm64). */
  readonly tables: readonly string[]
  /** "DMAR: IOMMU enabled": the command line asked for it, no more. */
  readonly askedFor: boolean
  /** The kernel ended its set-up of Intel's DMA remapping without a failure. */
  readonly intelStarted: boolean
  /** Lines in which the IOMMU's set-up failed, as the kernel wrote them. */
  readonly failures: readonly string[]
  readonly interruptRemapping: 'enabled' | 'failed' | null
  /** The line that says so. */
  readonly interruptRemappingLine: string | null
  readonly x2apicOptOut: boolean
  /** Firmware has VMX or SVM switched off. */
  readonly virtualizationDisabled: string | null
  /** The hypervisor that this host is itself a guest of. */
  readonly hypervisor: string | null
  readonly release: string | null
  readonly commandLine: string | null
  /** VFIO or vfio-pci has started. */
  readonly vfio: boolean
}

/** 4.x and before: "iommu: Adding device 0000:00:00.0 to group 0"; later: "pci 0000:00:00.0: Adding to iommu group 0". */
const GROUPED =
  /(?:Adding device ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) to group (\d+)|([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): Adding to iommu group (\d+))/i
/** drivers/iommu/intel/dmar.c and iommu.c, drivers/iommu/amd/init.c. */
const FAILURE =
  /(?:DMAR|IVRS|AMD-Vi|IOMMU)\b.*(?:table failure|\bfail(?:ed|ure|s)?\b|\bbroken\b|\binvalid\b|can't validate|not in IVRS|No DMAR devices found)|Your BIOS is broken; DMAR/i
/** Intel, AMD, and arm64's interrupt translation service (drivers/irqchip/irq-gic-v3-its.c). */
const INTERRUPTS_ON = /Enabled IRQ remapping|AMD-Vi: Interrupt remapping enabled|\bITS(?:@0x| \[mem 0x)/i
/** drivers/iommu/intel/irq_remapping.c, drivers/iommu/amd/init.c, drivers/vfio/vfio_iommu_type1.c. */
const INTERRUPTS_FAILED =
  /Failed to enable (?:irq|interrupt) remapping|Not enabling interrupt remapping|Disabling interrupt remapping|No interrupt remapping support/i
const DISABLED_BY_FIRMWARE =
  /.*(?:kvm.*disabled by bios|VMX .*disabled by BIOS|SVM.*(?:disabled|not supported).*(?:BIOS|firmware)|SVM disabled \(by BIOS\)).*/i

/** The text of a line without its time, priority and `kernel:`. */
const PREFIX =
  /^(?:<\d+>|\d+,\d+,\d+,[^;]*;)?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8} \S+ )?(?:\[[ .\d]+\] ?)?(?:kernel: )?(?:\[[ .\d]+\] ?)?/

export function parseBootLog(text: string): BootLog {
  const all = text.split('\n').map((line) => line.replace(PREFIX, '').trimEnd())
  // A log that is kept over reboots speaks of several boots: the last one counts.
  const lines = all.slice(
    Math.max(
      0,
      all.findLastIndex((line) => /^Linux version \d/.test(line)),
    ),
  )
  const first = (pattern: RegExp) => lines.find((line) => pattern.test(line)) ?? null
  const grouped = lines.map((line) => GROUPED.exec(line)).filter((match) => match !== null)
  const on = first(INTERRUPTS_ON)
  const off = first(INTERRUPTS_FAILED)
  const release = /Linux version (\S+)/.exec(first(/Linux version \d/) ?? '')?.[1] ?? null
  const commandLine = /Command line: (.*)/i.exec(first(/\bCommand line: /i) ?? '')?.[1] ?? null
  return {
    fromStart: release !== null || commandLine !== null,
    showsIommuStart: first(/iommu: Default domain type/i) !== null || grouped.length > 0,
    groupedDevices: new Set(grouped.map((match) => match[1] ?? match[3])).size,
    groups: new Set(grouped.map((match) => match[2] ?? match[4])).size,
    tables: ['DMAR', 'IVRS', 'IORT', 'VIOT'].filter(
      (table) =>
        first(new RegExp(`ACPI: ${table} 0x`)) !== null ||
        (table === 'DMAR' && first(/DMAR: (?:Host address width|DRHD base)/) !== null),
    ),
    askedFor: first(/(?:DMAR|Intel-IOMMU): (?:IOMMU )?enabled/) !== null,
    intelStarted: first(/Intel\(R\) Virtualization Technology for Directed I\/O/) !== null,
    failures: lines.filter((line) => FAILURE.test(line) && !INTERRUPTS_FAILED.test(line)),
    interruptRemapping: off !== null ? 'failed' : on !== null ? 'enabled' : null,
    interruptRemappingLine: off ?? on,
    x2apicOptOut: first(/x2apic (?:is )?disabled because BIOS sets x2apic opt out bit/i) !== null,
    virtualizationDisabled: first(DISABLED_BY_FIRMWARE),
    hypervisor: /Hypervisor detected: (.+)/.exec(first(/Hypervisor detected: /) ?? '')?.[1] ?? null,
    release,
    commandLine,
    vfio: first(/VFIO - User Level meta-driver|vfio[-_]pci[: ]/) !== null,
  }
}
