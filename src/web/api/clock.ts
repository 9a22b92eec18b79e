/** The controller's clock, as its answers tell it: the browser's may be wrong, and how long ago something was is told by the former. */

/** HTTP dates are whole seconds, and answers take a while. */
const EXACT_MS = 3_000

let aheadMs = 0

/** Of any answer that is no older than its arrival. */
export function hearClock(headers: Headers): void {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date)) return
  const ahead = date - Date.now()
  aheadMs = Math.abs(ahead) > EXACT_MS ? ahead : 0
}

/** ms since the epoch. */
export const controllerNow = (): number => Date.now() + aheadMs
