/** What a simulated host is told to do wrong, so that every way in which a driver or hypervisor fails can be seen on purpose. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '../model/address.ts'
import { InvalidInput } from '../model/errors.ts'
import { ERRNO_WORDS, type Errno } from '../vfio/sysfs.ts'

const OPERATIONS = [
  ...(['override', 'unbind', 'bind', 'probe', 'sriov'] as const),
  ...(['create', 'attach', 'detach', 'shutdown', 'destroy', 'vf-network'] as const),
]

/**
 * `bind` = the driver's own probe function; `probe` = the write to drivers_probe; from `create` on they are the hypervisor's:
 * `vf-network` = it takes MAC address and VLAN off a VF again.
 */
export type FaultOperation = (typeof OPERATIONS)[number]

export interface Fault {
  readonly operation: FaultOperation
  /** Null = any device. */
  readonly address: Address | null
  /** Null = any driver. */
  readonly driver: string | null
  /** An errno, `hang` = never answers, `nothing` = says yes and does nothing. */
  readonly effect: Errno | 'hang' | 'nothing'
}

/** Where faults stand that another process may set. */
export const FAULTS_FILE = '.berth/faults.json'

/** Replaces the faults of the simulated host in `dir`; [] = all works. */
export function writeFaults(dir: string, faults: readonly Fault[]): void {
  writeFileSync(join(dir, FAULTS_FILE), `${JSON.stringify(faults)}\n`)
}

/** [] where none were set; a broken file is `InvalidInput` `faults-invalid`. */
export function readFaults(dir: string): readonly Fault[] {
  const path = join(dir, FAULTS_FILE)
  if (!existsSync(path)) return []
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (Array.isArray(value) && value.every(isFault)) return value
  throw new InvalidInput('faults-invalid', `${path} is not a list of faults. Delete it to have none.`, {
    path,
  })
}

function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null) return false
  if (!('operation' in value && 'address' in value && 'driver' in value && 'effect' in value)) return false
  const { operation, effect } = value
  const known =
    typeof effect === 'string' && (effect in ERRNO_WORDS || effect === 'hang' || effect === 'nothing')
  return known && OPERATIONS.some((name) => name === operation)
}

/** The effect of the first fault that fits; null = it works. */
export function faultFor(
  faults: readonly Fault[],
  operation: FaultOperation,
  address: Address | null,
  driver: string | null,
): Fault['effect'] | null {
  const fault = faults.find(
    (candidate) =>
      candidate.operation === operation &&
      (candidate.address === null || candidate.address === address) &&
      (candidate.driver === null || candidate.driver === driver),
  )
  return fault?.effect ?? null
}
