/** One more PCI block for a VM: found on its host and plugged in where it runs, otherwise in its template only. */
import { Checkbox, Content, Form, FormGroup, Radio } from '@patternfly/react-core'
import { useState } from 'react'
import { api } from '../api/client.ts'
import type { VmView } from '../api/documents.ts'
import { Confirm } from '../parts/confirm.tsx'
import { nameAndId } from './ask.ts'
import { AddressField } from './attach-address.tsx'
import { TypeFields } from './attach-type.tsx'

interface Props {
  readonly vm: VmView
  close(): void
}

/** As the fields stand. */
export interface PciWish {
  /** `10de:20b0:0302`; '' = none chosen. */
  readonly type: string
  readonly count: number
  /** '' = any. */
  readonly kind: string
  readonly isWholeCard: boolean
  readonly address: string
}

const NOTHING: PciWish = { type: '', count: 1, kind: '', isWholeCard: false, address: '' }

export function AttachPci({ vm, close }: Props) {
  const [by, setBy] = useState<'type' | 'address'>('type')
  const [wish, setWish] = useState(NOTHING)
  const [isManaged, setManaged] = useState(true)
  const change = (part: Partial<PciWish>): void => setWish((before) => ({ ...before, ...part }))
  const run = async () => {
    const body = { ...(by === 'type' ? byType(wish) : { address: wish.address.trim() }) }
    await api.POST('/v1/vms/{vm}/attach-pci', {
      params: { path: { vm: String(vm.id) } },
      body: isManaged ? body : { ...body, managed: false },
    })
  }
  return (
    <Confirm
      title={`Attach a PCI device to ${nameAndId(vm)}`}
      action="Attach"
      isDisabled={(by === 'type' ? wish.type : wish.address.trim()) === ''}
      run={run}
      done={() => doneOf(vm)}
      close={close}
    >
      <Content component="p">{effectOf(vm)}</Content>
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup role="radiogroup" label="Which" fieldId="attach-by" isInline>
          <Radio
            id="attach-by-type"
            name="attach-by"
            label="Any of a type"
            isChecked={by === 'type'}
            onChange={() => setBy('type')}
          />
          <Radio
            id="attach-by-address"
            name="attach-by"
            label="The one at an address"
            isChecked={by === 'address'}
            onChange={() => setBy('address')}
          />
        </FormGroup>
        {by === 'type' ? (
          <TypeFields vm={vm} wish={wish} change={change} />
        ) : (
          <AddressField vm={vm} wish={wish} change={change} />
        )}
        <Checkbox
          id="attach-unmanaged"
          label="Berth binds, resets and rebinds it, not libvirt"
          isChecked={!isManaged}
          onChange={(_, on) => setManaged(!on)}
        />
      </Form>
    </Confirm>
  )
}

const effectOf = ({ host, hostName }: VmView): string =>
  host === null
    ? 'The VM does not run: its template asks for it, and it gets it when it is placed.'
    : `It runs: found on ${hostName} by the rules of a deploy, plugged in and verified now, and in its template from then on.`

const doneOf = (vm: VmView): string =>
  vm.host === null ? `${nameAndId(vm)} asks for it` : `${nameAndId(vm)} is being given it`

function byType({ type, count, kind, isWholeCard }: PciWish) {
  const [vendor = '', device = '', classId = ''] = type.split(':')
  return {
    ...{ vendor, device, class: classId },
    ...(count > 1 && { count }),
    ...(kind !== '' && { kind }),
    ...(isWholeCard && { functions: 'ALL' }),
  }
}
