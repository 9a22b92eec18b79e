/** What a person may ask of a VM in which state: the rule behind the API's refusals and the page's buttons. */
import type { VmState } from './vm.ts'

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

export const isPossible = (action: VmAction, state: VmState): boolean => ALLOWED[action].includes(state)

/** What can be asked of a VM in `state`. */
export function possibleActions(state: VmState): VmAction[] {
  return (Object.keys(ALLOWED) as VmAction[]).filter((action) => isPossible(action, state))
}
