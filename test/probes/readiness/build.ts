/** A host's tree for readiness: each test says only what matters to it. */
import { readReadinessFacts } from '../../../probes/readiness/facts.ts'
import { judgeReadiness } from '../../../probes/readiness/readiness.ts'
import { NOT_ASKED, type SoftwareAnswers } from '../../../probes/readiness/software.ts'
import type { Check, CheckId, Readiness } from '../../../src/model/readiness.ts'
import { createTree, type Entry } from '../../support/sysfs-tree.ts'

export const INTEL_CPU =
  'processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nflags\t\t: fpu vmx sse2\n'
export const AMD_CPU =
  'processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nflags\t\t: fpu svm sse2\n'
export const ARM_CPU = 'processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\nCPU architecture: 8\n'
export const GUEST_CPU =
  'processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nflags\t\t: fpu hypervisor\n'

export interface HostSaid {
  /** Files below the root. */
  readonly files?: Readonly<Record<string, Entry>>
  readonly log?: string
  readonly answers?: Partial<SoftwareAnswers>
  /** How many PCI functions, and the group of each; null = in none. */
  readonly groups?: readonly (number | null)[]
}

export function readiness({ files = {}, log, answers = {}, groups = [] }: HostSaid): Readiness {
  const tree = createTree()
  try {
    for (const [path, entry] of Object.entries(files)) tree.write(path, entry)
    for (const [slot, group] of groups.entries())
      tree.pci(`0000:01:${slot.toString(16).padStart(2, '0')}.0`, {
        ...(group !== null && { iommu_group: { link: `../../../kernel/iommu_groups/${group}` } }),
      })
    const facts = readReadinessFacts({ root: tree.root, readLog: () => log ?? null })
    return judgeReadiness(facts, { ...NOT_ASKED, ...answers })
  } finally {
    tree.remove()
  }
}

export function check(id: CheckId, said: HostSaid): Check {
  const found = readiness(said).checks.find((one) => one.id === id)
  if (found === undefined) throw new Error(`there is no check ${id}`)
  return found
}
