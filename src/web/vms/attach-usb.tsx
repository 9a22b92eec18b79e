/** One more USB device for a VM: chosen among those of its host, or by its ids or port where it is on none. */
import { Content, Form, FormGroup, TextInput } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client.ts'
import type { HostView, VmView } from '../api/documents.ts'
import { hostOf } from '../api/queries.ts'
import { Confirm } from '../parts/confirm.tsx'
import { nameAndId } from './ask.ts'
import { Choice, type Option } from './choice.tsx'

interface Props {
  readonly vm: VmView
  close(): void
}

interface UsbWish {
  readonly vendor: string
  readonly product: string
  readonly port: string
}

export function AttachUsb({ vm, close }: Props) {
  const [wish, setWish] = useState<UsbWish>({ vendor: '', product: '', port: '' })
  const change = (part: Partial<UsbWish>): void => setWish((before) => ({ ...before, ...part }))
  const given = Object.entries(wish).filter(([, value]) => value.trim() !== '')
  const run = async () => {
    await api.POST('/v1/vms/{vm}/attach-usb', {
      params: { path: { vm: String(vm.id) } },
      body: Object.fromEntries(given.map(([name, value]) => [name, value.trim()])),
    })
  }
  return (
    <Confirm
      title={`Attach a USB device to ${nameAndId(vm)}`}
      action="Attach"
      isDisabled={given.length === 0}
      run={run}
      done={() => `${nameAndId(vm)} ${vm.host === null ? 'asks for it' : 'is being given it'}`}
      close={close}
    >
      <Content component="p">
        {vm.hostName === null
          ? 'The VM does not run: its template asks for it, and it gets it when it is placed.'
          : `Plugged in and verified now, and in its template from then on.`}
      </Content>
      <Form onSubmit={(event) => event.preventDefault()}>
        {vm.hostName === null ? (
          <Written wish={wish} change={change} />
        ) : (
          <OfHost host={vm.hostName} wish={wish} change={change} />
        )}
      </Form>
    </Confirm>
  )
}

interface FieldProps {
  readonly wish: UsbWish
  change(part: Partial<UsbWish>): void
}

const FIELDS = [
  ['vendor', 'Vendor', '0529'],
  ['product', 'Product', '0001'],
  ['port', 'Port', '1-4'],
] as const

function Written({ wish, change }: FieldProps) {
  return FIELDS.map(([name, label, example]) => (
    <FormGroup key={name} label={label} fieldId={`usb-${name}`}>
      <TextInput
        id={`usb-${name}`}
        className="berth-code"
        placeholder={example}
        value={wish[name]}
        onChange={(_, value) => change({ [name]: value })}
      />
    </FormGroup>
  ))
}

function OfHost({ host, wish, change }: FieldProps & { readonly host: string }) {
  const { data } = useQuery(hostOf(host))
  return (
    <FormGroup label="Device" fieldId="usb-port" isRequired>
      <Choice
        id="usb-port"
        label="Device"
        value={wish.port}
        options={(data?.usb ?? []).map(usbOption).sort((a, b) => Number(a.isDisabled) - Number(b.isDisabled))}
        none={`Choose a device of ${host}`}
        isFullWidth
        choose={(port) => change({ port })}
      />
    </FormGroup>
  )
}

function usbOption(device: HostView['usb'][number]): Option {
  const { port, vendor, product, state, why } = device
  const name = device.productString ?? device.productName ?? `${vendor}:${product}`
  return {
    value: port,
    name: `${port} ${name}`,
    about: `${vendor}:${product}, ${why ?? state}`,
    isDisabled: state !== 'free',
  }
}
