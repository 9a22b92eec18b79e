/** `iommu.interrupt-remapping`: without it a guest's device could send the host any interrupt, and VFIO refuses to hand it out. Pure. */
import type { Check } from '../../src/model/readiness.ts'
import type { BootLog } from './boot-log.ts'
import { check, PREPARE, withRemedy } from './check.ts'
import { hasParameter } from './command-line.ts'
import type { ReadinessFacts } from './facts.ts'

const ID = 'iommu.interrupt-remapping'

/** `noIommu` = DMA remapping is missing already: interrupts are not remapped without it. */
export function interruptRemappingCheck(facts: ReadinessFacts, noIommu: boolean): Check {
  const unsafe = unsafeInterrupts(facts)
  const seen = judged(facts, noIommu)
  if (!unsafe.allowed)
    return unsafe.words === null ? seen : { ...seen, evidence: `${seen.evidence}; ${unsafe.words}` }
  if (seen.status !== 'missing') return { ...seen, required: false }
  return {
    ...seen,
    required: false,
    status: 'warning',
    evidence: `${seen.evidence}; ${unsafe.words}, so devices are given all the same`,
    remedy: 'a guest with a device can send the host any interrupt: keep to guests that you trust',
    needs: [],
  }
}

interface Unsafe {
  readonly allowed: boolean
  /** Who says so; null = nobody. */
  readonly words: string | null
}

const SETTING = /^\s*options\s+vfio[-_]iommu[-_]type1\s.*\ballow_unsafe_interrupts=(?:1|y)\b/im

/** Whether an operator has accepted that (drivers/vfio/vfio_iommu_type1.c): a module that is loaded says what is in force. */
function unsafeInterrupts(facts: ReadinessFacts): Unsafe {
  const inForce = facts.text('sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts')
  if (inForce === 'Y') return { allowed: true, words: 'allow_unsafe_interrupts is on' }
  const line = ['1', 'Y', 'y'].some((yes) =>
    hasParameter(facts.commandLine(), 'vfio_iommu_type1.allow_unsafe_interrupts', yes),
  )
  const file = facts.modprobe().find(({ text }) => SETTING.test(text))
  const by = line ? "the kernel's command line" : (file?.path ?? null)
  if (by === null) return { allowed: false, words: null }
  return inForce === null
    ? { allowed: true, words: `${by} sets allow_unsafe_interrupts` }
    : { allowed: false, words: `${by} sets allow_unsafe_interrupts, which takes effect with the next boot` }
}

function judged(facts: ReadinessFacts, noIommu: boolean): Check {
  const remapped = remappedName(facts)
  if (remapped !== null && remapped !== '')
    return check(
      ID,
      true,
      'ok',
      `interrupts are remapped (/proc/interrupts names them ${remapped})${optOut(facts)}`,
    )
  const log = facts.log()
  if (log?.interruptRemapping === 'enabled') return check(ID, true, 'ok', `${said(log)}${optOut(facts)}`)
  if (remapped === '') return off(facts, noIommu, said(log) ?? 'no interrupt in /proc/interrupts is remapped')
  if (log?.interruptRemapping === 'failed') return off(facts, noIommu, said(log) ?? '')
  if (log?.fromStart && !isArm(facts, log))
    return off(facts, noIommu, 'the boot log, which begins at the start, has no line of it')
  return unknown(facts, log)
}

/** Where the architecture has other means, silence proves nothing. */
const isArm = ({ cpu }: ReadinessFacts, { tables }: BootLog) =>
  cpu === null ? tables.includes('IORT') : cpu.arch === 'arm64'

const said = (log: BootLog | null) =>
  log === null || log.interruptRemappingLine === null
    ? null
    : `the boot log says "${log.interruptRemappingLine}"`

/**
 * What a remapped interrupt is called: `IR-PCI-MSI` behind Intel's and AMD's IOMMU (`vIR-` where that is virtual), `ITS-PCI-MSI`
 * behind arm64's interrupt translation. '' = x86 names for interrupts, and none is remapped; null = nothing to tell by.
 */
function remappedName({ interrupts, cpu }: ReadinessFacts): string | null {
  if (interrupts === null) return null
  const remapped = /\b(?:v?IR-(?:PCI-MSIX?|IO-APIC)|ITS-(?:PCI-)?MSIX?)\b/.exec(interrupts)?.[0]
  if (remapped !== undefined) return remapped
  const x86 = cpu === null || cpu.arch === 'x86'
  return x86 && /(?:^|\s)(?:PCI-MSIX?|IO-APIC)\b/m.test(interrupts) ? '' : null
}

/** The firmware may ask the kernel not to use x2APIC: harmless below 255 processors. */
function optOut(facts: ReadinessFacts): string {
  return !facts.brief && facts.log()?.x2apicOptOut
    ? '; the firmware opts out of x2APIC: fine up to 255 processors, "intremap=no_x2apic_optout" overrides it'
    : ''
}

const SWITCHES: readonly (readonly [name: string, value: string])[] = [
  ['intremap', 'off'],
  ['nointremap', ''],
]

function off(facts: ReadinessFacts, noIommu: boolean, evidence: string): Check {
  const base = check(ID, true, 'missing', evidence)
  const given = SWITCHES.find(([name, value]) => hasParameter(facts.commandLine(), name, value))
  if (given !== undefined) {
    const parameter = given[1] === '' ? given[0] : given.join('=')
    return withRemedy(base, `take ${parameter} off the kernel's command line, then reboot: ${PREPARE}`, [
      { kind: 'no-kernel-parameter', parameter },
    ])
  }
  if (noIommu)
    return withRemedy(base, 'it comes with the IOMMU: see iommu.dma-remapping first, then run this again')
  return withRemedy(
    base,
    'switch the IOMMU and, where it has an entry of its own, interrupt remapping on in the firmware setup. Hardware without it: `berth prepare --allow-unsafe-interrupts` says what the risk is',
    [{ kind: 'unsafe-interrupts' }],
  )
}

/** Bit 3 of Intel's extended capabilities: it can be done (VT-d specification 11.4.3), which does not say that it is. */
function unknown({ iommus }: ReadinessFacts, log: BootLog | null): Check {
  const able = iommus?.some(({ ecap }) => ecap !== null && (ecap & 8n) !== 0n) ? 'the IOMMU can do it; ' : ''
  const read = log === null ? 'there is no boot log to read' : 'the boot log is not whole'
  return check(
    ID,
    true,
    'unknown',
    `${able}whether the kernel does it cannot be told: /proc/interrupts says nothing of it, and ${read}`,
  )
}
