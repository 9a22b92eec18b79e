/** What a host offers, and its attributes, said anew. */
import { Content, Form } from '@patternfly/react-core'
import { useState } from 'react'
import { parseFilter, passes } from '../../../../probes/pci/filter.ts'
import { api, documentOf } from '../../api/client.ts'
import type { HostView } from '../../api/documents.ts'
import { counted } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { filterOf, idsOf } from '../pci/narrow.ts'
import { type AttributeLine, Attributes, attributesOf, changedAttributes, linesOf } from './attributes.tsx'
import { FilterField } from './filter-field.tsx'
import type { HostDialogProps } from './host-actions.tsx'

export function ChangeDialog({ host, close }: HostDialogProps) {
  const [filter, setFilter] = useState<string | null>(host.filter)
  const [lines, setLines] = useState<readonly AttributeLine[]>(linesOf(host.attributes))
  const wrong = filter === null ? null : filterOf(filter).wrong
  const read = attributesOf(lines)
  const change = () => {
    const attributes = read.attributes === null ? {} : changedAttributes(host.attributes, read.attributes)
    const body = { ...(filter !== host.filter && { filter }), attributes }
    return documentOf(api.PATCH('/v1/hosts/{host}', { params: { path: { host: String(host.id) } }, body }))
  }
  return (
    <Confirm
      title={`Change ${host.name}`}
      action="Change"
      isDisabled={wrong !== null || read.wrong !== null}
      run={change}
      done={({ name }) =>
        `${name} is changed${filter === host.filter ? '' : ': its next report tells what it offers'}`
      }
      close={close}
    >
      <Form onSubmit={(event) => event.preventDefault()}>
        <FilterField filter={filter} wrong={wrong} change={setFilter} />
        {wrong === null && filter !== host.filter && <NoMoreOffered host={host} filter={filter} />}
        <Attributes lines={lines} wrong={read.wrong} change={setLines} />
      </Form>
    </Confirm>
  )
}

/** Of those that are known: what the old filter left out is not. */
function NoMoreOffered({ host, filter }: { readonly host: HostView; readonly filter: string | null }) {
  const parsed = filter === null ? null : parseFilter(filter)
  const gone = host.devices.filter(
    (device) => device.offered && parsed !== null && !passes(parsed, idsOf(device)),
  )
  const held = gone.filter(({ vm }) => vm !== null)
  return (
    <Content aria-live="polite">
      <p>
        {gone.length === 0
          ? 'All that is offered now stays offered.'
          : `${counted(gone.length, 'device')} will not be offered any more${gone.length > TOLD ? '' : `: ${gone.map(({ address }) => address).join(', ')}`}.`}
        {held.length > 0 &&
          ` VMs keep what they have of these: ${held.map(({ address, vm }) => `${address} (VM ${vm})`).join(', ')}.`}
      </p>
    </Content>
  )
}

const TOLD = 12
