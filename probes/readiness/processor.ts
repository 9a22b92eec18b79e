/** `cpu.virtualization` and `kvm`: without them guests are emulated, some fifty times slower. Pure. */
import type { Check } from '../../src/model/readiness.ts'
import { check, withRemedy } from './check.ts'
import type { ReadinessFacts } from './facts.ts'

const SETTING = {
  intel: 'switch "Intel Virtualization Technology" (VT-x) on in the firmware setup',
  amd: 'switch "SVM Mode" (AMD-V) on in the firmware setup',
  none: 'switch hardware virtualisation on in the firmware setup',
} as const

const NESTED =
  'this host is itself a virtual machine: let its own host pass virtualisation on (with libvirt: <cpu mode="host-passthrough"/>)'

export function processorCheck(facts: ReadinessFacts): Check {
  const { cpu } = facts
  const id = 'cpu.virtualization'
  // With /dev/kvm there the firmware cannot have it off, and the log need not be read.
  const disabled = facts.has('dev/kvm') ? null : (facts.log()?.virtualizationDisabled ?? null)
  if (disabled !== null)
    return withRemedy(
      check(id, false, 'missing', `the boot log says "${disabled}"`),
      `${SETTING[cpu?.vendor ?? 'none']}, then start the machine anew`,
    )
  if (cpu === null) return check(id, false, 'unknown', '/proc/cpuinfo tells nothing')
  const count = `${cpu.processors} ${cpu.processors === 1 ? 'processor' : 'processors'}`
  if (cpu.virtualization !== null)
    return check(id, false, 'ok', `${cpu.virtualization} in the flags of ${count} (/proc/cpuinfo)`)
  const x86 = cpu.arch === 'x86'
  const none = `neither vmx nor svm in the flags of ${count} (/proc/cpuinfo)`
  // KVM can do without them (PVM, in a guest whose host passes none on).
  if (facts.has('dev/kvm'))
    return check(id, false, 'ok', `${x86 ? `${none}, but` : `${count};`} /dev/kvm is there`)
  if (x86)
    return withRemedy(
      check(id, false, 'missing', none),
      cpu.guest ? NESTED : `${SETTING[cpu.vendor ?? 'none']}, then start the machine anew`,
    )
  return check(
    id,
    false,
    'unknown',
    `${count}, whose flags do not tell on this architecture, and no /dev/kvm`,
  )
}

export function kvmCheck(facts: ReadinessFacts): Check {
  const { cpu } = facts
  if (facts.has('dev/kvm')) return check('kvm', false, 'ok', '/dev/kvm is there')
  if (facts.list('dev') === null) return check('kvm', false, 'unknown', 'there is no /dev to look into')
  const module = { intel: 'kvm_intel', amd: 'kvm_amd', none: 'kvm' }[cpu?.vendor ?? 'none']
  const missing = check('kvm', false, 'missing', '/dev/kvm is not there, so guests are emulated')
  return cpu !== null && cpu.arch === 'x86' && cpu.virtualization === null
    ? withRemedy(missing, "it comes with the processor's virtualisation: see cpu.virtualization")
    : withRemedy(missing, `\`modprobe ${module}\` makes it, or its error and \`dmesg\` say why not`, [
        { kind: 'module', module },
      ])
}
