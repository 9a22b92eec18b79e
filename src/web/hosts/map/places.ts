/** The map by keyboard: one stop for the Tab key, and the arrows from there, as in any grid (WAI-ARIA, grid pattern). */
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { FleetHost } from '../fleet.ts'

export interface Place {
  readonly row: number
  /** 0 = the host, then its devices. */
  readonly item: number
}

const PAGE = 10

export function usePlaces(
  grid: RefObject<HTMLElement | null>,
  fleet: readonly FleetHost[],
  scrollTo: (row: number) => void,
) {
  const [place, setPlace] = useState<Place>({ row: 0, item: 0 })
  const sought = useRef<Place | null>(null)
  // The row comes into the document some draws after it was scrolled to.
  useEffect(() => {
    if (sought.current === null) return
    const { row, item } = sought.current
    const link = grid.current?.querySelector<HTMLElement>(`[data-index="${row}"] [data-item="${item}"]`)
    if (link === null || link === undefined) return
    sought.current = null
    link.focus({ preventScroll: true })
    link.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })
  const keyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return
    const next = moved(fleet, place, event.key, event.ctrlKey)
    if (next === null) return
    event.preventDefault()
    sought.current = next
    if (next.row !== place.row) scrollTo(next.row)
    setPlace(next)
  }
  /** By mouse, or by Tab. */
  const focused = (target: EventTarget): void => {
    if (!(target instanceof HTMLElement) || target.dataset.item === undefined) return
    const row = Number(target.closest<HTMLElement>('[data-index]')?.dataset.index)
    const item = Number(target.dataset.item)
    if (row !== place.row || item !== place.item) setPlace({ row, item })
  }
  return { place: inside(fleet, place), keyDown, focused }
}

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
function inside(fleet: readonly FleetHost[], { row, item }: Place): Place {
  const there = Math.max(0, Math.min(row, fleet.length - 1))
  const last = fleet[there]?.types?.reduce((sum, { devices }) => sum + devices.length, 0) ?? 0
  return { row: there, item: Math.max(0, Math.min(item, last)) }
}
