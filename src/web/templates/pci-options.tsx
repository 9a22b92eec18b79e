/** How many devices of a PCI block, of which kind, and what goes with them. */
import { Checkbox, FormGroup } from '@patternfly/react-core'
import { useId } from 'react'
import { setPair } from '../../template/edit-values.ts'
import type { VectorAttribute } from '../../template/tree.ts'
import { WholeNumber } from '../parts/whole-number.tsx'
import { type BlockOf, blockName } from './block-card.tsx'
import { ChoiceField, TextField } from './field.tsx'
import { type Form, orLeftOut, pairText } from './form-text.ts'

interface Props {
  readonly block: VectorAttribute
  readonly of: BlockOf
  readonly form: Form
}

const KINDS = [
  { value: '', words: 'Any' },
  { value: 'PLAIN', words: 'Plain: a device without SR-IOV' },
  { value: 'PF', words: 'PF: a whole SR-IOV card, no VFs enabled' },
  { value: 'VF', words: 'VF: a virtual function' },
]

const CHOICES = [
  {
    key: 'FUNCTIONS',
    on: 'ALL',
    label: 'The whole card',
    means: 'All functions of its slot go along, such as the audio of a GPU. Count is of cards.',
  },
  {
    key: 'OPTIONAL',
    on: 'YES',
    label: 'Optional',
    means: 'The VM starts without it where none is free; it never waits for it.',
  },
  {
    key: 'MANAGED',
    on: 'NO',
    label: 'Berth binds it',
    means: 'Berth, and not libvirt, takes it from its driver, resets it, and gives it back.',
  },
  {
    key: 'TYPE',
    on: 'NIC',
    label: 'Network interface',
    means: 'A VF whose MAC address and VLAN are set through its physical function.',
  },
] as const

export function PciOptions({ block, of, form }: Props) {
  const isNic = pairText(block, 'TYPE').trim() !== ''
  const set = (key: string, value: string): void =>
    form.edit((text) => setPair(text, of, key, orLeftOut(value)))
  const kind = pairText(block, 'KIND').trim().toUpperCase()
  return (
    <>
      <div className="berth-block-options">
        <Count block={block} of={of} set={(value) => set('COUNT', value)} />
        <ChoiceField
          label="Kind"
          of={blockName(of)}
          value={kind === 'ANY' ? '' : kind}
          choices={KINDS}
          onChange={(value) => set('KIND', value)}
        />
        {isNic && (
          <>
            <TextField
              isCode
              label="MAC"
              of={blockName(of)}
              placeholder="libvirt chooses"
              value={pairText(block, 'MAC')}
              onChange={(value) => set('MAC', value)}
            />
            <TextField
              isNumber
              label="VLAN"
              of={blockName(of)}
              placeholder="untagged"
              value={pairText(block, 'VLAN_ID')}
              onChange={(value) => set('VLAN_ID', value)}
            />
          </>
        )}
      </div>
      <div className="berth-block-choices">
        {CHOICES.map((choice) => (
          <Choice
            key={choice.key}
            choice={choice}
            block={block}
            of={of}
            set={(value) => set(choice.key, value)}
          />
        ))}
      </div>
    </>
  )
}

interface ChoiceProps extends Omit<Props, 'form'> {
  readonly choice: (typeof CHOICES)[number]
  set(value: string): void
}

function Choice({ choice: { key, on, label, means }, block, of, set }: ChoiceProps) {
  const id = useId()
  return (
    <Checkbox
      id={id}
      label={label}
      aria-label={`${label}, ${blockName(of)}`}
      description={means}
      isChecked={pairText(block, key).trim().toUpperCase() === on}
      onChange={(_, isChecked) => set(isChecked ? on : '')}
    />
  )
}

const MOST = 64

interface CountProps extends Omit<Props, 'form'> {
  set(value: string): void
}

/** One is what is meant where nothing is said. */
function Count({ block, of, set }: CountProps) {
  const written = pairText(block, 'COUNT').trim()
  const count = written === '' ? 1 : Number(written)
  const isNumber = Number.isInteger(count) && count >= 1 && count <= MOST
  return (
    <FormGroup label="Count" role="group">
      <WholeNumber
        value={isNumber ? count : null}
        min={1}
        max={MOST}
        widthChars={3}
        label={`Count, ${blockName(of)}`}
        less={`One less, ${blockName(of)}`}
        more={`One more, ${blockName(of)}`}
        change={(next) => set(next === 1 ? '' : String(next))}
      />
    </FormGroup>
  )
}
