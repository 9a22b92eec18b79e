/** What a person may ask of a VM in which state (design.md, "A VM's life"), and the words for a refusal. */
import { Conflict } from '../model/errors.ts'
import type { VmState } from '../model/vm.ts'

export type VmAction = 'hold' | 'release' | 'stop' | 'start' | 'terminate' | 'deploy' | 'attach' | 'detach'

const ALLOWED: Readonly<Record<VmAction, readonly VmState[]>> = {
  hold: ['PENDING'],
  release: ['HOLD'],
  stop: ['BOOT', 'RUNNING', 'UNKNOWN'],
  start: ['POWEROFF', 'BOOT_FAILURE'],
  terminate: ['HOLD', 'PENDING', 'BOOT', 'RUNNING', 'SHUTDOWN', 'POWEROFF', 'UNKNOWN', 'BOOT_FAILURE'],
  deploy: ['HOLD', 'PENDING', 'POWEROFF', 'BOOT_FAILURE'],
  attach: ['HOLD', 'PENDING', 'RUNNING', 'POWEROFF', 'BOOT_FAILURE'],
  detach: ['HOLD', 'PENDING', 'RUNNING', 'POWEROFF', 'BOOT_FAILURE'],
}

/** What can be asked of a VM in `state`. */
export function possibleActions(state: VmState): VmAction[] {
  return (Object.keys(ALLOWED) as VmAction[]).filter((action) => ALLOWED[action].includes(state))
}

/** Conflict `vm-state`, which names the state and what is possible in it. */
export function requireState(vm: { readonly id: number; readonly state: VmState }, action: VmAction): void {
  if (ALLOWED[action].includes(vm.state)) return
  const possible = possibleActions(vm.state)
  const remedy =
    possible.length === 0 ? 'nothing can be asked of it any more' : `possible: ${possible.join(', ')}`
  throw new Conflict('vm-state', `VM ${vm.id} is ${vm.state}, so it cannot ${action}; ${remedy}`, {
    vm: vm.id,
    state: vm.state,
    action,
    possible,
  })
}
