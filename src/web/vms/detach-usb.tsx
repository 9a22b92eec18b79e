/** Before a USB device, or the block that asks for it, is taken from a VM. */
import { Content } from '@patternfly/react-core'
import { api } from '../api/client.ts'
import type { VmView } from '../api/documents.ts'
import { Confirm } from '../parts/confirm.tsx'
import { nameAndId } from './ask.ts'
import { useAsks } from './asks-for.ts'

interface Props {
  readonly vm: VmView
  /** The USB block. */
  readonly request: number
  close(): void
}

export function DetachUsb({ vm, request, close }: Props) {
  const asksFor = useAsks()
  const device = vm.usb.find((one) => one.request === request)
  const run = async () => {
    await api.POST('/v1/vms/{vm}/detach-usb', {
      params: { path: { vm: String(vm.id) } },
      body: device === undefined ? { request } : { port: device.port },
    })
  }
  const what =
    device === undefined
      ? (asksFor(vm.template)?.usb[request] ?? `USB ${request}`)
      : `${device.port} ${device.name ?? device.id}`
  return (
    <Confirm
      title={`Detach USB from ${nameAndId(vm)}`}
      action="Detach"
      isDanger
      run={run}
      done={() => `${what} is being detached from ${nameAndId(vm)}`}
      close={close}
    >
      <Content component="p">
        <span className="berth-code">{what}</span>
        {device === undefined
          ? ': the VM does not run, only its template changes.'
          : ` goes back to ${vm.hostName}, and its USB block out of the template.`}
      </Content>
    </Confirm>
  )
}
