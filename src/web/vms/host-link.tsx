/** A host by its name, as a way to it; a simulated one says so. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { HostSummary } from '../api/documents.ts'
import { hostList } from '../api/queries.ts'
import { SimulatedLabel } from '../parts/host-state.tsx'
import { hostPath } from '../parts/paths.ts'

const simulatedNames = (hosts: readonly HostSummary[]): ReadonlySet<string> =>
  new Set(hosts.filter(({ simulated }) => simulated).map(({ name }) => name))

/** Names of hosts behind which are only files; empty as long as the hosts are not read. */
export function useSimulated(): ReadonlySet<string> {
  const { data } = useQuery({ ...hostList(), select: simulatedNames })
  return data ?? NONE
}

const NONE: ReadonlySet<string> = new Set()

export function HostLink({ name, isSimulated }: { readonly name: string; readonly isSimulated: boolean }) {
  return (
    <span className="berth-vm-host">
      <Link to={hostPath(name)} title={name}>
        {name}
      </Link>
      {isSimulated && <SimulatedLabel />}
    </span>
  )
}
