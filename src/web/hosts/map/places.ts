/** The map by keyboard: one stop for the Tab key, and the arrows from there, as in any grid (WAI-ARIA, grid pattern). */
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { FleetHost } from '../fleet.ts'
import { inside, moved, type Place } from './keys.ts'

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
