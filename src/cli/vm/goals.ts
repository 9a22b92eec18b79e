/** What `--wait` waits for: when it is reached, and when it cannot be any more. */
import type { VmState } from '../../model/vm.ts'
import type { VmView } from '../../view/documents.ts'

/** `missed` = it ended otherwise: nothing that is under way leads there. Null = still on the way. */
export type Verdict = 'reached' | 'missed' | null

export interface Goal {
  /** Ends "not yet ..." */
  readonly words: string
  readonly judge: (vm: VmView) => Verdict
  /** What the controller is asked to wait for; it answers when anything else happens, too. */
  readonly state: VmState
  /** False: what the controller says of a VM that cannot get there is the answer. */
  readonly mayBeMissed: boolean
}

/** A VM whose host is silent is on the way to wherever it was going. */
function state(wanted: VmState, missed: readonly VmState[]): Goal {
  const otherwise = new Set(missed)
  return {
    ...{ words: wanted, state: wanted, mayBeMissed: true },
    judge: (vm) => {
      if (vm.state === wanted) return 'reached'
      // A stop that was asked for while devices move begins when they have.
      if (vm.state === 'RUNNING' && vm.moving !== null) return null
      return otherwise.has(vm.state) ? 'missed' : null
    },
  }
}

/** Placed by a cycle, whenever one can: PENDING is on the way. */
export const RUNNING = state('RUNNING', ['HOLD', 'POWEROFF', 'BOOT_FAILURE', 'DONE'])
/** Placed now: back to PENDING is a failure. */
export const PLACED = state('RUNNING', ['HOLD', 'PENDING', 'POWEROFF', 'BOOT_FAILURE', 'DONE'])
export const STOPPED = state('POWEROFF', ['HOLD', 'PENDING', 'BOOT', 'RUNNING', 'BOOT_FAILURE', 'DONE'])
export const ENDED = state('DONE', ['HOLD', 'PENDING', 'BOOT', 'RUNNING', 'POWEROFF', 'BOOT_FAILURE'])

/** `berth vm wait`: whatever happens to it meanwhile. */
export function inState(wanted: VmState): Goal {
  const judge = (vm: VmView): Verdict => (vm.state === wanted ? 'reached' : null)
  return { words: wanted, state: wanted, mayBeMissed: false, judge }
}

const passed = (vm: VmView): readonly string[] => [
  ...vm.devices.filter(({ role }) => role === 'passed').map(({ address }) => address),
  ...vm.usb.map(({ port }) => port),
]

/** `asked` = the VM as the answer to the request had it: with what is being attached, or still with what is being detached. */
export function moved(asked: VmView): Goal {
  const before = passed(asked)
  return {
    words: asked.moving === 'detach' ? 'detached' : 'attached',
    // None in particular: the end of a VM may always be waited for.
    ...{ state: 'DONE', mayBeMissed: true },
    judge: (vm) => {
      if (vm.moving !== null) return null
      if (asked.moving === null) return 'reached'
      const has = new Set(passed(vm))
      const kept = before.filter((device) => has.has(device)).length
      return (asked.moving === 'attach' ? kept === before.length : kept < before.length)
        ? 'reached'
        : 'missed'
    },
  }
}
