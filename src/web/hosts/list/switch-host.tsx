/** Before a host is enabled or disabled. */
import { api, documentOf } from '../../api/client.ts'
import type { HostSummary } from '../../api/documents.ts'
import { counted } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'

interface Props {
  readonly host: HostSummary
  close(): void
}

export function SwitchHost({ host, close }: Props) {
  const { name, state, runningVms } = host
  const isOn = state !== 'disabled'
  const params = { path: { host: name } }
  return (
    <Confirm
      title={`${isOn ? 'Disable' : 'Enable'} ${name}`}
      action={isOn ? 'Disable' : 'Enable'}
      run={() =>
        documentOf(
          isOn
            ? api.POST('/v1/hosts/{host}/disable', { params })
            : api.POST('/v1/hosts/{host}/enable', { params }),
        )
      }
      done={() => `${name} is ${isOn ? 'disabled' : 'enabled'}`}
      close={close}
    >
      {isOn
        ? `${name} gets no further VMs until it is enabled. ${runningVms === 0 ? 'No VM runs on it.' : `${counted(runningVms, 'VM')} that ${runningVms === 1 ? 'runs' : 'run'} on it ${runningVms === 1 ? 'goes' : 'go'} on.`}`
        : `${name} may get VMs again, as soon as it answers.`}
    </Confirm>
  )
}
