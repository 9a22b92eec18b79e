/** A host's readiness: all checks over what it says of itself. Pure. */
import { type Check, type Readiness, readinessOf } from '../../src/model/readiness.ts'
import { dmaRemappingCheck } from './dma-remapping.ts'
import type { ReadinessFacts } from './facts.ts'
import { interruptRemappingCheck } from './interrupt-remapping.ts'
import { configCheck, versionCheck } from './kernel.ts'
import { deviceAclCheck, memlockCheck } from './limits.ts'
import { modulesCheck } from './modules.ts'
import { kvmCheck, processorCheck } from './processor.ts'
import { libvirtCheck, qemuCheck, type SoftwareAnswers } from './software.ts'
import { firmwareCheck } from './uefi.ts'

/** In the order in which an operator sees to them: machine, kernel, programs. */
export function judgeReadiness(facts: ReadinessFacts, answers: SoftwareAnswers): Readiness {
  const remapping = dmaRemappingCheck(facts)
  const checks: readonly (Check | null)[] = [
    processorCheck(facts),
    kvmCheck(facts),
    remapping,
    interruptRemappingCheck(facts, remapping.status === 'missing'),
    versionCheck(facts),
    configCheck(facts),
    modulesCheck(facts),
    qemuCheck(facts, answers),
    libvirtCheck(facts, answers),
    deviceAclCheck(facts),
    firmwareCheck(facts),
    memlockCheck(facts),
  ]
  return readinessOf(checks.filter((check) => check !== null))
}
