/** Before a PCI block is taken from a VM: all that goes with it, by name. */
import { Content } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { VmView } from '../api/documents.ts'
import { groupsOf } from '../api/queries.ts'
import { Confirm } from '../parts/confirm.tsx'
import { nameAndId } from './ask.ts'
import { useAsks } from './asks-for.ts'
import { goesWith } from './detaching.ts'
import { DeviceLines } from './device-lines.tsx'

interface Props {
  readonly vm: VmView
  /** The PCI block. */
  readonly request: number
  close(): void
}

export function DetachPci({ vm, request, close }: Props) {
  const asksFor = useAsks()
  const isUp = vm.host !== null
  const hasMates = vm.devices.some(({ role }) => role === 'held')
  const groups = useQuery({ ...groupsOf(vm.hostName ?? ''), enabled: isUp && hasMates })
  const going = goesWith(vm, request, groups.data)
  const [first] = going
  const run = async () => {
    const params = { path: { vm: String(vm.id) } }
    const body = isUp && first !== undefined ? { address: first.address } : { request }
    await api.POST('/v1/vms/{vm}/detach-pci', { params, body })
  }
  return (
    <Confirm
      title={`Detach PCI ${request} from ${nameAndId(vm)}`}
      action="Detach"
      isDanger
      isDisabled={groups.isLoading}
      run={run}
      done={() => `PCI ${request} is being detached from ${nameAndId(vm)}`}
      close={close}
    >
      {isUp ? (
        <>
          <Content component="p">
            The running guest must let go of what the whole PCI block was given. Then it goes back to{' '}
            {vm.hostName}, and the block out of the template:
          </Content>
          <DeviceLines label="Devices that go" devices={going} />
        </>
      ) : (
        <Content component="p">
          The VM does not run: only its template changes. It asks no more for{' '}
          <span>{asksFor(vm.template)?.pci[request] ?? `PCI ${request}`}</span>.
        </Content>
      )}
    </Confirm>
  )
}
