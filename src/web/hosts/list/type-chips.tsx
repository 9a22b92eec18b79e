/** The devices of a host by type: how many of each are free, each leading to them. */
import { Link } from 'react-router'
import { hostPath } from '../../parts/paths.ts'
import type { TypeOnHost } from '../fleet.ts'

interface Props {
  readonly host: string
  /** Null = not read yet. */
  readonly types: readonly TypeOnHost[] | null
}

/** The rest is on the host's own page. */
const MOST = 6

export function TypeChips({ host, types }: Props) {
  if (types === null) return <span className="berth-quiet">...</span>
  const pci = `${hostPath(host)}/pci`
  const more = types.length - MOST
  return (
    <span className="berth-chips">
      {types.slice(0, more === 1 ? MOST + 1 : MOST).map((one) => (
        <Link
          key={one.type}
          to={`${pci}?filter=${encodeURIComponent(one.type)}`}
          className={one.free === 0 ? 'berth-chip berth-chip-none' : 'berth-chip'}
          title={`${one.fullName ?? 'no name in pci.ids'} (${one.type}): ${one.free} of ${one.devices.length} free`}
        >
          <span className={one.fullName === null ? 'berth-chip-name berth-code' : 'berth-chip-name'}>
            {one.name}
          </span>
          <span className="berth-number">
            {one.free}/{one.devices.length}
          </span>
        </Link>
      ))}
      {more > 1 && (
        <Link to={pci} className="berth-chip">
          {more} more
        </Link>
      )}
    </span>
  )
}
