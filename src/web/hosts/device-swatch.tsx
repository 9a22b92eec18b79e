/** A device as a small square: by colour and by sign, so that no state is told by its colour alone. */
import type { DeviceState } from '../api/documents.ts'

/** The sign stands in hosts.css. */
export const cellClass = (state: DeviceState): string => `berth-cell berth-cell-${state}`

export function DeviceSwatch({ state }: { readonly state: DeviceState }) {
  return <span className={cellClass(state)} aria-hidden="true" />
}
