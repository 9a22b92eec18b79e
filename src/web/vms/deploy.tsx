/** A waiting VM put on a host of one's choice, past the queue. */
import { Content, Form, FormGroup } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client.ts'
import type { Explanation, HostSummary, VmView } from '../api/documents.ts'
import { explanationOf, hostList } from '../api/queries.ts'
import { Confirm } from '../parts/confirm.tsx'
import { nameAndId } from './ask.ts'
import { Choice, type Option } from './choice.tsx'
import { isWaiting } from './life.ts'

interface Props {
  readonly vm: VmView
  /** Chosen already. */
  readonly host?: string
  close(): void
}

export function DeployVm({ vm, host: given = '', close }: Props) {
  const [host, setHost] = useState(given)
  const hosts = useQuery(hostList())
  const why = useQuery({ ...explanationOf(vm.id), enabled: isWaiting(vm.state) })
  const run = async () => {
    await api.POST('/v1/vms/{vm}/deploy', { params: { path: { vm: String(vm.id) } }, body: { host } })
  }
  return (
    <Confirm
      title={`Deploy ${nameAndId(vm)} to a host`}
      action="Deploy"
      isDisabled={host === ''}
      run={run}
      done={() => `${nameAndId(vm)} goes to ${host}`}
      close={close}
    >
      <Content component="p">
        It goes there now, past the VMs that wait, or is refused with the reason.
      </Content>
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup label="Host" fieldId="deploy-host">
          <Choice
            id="deploy-host"
            label="Host"
            value={host}
            options={optionsOf(hosts.data ?? [], why.data)}
            none="Choose a host"
            isFullWidth
            choose={setHost}
          />
        </FormGroup>
      </Form>
    </Confirm>
  )
}

/** Those that could take it first. */
function optionsOf(hosts: readonly HostSummary[], why: Explanation | undefined): readonly Option[] {
  const reasons = new Map(why?.reasons.map(({ host, message }) => [host, message]))
  return hosts
    .map(({ id, name, state, simulated, freeDevices }) => {
      const reason = reasons.get(id)
      const free = `${state}, ${freeDevices} free devices`
      const about =
        reason ?? (why !== undefined && why.fitting.length > 0 ? `could take it now; ${free}` : free)
      return { option: { value: name, name, about, isSimulated: simulated }, isRefused: reason !== undefined }
    })
    .sort((a, b) => Number(a.isRefused) - Number(b.isRefused))
    .map(({ option }) => option)
}
