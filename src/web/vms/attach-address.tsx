/** The device at an address: chosen among what the VM's host has free, or written where it is on no host. */
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { parseAddress } from '../../model/address.ts'
import type { HostGroups, VmView } from '../api/documents.ts'
import { devicesOf, groupsOf } from '../api/queries.ts'
import type { PciWish } from './attach-pci.tsx'
import { Choice } from './choice.tsx'

interface Props {
  readonly vm: VmView
  readonly wish: PciWish
  change(part: Partial<PciWish>): void
}

export function AddressField({ vm, wish, change }: Props) {
  return vm.host === null || vm.hostName === null ? (
    <Written wish={wish} change={change} />
  ) : (
    <OfHost host={vm.host} hostName={vm.hostName} wish={wish} change={change} />
  )
}

function Written({ wish: { address }, change }: Omit<Props, 'vm'>) {
  const isWrong = address.trim() !== '' && parseAddress(address.trim()) === null
  return (
    <FormGroup label="Address" fieldId="attach-address" isRequired>
      <TextInput
        id="attach-address"
        className="berth-code"
        value={address}
        validated={isWrong ? 'error' : 'default'}
        aria-describedby="attach-address-help"
        onChange={(_, next) => change({ address: next })}
      />
      <FormHelperText>
        <HelperText id="attach-address-help">
          <HelperTextItem variant={isWrong ? 'error' : 'default'}>
            As lspci prints it: 0000:3b:00.0, or 3b:00.0
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  )
}

interface OfHostProps extends Omit<Props, 'vm'> {
  readonly host: number
  readonly hostName: string
}

function OfHost({ host, hostName, wish, change }: OfHostProps) {
  const { data = [] } = useQuery(devicesOf(host))
  const groups = useQuery(groupsOf(hostName))
  const options = data.flatMap(({ types }) =>
    types.flatMap(({ type, name, devices }) =>
      devices.map(({ address, state }) => ({
        ...{ value: address, name: address, about: `${name ?? type}, ${state}` },
        isDisabled: state !== 'free',
      })),
    ),
  )
  const mates = matesOf(groups.data, wish.address)
  return (
    <FormGroup label="Device" fieldId="attach-address" isRequired>
      <Choice
        id="attach-address"
        label="Device"
        value={wish.address}
        options={[...options].sort((a, b) => Number(a.isDisabled) - Number(b.isDisabled))}
        none={`Choose a device of ${hostName}`}
        isFullWidth
        choose={(address) => change({ address })}
      />
      {mates.length > 0 && (
        <FormHelperText>
          <HelperText>
            <HelperTextItem variant="warning">
              Its IOMMU group goes along: {mates.join(', ')} will be held.
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  )
}

/** Bridges do not count. */
function matesOf(groups: HostGroups | undefined, address: string): readonly string[] {
  const group = groups?.groups.find(
    (one) => one.group !== null && one.devices.some((device) => device.address === address),
  )
  return (group?.devices ?? [])
    .filter((device) => !device.bridge && device.address !== address)
    .map((device) => device.address)
}
