/** VMs: all of them as they are now, narrowed by what the address says; the chosen ones can be asked for something together. */
import { PageSection } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import type { VmSummary } from '../api/documents.ts'
import { vmList } from '../api/queries.ts'
import { useMay } from '../app/rights.ts'
import { counted } from '../parts/amounts.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Heading } from '../parts/heading.tsx'
import { LinkButton } from '../parts/link-button.tsx'
import { Nothing } from '../parts/nothing.tsx'
import { useSearchParam } from '../parts/search-param.ts'
import { Shown } from '../parts/shown.tsx'
import { BulkActions } from './bulk-actions.tsx'
import { useSimulated } from './host-link.tsx'
import { useSelection } from './selection.tsx'
import { vmColumns } from './vm-columns.tsx'
import { filterVms } from './vm-filter.ts'
import { useVmFilter, VmFilterBar } from './vm-filter-bar.tsx'
import './vms.css'

export function VmsPage() {
  const [all] = useSearchParam('all')
  const query = useQuery(vmList(all === '' ? {} : { all: 'true' }))
  const mayCreate = useMay('user')
  return (
    <>
      <Heading title="VMs" actions={mayCreate && <NewVm />} />
      <PageSection>
        <Shown query={query} what="the VMs">
          {(vms) => (vms.length === 0 ? <NoVms isAll={all !== ''} /> : <Vms vms={vms} />)}
        </Shown>
      </PageSection>
    </>
  )
}

function NewVm() {
  return <LinkButton to="/vms/new">New VM</LinkButton>
}

function Vms({ vms }: { readonly vms: readonly VmSummary[] }) {
  const filter = useDeferredValue(useVmFilter())
  const { shown, counts } = useMemo(() => filterVms(vms, filter), [vms, filter])
  const simulated = useSimulated()
  const withOwner = vms.some(({ owner }) => owner !== null)
  const columns = useMemo(() => vmColumns({ simulated, withOwner }), [simulated, withOwner])
  const mayAsk = useMay('user')
  const selection = useSelection(shown)
  return (
    <>
      <VmFilterBar vms={vms} counts={counts} />
      <div className="berth-vm-bulk">
        <span role="status">{wordsOf(shown.length, vms.length)}</span>
        {mayAsk && <BulkActions selection={selection} total={shown.length} />}
      </div>
      <div className="berth-vm-list">
        <DataTable
          label="VMs"
          rows={shown}
          columns={mayAsk ? [selection.column, ...columns] : columns}
          keyOf={({ id }) => String(id)}
          order={{ by: 'id', direction: 'asc' }}
          empty={<Nothing title="No VM is so">No VM passes this filter.</Nothing>}
        />
      </div>
    </>
  )
}

const wordsOf = (shown: number, total: number): string =>
  shown === total ? counted(total, 'VM') : `${shown.toLocaleString('en')} of ${counted(total, 'VM')}`

function NoVms({ isAll }: { readonly isAll: boolean }) {
  const done = (
    <LinkButton to="/vms?all=1" variant="link">
      Show those that are done
    </LinkButton>
  )
  return (
    <Nothing title="There are no VMs" {...(!isAll && { actions: done })}>
      A VM is made from a template: what it needs, and which devices.
    </Nothing>
  )
}
