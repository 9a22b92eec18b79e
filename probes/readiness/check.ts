/** How a check is put together. */
import type { Check, CheckId, Need } from '../../src/model/readiness.ts'

/** What the others build on: nothing to do, nothing to write. */
export function check(id: CheckId, required: boolean, status: Check['status'], evidence: string): Check {
  return { id, required, status, evidence, remedy: null, needs: [] }
}

/** The same with what helps, and what of that `berth prepare` writes. */
export function withRemedy(base: Check, remedy: string, needs: readonly Need[] = []): Check {
  return { ...base, remedy, needs }
}

/** Told where `berth prepare` writes what is needed. */
export const PREPARE = '`berth prepare` shows the change and `berth prepare --apply` makes it'
