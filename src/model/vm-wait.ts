/** Waiting for a VM to be in a state: which states it comes to by itself, and which only on somebody's word. */
import type { VmState } from './vm.ts'

/** A VM in one of these stays there until somebody asks for something else. */
const RESTING: ReadonlySet<VmState> = new Set(['HOLD', 'POWEROFF', 'BOOT_FAILURE', 'DONE'])

/** Nothing but somebody's word gets the VM from `state` to `goal`. The end of a VM may be waited for: it is that word. */
export function isHopeless(state: VmState, goal: VmState): boolean {
  if (state === goal || !RESTING.has(state)) return false
  return goal !== 'DONE'
}
