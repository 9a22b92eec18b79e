/** A failure as a log has it: what Berth raised on purpose explains itself, a defect shows where it is. */
import { BerthError } from '../model/errors.ts'

export function told(error: unknown): string {
  if (error instanceof BerthError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
