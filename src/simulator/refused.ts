/** A refusal of the simulated libvirt, as virsh would fail with it. */
import { virshFailure } from '../libvirt/virsh-failure.ts'

export const CALL = {
  exitCode: null,
  stderr: '',
  timedOut: false,
  timeout: 0,
  missing: false,
  cause: undefined,
}

export function refused(operation: string, words: string, cause?: unknown): Error {
  return virshFailure({
    ...CALL,
    command: `virsh ${operation}`,
    exitCode: 1,
    stderr: `error: ${words}`,
    cause,
  })
}
