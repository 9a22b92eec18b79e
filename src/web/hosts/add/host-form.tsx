/** What is asked of a host that is to be added. */
import {
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Radio,
  TextInput,
} from '@patternfly/react-core'
import { type FormEvent, type ReactNode, useId } from 'react'
import { MACHINES } from '../../../model/machines.ts'
import { KINDS, type Kind, type Wish, wrongFilter } from './wish.ts'

interface Props {
  readonly id: string
  readonly wish: Wish
  change(wish: Wish): void
  submit(event: FormEvent): void
}

const WORDS: Readonly<Record<Kind, readonly [label: string, about: string]>> = {
  agent: ['Another machine', 'Its own agent probes it and carries orders out.'],
  libvirt: ['This machine', "The libvirt of the controller's own machine."],
  simulator: ['A simulated host', 'Nothing behind it but files that Berth writes: to try things out.'],
}

export function HostForm({ id, wish, change, submit }: Props) {
  const wrong = wrongFilter(wish.filter)
  const set = (part: Partial<Wish>) => change({ ...wish, ...part })
  return (
    <Form id={id} onSubmit={submit}>
      <FormGroup role="radiogroup" label="What gives VMs there" fieldId={`${id}-kind`} isStack>
        {KINDS.map((kind) => (
          <Radio
            key={kind}
            id={`${id}-${kind}`}
            name={`${id}-kind`}
            label={WORDS[kind][0]}
            description={WORDS[kind][1]}
            isChecked={wish.kind === kind}
            onChange={() => set({ kind })}
          />
        ))}
      </FormGroup>
      <Field label="Name" isRequired value={wish.name} set={(name) => set({ name })} />
      {wish.kind === 'libvirt' && (
        <Field
          label="Connection URI"
          value={wish.uri}
          set={(uri) => set({ uri })}
          help="A local one; qemu:///system where it is left empty."
        />
      )}
      {wish.kind === 'simulator' && (
        <FormGroup label="Which server to simulate" fieldId={`${id}-machine`}>
          <FormSelect id={`${id}-machine`} value={wish.machine} onChange={(_, machine) => set({ machine })}>
            {MACHINES.map((machine) => (
              <FormSelectOption key={machine} value={machine} label={machine} />
            ))}
          </FormSelect>
        </FormGroup>
      )}
      <Field
        label="Cluster"
        value={wish.cluster}
        set={(cluster) => set({ cluster })}
        help='"default" where it is left empty.'
      />
      <Field
        label="Devices to offer"
        value={wish.filter}
        set={(filter) => set({ filter })}
        wrong={wrong}
        help="vendor:device:class, several by commas, such as 10de:,15b3::0200; all where it is left empty."
      />
    </Form>
  )
}

interface FieldProps {
  readonly label: string
  readonly value: string
  set(value: string): void
  readonly help?: ReactNode
  readonly wrong?: string | null
  readonly isRequired?: boolean
}

function Field({ label, value, set, help, wrong = null, isRequired = false }: FieldProps) {
  const id = useId()
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <TextInput
        id={id}
        value={value}
        isRequired={isRequired}
        validated={wrong === null ? 'default' : 'error'}
        aria-describedby={`${id}-help`}
        onChange={(_, text) => set(text)}
      />
      {(help !== undefined || wrong !== null) && (
        <FormHelperText id={`${id}-help`}>
          <HelperText isLiveRegion={wrong !== null}>
            <HelperTextItem variant={wrong === null ? 'default' : 'error'}>{wrong ?? help}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  )
}
