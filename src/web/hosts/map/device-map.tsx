/** All devices of the hosts that are shown, a square each: a row for each host, its devices by type. */
import './map.css'
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import { type MouseEvent, useCallback, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { DeviceState } from '../../api/documents.ts'
import { MAIN } from '../../app/frame.tsx'
import type { FleetHost } from '../fleet.ts'
import { NoneLeft } from '../no-hosts.tsx'
import { DeviceCard } from './device-card.tsx'
import { MapRow } from './map-row.tsx'
import { usePlaces } from './places.ts'
import { useTop } from './top.ts'

interface Props {
  readonly fleet: readonly FleetHost[]
  /** Devices in other states are faint; null = none are. */
  readonly state: DeviceState | null
}

/** Of a host whose devices stand in one line. */
const ROW_HEIGHT = 58

export function DeviceMap({ fleet, state }: Props) {
  if (fleet.length === 0) return <NoneLeft />
  return <Rows fleet={fleet} state={state} />
}

function Rows({ fleet, state }: Props) {
  const grid = useRef<HTMLDivElement>(null)
  const top = useTop(grid, fleet)
  const navigate = useNavigate()
  const [card, setCard] = useState<HTMLElement | null>(null)
  const kept = useRef(0)
  const rangeExtractor = useCallback(
    (range: Range) => [...new Set([...defaultRangeExtractor(range), kept.current])].sort((a, b) => a - b),
    [],
  )
  const virtual = useVirtualizer<HTMLElement, HTMLDivElement>({
    count: fleet.length,
    getScrollElement: () => document.getElementById(MAIN),
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => fleet[index]?.host.id ?? index,
    overscan: 8,
    scrollMargin: top,
    rangeExtractor,
  })
  const { place, keyDown, focused } = usePlaces(grid, fleet, (row) => virtual.scrollToIndex(row))
  // The row that has the focus stays in the document, wherever one has scrolled to.
  kept.current = Math.min(place.row, fleet.length - 1)
  const go = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    void navigate(link.pathname + link.search)
  }
  const pointed = (target: EventTarget) =>
    setCard(target instanceof Element ? target.closest<HTMLElement>('a[data-address]') : null)
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a table has no place for rows that are not there. */}
      <div
        ref={grid}
        role="grid"
        aria-label="Devices by host"
        aria-rowcount={fleet.length}
        className="berth-map"
        style={{ height: virtual.getTotalSize() }}
        onClick={go}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setCard(null)
          keyDown(event)
        }}
        onFocus={(event) => {
          focused(event.target)
          pointed(event.target)
        }}
        onBlur={() => setCard(null)}
        onPointerOver={(event) => pointed(event.target)}
        onPointerLeave={() => setCard(null)}
      >
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const one = fleet[index]
          if (one === undefined) return null
          return (
            // biome-ignore lint/a11y/useSemanticElements: see the grid.
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="row"
              aria-rowindex={index + 1}
              tabIndex={-1}
              className="berth-map-row"
              style={{ transform: `translateY(${start - top}px)` }}
            >
              <MapRow one={one} state={state} place={place.row === index ? place.item : -1} />
            </div>
          )
        })}
      </div>
      <DeviceCard cell={card} fleet={fleet} />
    </>
  )
}
