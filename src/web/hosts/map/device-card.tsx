/** What the device is that one points to on the map. Its square's label says the same to who cannot point. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { vmOf } from '../../api/queries.ts'
import { DEVICE_STATES } from '../../parts/device-state.tsx'
import { DeviceSwatch } from '../device-swatch.tsx'
import type { FleetHost } from '../fleet.ts'

interface Props {
  /** Its square; null = to none. */
  readonly cell: HTMLElement | null
  readonly fleet: readonly FleetHost[]
}

const WIDTH = 288
const GAP = 6
/** The pointer stays: it is worth asking who the VM is. */
const STAYS_MS = 250

export function DeviceCard({ cell, fleet }: Props) {
  const found = cell === null ? null : deviceAt(cell, fleet)
  const stays = useStaying(cell)
  const vm = found?.device.vm ?? null
  const { data } = useQuery({ ...vmOf(String(vm)), enabled: vm !== null && stays })
  if (cell === null || found === null) return null
  const { device, type, host } = found
  return (
    <div className="berth-card" aria-hidden="true" style={placeBy(cell.getBoundingClientRect())}>
      <p>
        <span className="berth-code">{device.address}</span> <span className="berth-quiet">on {host}</span>
      </p>
      <p>{type.fullName ?? type.type}</p>
      <p className="berth-card-state">
        <DeviceSwatch state={device.state} /> {device.state}: {DEVICE_STATES[device.state].means}
      </p>
      {vm !== null && (
        <p>
          VM {vm}
          {data !== undefined && ` (${data.name})`}
        </p>
      )}
    </div>
  )
}

function deviceAt(cell: HTMLElement, fleet: readonly FleetHost[]) {
  const row = fleet[Number(cell.closest<HTMLElement>('[data-index]')?.dataset.index)]
  for (const type of row?.types ?? [])
    for (const device of type.devices)
      if (device.address === cell.dataset.address) return { device, type, host: row?.host.name ?? '' }
  return null
}

/** Below it, or above it where there is more room; never beyond the window. */
function placeBy({ left, top, bottom }: DOMRect) {
  const isHigh = top > innerHeight / 2
  return {
    width: WIDTH,
    left: Math.max(GAP, Math.min(left, innerWidth - WIDTH - GAP)),
    ...(isHigh ? { bottom: innerHeight - top + GAP } : { top: bottom + GAP }),
  }
}

function useStaying(cell: HTMLElement | null): boolean {
  const [stayed, setStayed] = useState<HTMLElement | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setStayed(cell), STAYS_MS)
    return () => clearTimeout(timer)
  }, [cell])
  return cell !== null && stayed === cell
}
