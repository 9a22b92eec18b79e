/** A host that takes no further VMs, or takes them again. */
import { Content } from '@patternfly/react-core'
import { useState } from 'react'
import { api, documentOf } from '../../api/client.ts'
import type { HostSummary } from '../../api/documents.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { VmsThere } from './vms-there.tsx'

interface Props {
  readonly host: Pick<HostSummary, 'id' | 'name' | 'state'>
  close(): void
}

export function EnableDialog({ host, close }: Props) {
  // As it was when it was asked for: another operator may have done the same meanwhile.
  const [enable] = useState(host.state === 'disabled')
  const params = { path: { host: String(host.id) } }
  const run = () =>
    documentOf(
      enable
        ? api.POST('/v1/hosts/{host}/enable', { params })
        : api.POST('/v1/hosts/{host}/disable', { params }),
    )
  return (
    <Confirm
      title={enable ? `Enable ${host.name}` : `Disable ${host.name}`}
      action={enable ? 'Enable' : 'Disable'}
      run={run}
      done={({ name, state }) =>
        state === 'disabled' ? `${name} is disabled: it takes no further VMs` : `${name} is enabled`
      }
      close={close}
    >
      <Content>
        {enable ? (
          <p>VMs are placed on it again.</p>
        ) : (
          <>
            <p>It takes no further VMs. Those that are there stay and run on:</p>
            <VmsThere host={host.id} none="None is there." />
          </>
        )}
      </Content>
    </Confirm>
  )
}
