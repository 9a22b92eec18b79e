/** A device between its host driver and vfio-pci, for once or for good. */
import { Alert, Content } from '@patternfly/react-core'
import { VFIO_PCI } from '../../../../model/device.ts'
import { api } from '../../../api/client.ts'
import type { DeviceView } from '../../../api/documents.ts'
import { Confirm } from '../../../parts/confirm.tsx'
import { asked, outcome } from '../ask.ts'
import { type DialogProps, deviceOfHost, pathOf } from './dialog.ts'
import { Loses } from './loses.tsx'

export type DriverAction = 'bind' | 'unbind' | 'reserve' | 'unreserve'

interface Words {
  readonly title: (device: string) => string
  readonly verb: string
  readonly means: (device: DeviceView) => string
}

const from = ({ driver }: DeviceView): string =>
  driver === null ? 'it has no driver now' : `now on ${driver}`

const WORDS: Readonly<Record<DriverAction, Words>> = {
  bind: {
    title: (device) => `Bind ${device} to ${VFIO_PCI}`,
    verb: 'Bind',
    means: (device) =>
      `The host gives it up to ${VFIO_PCI} (${from(device)}), and Berth writes its driver down. A reboot brings that driver back.`,
  },
  unbind: {
    title: (device) => `Unbind ${device} from ${VFIO_PCI}`,
    verb: 'Unbind',
    means: () =>
      'It goes back to the driver that it came from; where none is written down, to the one that the kernel chooses.',
  },
  reserve: {
    title: (device) => `Reserve ${device} for VMs`,
    verb: 'Reserve',
    means: (device) => `It stays on ${VFIO_PCI} for good, after a reboot too (${from(device)}).`,
  },
  unreserve: {
    title: (device) => `Take back the reservation of ${device}`,
    verb: 'Take back',
    means: () => `It stays on ${VFIO_PCI} until it is unbound, or until the next boot.`,
  },
}

export function DriverDialog(props: DialogProps & { readonly action: DriverAction }) {
  const { device, affected, action, close } = props
  const { title, verb, means } = WORDS[action]
  const refusal = refusalOf(props)
  const takes = action !== 'unreserve' && action !== 'unbind' && device.driver !== VFIO_PCI
  return (
    <Confirm
      title={title(deviceOfHost(device))}
      action={verb}
      isDisabled={refusal !== null}
      run={() => asked(request(props))}
      done={(answer) => outcome(answer, outcomeOf)}
      close={close}
    >
      <Content>
        <p>{means(device)}</p>
        {takes && <Loses device={device} usb={affected.usb} />}
        {affected.mates.length > 0 && action !== 'unreserve' && (
          <p>
            {affected.mates.length === 1
              ? `The other device of its IOMMU group ${device.iommuGroup} stays where it is.`
              : `The ${affected.mates.length} others of its IOMMU group ${device.iommuGroup} stay where they are.`}
          </p>
        )}
      </Content>
      {refusal !== null && (
        <Alert isInline variant="warning" component="p" title={refusal} className="berth-refusal" />
      )}
    </Confirm>
  )
}

const outcomeOf = ({ reserved, driver }: DeviceView): string => {
  const place = `now on ${driver ?? 'no driver'}`
  return reserved ? `is reserved: it stays on ${VFIO_PCI}; ${place}` : `is ${place}`
}

/** What the API would say, as far as the page knows: there is no use in asking. */
function refusalOf({
  device,
  affected,
  action,
}: DialogProps & { readonly action: DriverAction }): string | null {
  const { state, vm, reserved, wantedVfs } = device
  if (action === 'unreserve') return null
  if (state === 'missing') return 'It is not there any more.'
  if (vm !== null) return `VM ${vm} has it: stop that VM first.`
  const below = affected.usb.find((usb) => usb.vm !== null)
  if (below !== undefined)
    return `VM ${below.vm} has the USB device ${below.port} below it: stop that VM first.`
  if (action === 'unbind')
    return reserved ? 'It is reserved for VMs: take that back first, then unbind it.' : null
  return wantedVfs === null
    ? null
    : `It is to have ${wantedVfs} virtual functions, which only its host driver makes: set them to 0 first.`
}

function request(props: DialogProps & { readonly action: DriverAction }) {
  const params = pathOf(props)
  switch (props.action) {
    case 'bind':
      return api.POST('/v1/hosts/{host}/devices/{address}/bind', { params })
    case 'unbind':
      return api.POST('/v1/hosts/{host}/devices/{address}/unbind', { params })
    case 'reserve':
      return api.POST('/v1/hosts/{host}/devices/{address}/reserve', { params, body: { reserve: true } })
    case 'unreserve':
      return api.POST('/v1/hosts/{host}/devices/{address}/reserve', { params, body: { reserve: false } })
  }
}
