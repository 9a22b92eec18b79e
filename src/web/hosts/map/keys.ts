/** Where the keys lead on the map of devices. Pure. */
import type { FleetHost } from '../fleet.ts'

export interface Place {
  readonly row: number
  /** 0 = the host, then its devices. */
  readonly item: number
}

const PAGE = 10

/** Where a key leads; null = it is none of these. */
export function moved(fleet: readonly FleetHost[], at: Place, key: string, isCtrl: boolean): Place | null {
  const { row, item } = at
  switch (key) {
    case 'ArrowRight':
      return inside(fleet, { row, item: item + 1 })
    case 'ArrowLeft':
      return inside(fleet, { row, item: item - 1 })
    case 'ArrowDown':
      return inside(fleet, { row: row + 1, item })
    case 'ArrowUp':
      return inside(fleet, { row: row - 1, item })
    case 'PageDown':
      return inside(fleet, { row: row + PAGE, item })
    case 'PageUp':
      return inside(fleet, { row: row - PAGE, item })
    case 'Home':
      return inside(fleet, { row: isCtrl ? 0 : row, item: 0 })
    case 'End':
      return inside(fleet, { row: isCtrl ? fleet.length - 1 : row, item: Number.MAX_SAFE_INTEGER })
    default:
      return null
  }
}

/** The nearest that there is. */
export function inside(fleet: readonly FleetHost[], { row, item }: Place): Place {
  const there = Math.max(0, Math.min(row, fleet.length - 1))
  const last = fleet[there]?.types?.reduce((sum, { devices }) => sum + devices.length, 0) ?? 0
  return { row: there, item: Math.max(0, Math.min(item, last)) }
}
