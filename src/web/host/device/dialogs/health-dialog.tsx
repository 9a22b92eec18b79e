/** A device out of service, and back: drained or quarantined, with the reason that its history tells. */
import { Content, Form, FormGroup, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { Confirm } from '../../../parts/confirm.tsx'
import { asked, outcome } from '../ask.ts'
import { type DialogProps, deviceOfHost, pathOf } from './dialog.ts'
import { DeviceNames, Keeps } from './named.tsx'

export type HealthAction = 'drain' | 'undrain' | 'quarantine' | 'clear'

interface Words {
  readonly verb: string
  readonly means: string
  /** What it is to the others of the IOMMU group. */
  readonly mates: string
  readonly outcome: string
}

const WORDS: Readonly<Record<HealthAction, Words>> = {
  drain: {
    verb: 'Drain',
    means: 'No further VM gets it.',
    mates: 'The others of its IOMMU group may still be given, and it is held with them then:',
    outcome: 'is drained: no further VM gets it',
  },
  undrain: {
    verb: 'Undrain',
    means: 'VMs may get it again.',
    mates: '',
    outcome: 'is not drained any more',
  },
  quarantine: {
    verb: 'Quarantine',
    means: 'It is not trusted any more: no VM gets it.',
    mates: 'The others of its IOMMU group are not given either:',
    outcome: 'is quarantined: neither it nor the rest of its IOMMU group is given',
  },
  clear: {
    verb: 'Clear the quarantine of',
    means: 'VMs may get it again, and the failures before are forgotten.',
    mates: 'So may the others of its IOMMU group, where nothing else is in the way:',
    outcome: 'is not quarantined any more',
  },
}

export function HealthDialog(props: DialogProps & { readonly action: HealthAction }) {
  const { device, affected, action, close } = props
  const { verb, means, mates, outcome: words } = WORDS[action]
  const [reason, setReason] = useState('')
  const mustSayWhy = action === 'quarantine'
  return (
    <Confirm
      title={`${verb} ${deviceOfHost(device)}`}
      action={verb.split(' ')[0] ?? verb}
      isDanger={mustSayWhy}
      isDisabled={mustSayWhy && reason.trim() === ''}
      run={() => asked(request(props, reason.trim()))}
      done={(answer) => outcome(answer, () => words)}
      close={close}
    >
      <Content>
        <p>{means}</p>
        {action !== 'undrain' && action !== 'clear' && <Keeps device={device} />}
        {mates !== '' && affected.mates.length > 0 && (
          <>
            <p>{mates}</p>
            <DeviceNames devices={affected.mates} />
          </>
        )}
        {action === 'drain' && affected.vfs.length > 0 && (
          <p>Its {affected.vfs.length} virtual functions may still be given.</p>
        )}
      </Content>
      <Reason value={reason} change={setReason} isRequired={mustSayWhy} />
    </Confirm>
  )
}

interface ReasonProps {
  readonly value: string
  readonly isRequired: boolean
  change(value: string): void
}

function Reason({ value, isRequired, change }: ReasonProps) {
  return (
    <Form onSubmit={(event) => event.preventDefault()} className="berth-dialog-form">
      <FormGroup label="Reason" fieldId="reason" isRequired={isRequired}>
        <TextInput
          id="reason"
          value={value}
          isRequired={isRequired}
          maxLength={1024}
          placeholder="told in the device's history"
          onChange={(_, text) => change(text)}
        />
      </FormGroup>
    </Form>
  )
}

function request(props: DialogProps & { readonly action: HealthAction }, reason: string) {
  const ask = { params: pathOf(props), body: reason === '' ? {} : { reason } }
  switch (props.action) {
    case 'drain':
      return api.POST('/v1/hosts/{host}/devices/{address}/drain', ask)
    case 'undrain':
      return api.POST('/v1/hosts/{host}/devices/{address}/undrain', ask)
    case 'quarantine':
      return api.POST('/v1/hosts/{host}/devices/{address}/quarantine', ask)
    case 'clear':
      return api.POST('/v1/hosts/{host}/devices/{address}/clear', ask)
  }
}
