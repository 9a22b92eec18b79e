/** A host that Berth forgets: what is lost with it, or why it is refused. */
import { Alert, Content } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api } from '../../api/client.ts'
import { vmList } from '../../api/queries.ts'
import { counted } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import type { HostDialogProps } from './host-actions.tsx'
import { VmsThere } from './vms-there.tsx'

export function DeleteDialog({ host, close }: HostDialogProps) {
  const { data: vms } = useQuery(vmList({ host: String(host.id) }))
  const navigate = useNavigate()
  const isUsed = vms !== undefined && vms.length > 0
  const remove = async () => {
    await api.DELETE('/v1/hosts/{host}', { params: { path: { host: String(host.id) } } })
    await navigate('/hosts')
  }
  return (
    <Confirm
      title={`Delete ${host.name}`}
      action="Delete"
      isDanger
      isDisabled={isUsed}
      run={remove}
      done={() => `${host.name} is deleted`}
      close={close}
    >
      {isUsed ? (
        <Alert isInline variant="warning" component="p" title="It would be refused: VMs are on it">
          <Content>
            <p>Stop or terminate them first:</p>
            <VmsThere host={host.id} none="" />
          </Content>
        </Alert>
      ) : (
        <Content>
          <p>
            Berth forgets the host, its {counted(host.devices.length, 'PCI device')} and{' '}
            {counted(host.usb.length, 'USB device')}, and with them{' '}
            {said(host) ?? 'the history of its devices'}.
          </p>
          {host.agent !== null && <p>Its agent is not let in any more: it needs a new join token.</p>}
          <p>The machine itself stays as it is.</p>
        </Content>
      )}
    </Confirm>
  )
}

/** What operators said of its devices, which is said again on a new one only by hand. */
function said({ devices }: HostDialogProps['host']): string | null {
  const count = (fits: (device: (typeof devices)[number]) => boolean, word: string): string[] => {
    const number = devices.filter(fits).length
    return number === 0 ? [] : [`${number} ${word}`]
  }
  const parts = [
    ...count(({ health }) => health === 'drained', 'drained'),
    ...count(({ health }) => health === 'quarantined', 'quarantined'),
    ...count(({ reserved }) => reserved, 'reserved'),
    ...count(({ wantedVfs }) => wantedVfs !== null, 'with wanted virtual functions'),
    ...count(({ allowed }) => allowed, 'allowed although the host uses them'),
  ]
  return parts.length === 0
    ? null
    : `the history of its devices and what operators said of them (${parts.join(', ')})`
}
