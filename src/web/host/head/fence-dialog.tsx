/** A silent host given up for dead, on the operator's word that the machine is off: what would be lost stands here by name. */
import { Alert, Checkbox, Content, List, ListItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, documentOf } from '../../api/client.ts'
import type { HostFence } from '../../api/documents.ts'
import { hostFence } from '../../api/queries.ts'
import { counted } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { Shown } from '../../parts/shown.tsx'
import type { HostDialogProps } from './host-actions.tsx'

export function FenceDialog({ host, close }: HostDialogProps) {
  const query = useQuery(hostFence(String(host.id)))
  const [isOff, setOff] = useState(false)
  const params = { path: { host: String(host.id) } }
  const possible = query.data !== undefined && !(query.data.answers && query.data.vms.length > 0)
  return (
    <Confirm
      title={`Fence ${host.name}`}
      action="Fence"
      isDanger
      isDisabled={!isOff || !possible}
      run={() => documentOf(api.POST('/v1/hosts/{host}/fence', { params }))}
      done={({ hostName, vms }) =>
        vms.length === 0
          ? `${hostName} is fenced`
          : `${hostName} is fenced: ${counted(vms.length, 'VM')} may be started elsewhere`
      }
      close={close}
    >
      <Shown query={query} what="what it would do">
        {(fence) => <Plan fence={fence} />}
      </Shown>
      {possible && (
        <Checkbox
          id="machine-is-off"
          className="berth-dialog-form"
          label={`The machine ${host.name} is switched off`}
          description="If it still runs, so do its VMs, and once started elsewhere two of them may write one disk."
          isChecked={isOff}
          onChange={(_, checked) => setOff(checked)}
        />
      )}
    </Confirm>
  )
}

function Plan({ fence: { hostName, answers, failure, agent, vms } }: { readonly fence: HostFence }) {
  if (answers && vms.length > 0)
    return (
      <Alert isInline variant="warning" component="p" title={`${hostName} answers: it will not be fenced`}>
        Only a silent host can be fenced. Stop or terminate its VMs: {vms.map(({ vm }) => vm).join(', ')}.
      </Alert>
    )
  const silent = agent?.silentSeconds ?? null
  return (
    <Content>
      <p>
        {failure ?? 'It has not answered'}
        {silent !== null && `, silent for ${silent.toLocaleString('en')} s`}.{' '}
        {vms.length === 0 ? 'No VM is on it: nothing is lost.' : 'Its VMs lose what they hold there:'}
      </p>
      <List className="berth-names">
        {vms.map(({ vm, name, from, to, devices }) => (
          <ListItem key={vm}>
            VM {vm} ({name}): {from} to {to},{' '}
            {devices.length === 0 ? 'it holds nothing' : `loses ${devices.join(' ')}`}
          </ListItem>
        ))}
      </List>
    </Content>
  )
}
