/** Before a change that helps a waiting VM is made: what it does, and to whom. */
import { Content } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { NeededChange, VmView } from '../api/documents.ts'
import { wordsOf } from '../api/problem.ts'
import { vmOf } from '../api/queries.ts'
import { Confirm } from '../parts/confirm.tsx'
import { askVm, nameAndId } from './ask.ts'
import type { ChangeHost, Request } from './change-doors.ts'
import { DeployVm } from './deploy.tsx'
import { EndVm } from './ends.tsx'

interface Props {
  readonly door: Request
  readonly change: NeededChange
  readonly host: ChangeHost
  /** The one that waits. */
  readonly vm: VmView
  close(): void
}

const EFFECTS: Readonly<Record<string, string>> = {
  'enable-host': 'The host takes VMs again, this one and others.',
  undrain: 'The device can be given to VMs again.',
  'clear-quarantine':
    'Berth trusts the device again. It was quarantined for a reason: see its history first.',
  'allow-device': 'The host itself uses the device. A VM that gets it takes it from the host.',
  'release-vm': 'It is placed as soon as a host can take it.',
  'remove-vfs': 'All virtual functions of the device go.',
}

export function MakeChange({ door, change, host, vm, close }: Props) {
  if (change.code === 'stop-vm' && change.vm !== null)
    return <StopOther other={change.vm} helped={vm} close={close} />
  if (change.code === 'send-here') return <DeployVm vm={vm} host={host.name} close={close} />
  const run = async () => {
    await (change.code === 'release-vm' ? askVm(vm.id, 'release') : request(change, host))
  }
  const what = change.code === 'release-vm' ? nameAndId(vm) : (change.address ?? host.name)
  return (
    <Confirm
      title={change.code === 'enable-host' ? `Enable ${what}` : `${door.verb}: ${what}`}
      action={door.verb}
      isDanger={door.isDanger}
      run={run}
      done={() => `${door.verb}: done for ${what}`}
      close={close}
    >
      <Content component="p">
        {EFFECTS[change.code]} Host {host.name}, for {nameAndId(vm)}.
      </Content>
    </Confirm>
  )
}

async function request({ code, address }: NeededChange, { name }: ChangeHost): Promise<void> {
  if (code === 'enable-host')
    return void (await api.POST('/v1/hosts/{host}/enable', { params: { path: { host: name } } }))
  if (address === null) throw new Error('it is not said which device')
  const params = { path: { host: name, address } }
  if (code === 'undrain') await api.POST('/v1/hosts/{host}/devices/{address}/undrain', { params })
  else if (code === 'clear-quarantine') await api.POST('/v1/hosts/{host}/devices/{address}/clear', { params })
  else if (code === 'allow-device')
    await api.POST('/v1/hosts/{host}/devices/{address}/allow', { params, body: { allow: true } })
  else if (code === 'remove-vfs')
    await api.POST('/v1/hosts/{host}/devices/{address}/sriov', { params, body: { numVfs: 0 } })
  else throw new Error(`the page does not know how to do ${code}`)
}

function StopOther({ other, helped, close }: { other: number; helped: VmView; close(): void }) {
  const { data, error } = useQuery(vmOf(String(other)))
  if (error !== null)
    return (
      <Confirm title={`Stop VM ${other}`} action="Stop" isDisabled run={async () => {}} close={close}>
        {wordsOf(error)}
      </Confirm>
    )
  if (data === undefined) return null
  return (
    <EndVm vm={data} action="stop" because={`So that ${nameAndId(helped)} gets what it has.`} close={close} />
  )
}
