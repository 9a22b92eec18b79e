/** The words for what cannot be asked of a VM in the state that it is in. */
import { Conflict } from '../model/errors.ts'
import type { VmState } from '../model/vm.ts'
import { isPossible, possibleActions, type VmAction } from '../model/vm-action.ts'

/** Conflict `vm-state`, which names the state and what is possible in it. */
export function requireState(vm: { readonly id: number; readonly state: VmState }, action: VmAction): void {
  if (isPossible(action, vm.state)) return
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
