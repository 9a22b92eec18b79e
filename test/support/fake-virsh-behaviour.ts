/** What a fake virsh can be told, by a file that it reads on each call; faults of devices and domains: src/simulator/faults.ts. */

/** Keys are virsh's commands. */
export interface Behaviour {
  /** Fails with these words on standard error, exit code 1. */
  readonly say?: Readonly<Record<string, string>>
  /** Never answers. */
  readonly hang?: readonly string[]
  /** Milliseconds before the command does what it does. */
  readonly delayMs?: Readonly<Record<string, number>>
}

/** Below the simulated host's folder. */
export const BEHAVIOUR_FILE = '.berth/virsh.json'
/** One line for each call, and another (`create: done`) when it has done what it was asked. */
export const CALLS_FILE = '.berth/virsh-calls.log'
