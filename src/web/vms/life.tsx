/** How far a VM is in its life, as it happens. */
import { ProgressStep, ProgressStepper } from '@patternfly/react-core'
import { useId } from 'react'
import type { VmState, VmView } from '../api/documents.ts'
import { Time } from '../parts/time.tsx'
import { type LifeStep, lifeOf } from './life.ts'
import { VM_STATES_SHOWN } from './vm-state.tsx'

/** On their way: the step says so with the sign of something that goes on. */
const PASSING: ReadonlySet<VmState> = new Set(['PENDING', 'BOOT', 'SHUTDOWN'])

export function Life({ vm }: { readonly vm: VmView }) {
  return (
    <ProgressStepper isCenterAligned className="berth-vm-life" aria-label="Its life">
      {lifeOf(vm).map((step) => (
        <Step key={`${step.when} ${step.state} ${step.at}`} step={step} />
      ))}
    </ProgressStepper>
  )
}

function Step({ step: { state, when, at } }: { readonly step: LifeStep }) {
  const words = { past: 'done', now: 'now', ahead: 'to come' }[when]
  const id = useId()
  return (
    <ProgressStep
      variant={variantOf(state, when)}
      isCurrent={when === 'now'}
      id={id}
      titleId={`${id}-title`}
      aria-label={`${state}: ${words}`}
      description={
        when === 'ahead' ? undefined : at === null ? VM_STATES_SHOWN[state].means : <Time at={at} />
      }
    >
      {state}
    </ProgressStep>
  )
}

function variantOf(state: VmState, when: LifeStep['when']) {
  if (when === 'ahead') return 'pending'
  if (state === 'BOOT_FAILURE') return 'danger'
  if (state === 'UNKNOWN') return 'warning'
  return when === 'now' && PASSING.has(state) ? 'info' : 'success'
}
