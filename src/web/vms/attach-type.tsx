/** A type of device, and how many of what kind. */
import { Checkbox, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { MAX_DEVICES_PER_VM } from '../../model/request.ts'
import type { DeviceType, MappedHost, VmView } from '../api/documents.ts'
import { devicesOf, deviceTypes } from '../api/queries.ts'
import { WholeNumber } from '../parts/whole-number.tsx'
import type { PciWish } from './attach-pci.tsx'
import { Choice, type Option } from './choice.tsx'

interface Props {
  readonly vm: VmView
  readonly wish: PciWish
  change(part: Partial<PciWish>): void
}

const KINDS = [
  ['', 'Any'],
  ['VF', 'A virtual function'],
  ['PF', 'A physical function without virtual ones'],
  ['PLAIN', 'Neither'],
] as const

export function TypeFields({ vm, wish, change }: Props) {
  return (
    <>
      <FormGroup label="Type" fieldId="attach-type" isRequired>
        <Choice
          id="attach-type"
          label="Type"
          value={wish.type}
          options={useTypes(vm)}
          none="Choose a type"
          isFullWidth
          choose={(type) => change({ type })}
        />
      </FormGroup>
      <FormGroup label="How many" fieldId="attach-count">
        <WholeNumber
          id="attach-count"
          label="How many"
          less="One less"
          more="One more"
          value={wish.count}
          min={1}
          max={MAX_DEVICES_PER_VM}
          change={(count) => change({ count })}
        />
      </FormGroup>
      <FormGroup label="Kind" fieldId="attach-kind">
        <FormSelect id="attach-kind" value={wish.kind} onChange={(_, kind) => change({ kind })}>
          {KINDS.map(([value, name]) => (
            <FormSelectOption key={value} value={value} label={name} />
          ))}
        </FormSelect>
      </FormGroup>
      <Checkbox
        id="attach-whole"
        label="The whole card: all functions of the slot"
        isChecked={wish.isWholeCard}
        onChange={(_, isWholeCard) => change({ isWholeCard })}
      />
    </>
  )
}

/** What its host offers where it is on one; otherwise what any host does. */
function useTypes({ host, hostName }: VmView): readonly Option[] {
  const everywhere = useQuery({ ...deviceTypes(), enabled: host === null })
  const there = useQuery({ ...devicesOf(host ?? 0), enabled: host !== null })
  return host === null
    ? (everywhere.data ?? []).map(typeOption)
    : (there.data ?? []).flatMap(({ types }) => types.map((type) => hostTypeOption(type, hostName ?? '')))
}

function typeOption({ type, vendorName, deviceName, free, total, hostsWithFree }: DeviceType): Option {
  const name = [vendorName, deviceName].filter((part) => part !== null).join(' ')
  const about = `${free} of ${total} free, on ${hostsWithFree} hosts`
  return { value: type, name: type, about: name === '' ? about : `${name}: ${about}` }
}

function hostTypeOption({ type, name, devices }: MappedHost['types'][number], host: string): Option {
  const free = devices.filter(({ state }) => state === 'free').length
  const about = `${free} of ${devices.length} free on ${host}`
  return {
    value: type,
    name: type,
    about: name === null ? about : `${name}: ${about}`,
    isDisabled: free === 0,
  }
}
