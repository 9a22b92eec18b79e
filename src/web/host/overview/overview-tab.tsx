/** A host at a glance: what there is of it, whether it is ready, who is on it, and what is not as it should be. */
import { useQuery } from '@tanstack/react-query'
import type { HostView } from '../../api/documents.ts'
import { hostOf } from '../../api/queries.ts'
import { Shown } from '../../parts/shown.tsx'
import { About } from './about.tsx'
import { Capacity } from './capacity.tsx'
import { Drift } from './drift.tsx'
import { HostVms } from './host-vms.tsx'
import { Orphans } from './orphans.tsx'
import { Readiness } from './readiness.tsx'
import { Trouble } from './trouble.tsx'

export function OverviewTab({ host }: { readonly host: string }) {
  return (
    <Shown query={useQuery(hostOf(host))} what="the host">
      {(found) => <Overview host={found} />}
    </Shown>
  )
}

function Overview({ host }: { readonly host: HostView }) {
  return (
    <div className="berth-overview">
      <Trouble host={host} />
      <Capacity host={host} />
      <About host={host} />
      <Drift host={host} />
      <Orphans host={host} />
      <HostVms host={host} />
      <Readiness host={host} />
    </div>
  )
}
