/** What new VMs are called, how many there are to be, and when they are placed. */
import {
  Checkbox,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
} from '@patternfly/react-core'
import { useMay } from '../app/rights.ts'
import { WholeNumber } from '../parts/whole-number.tsx'
import { namesPreview, type Wish } from './create.ts'

interface Props {
  readonly wish: Wish
  change(part: Partial<Wish>): void
}

export const MOST_VMS = 1000

export function NewVmFields({ wish, change }: Props) {
  const { name, count, hold, owner } = wish
  const isOperator = useMay('operator')
  const preview = namesPreview(name, count)
  return (
    <>
      <FormGroup label="Name" fieldId="vm-name">
        <TextInput
          id="vm-name"
          value={name}
          maxLength={128}
          aria-describedby="vm-name-help"
          onChange={(_, next) => change({ name: next })}
        />
        <Help
          id="vm-name-help"
          text={
            preview === null
              ? "Left empty: the template's. %i becomes the number of the VM, from 0."
              : `Called ${preview}`
          }
        />
      </FormGroup>
      <Numbers wish={wish} change={change} />
      {isOperator && (
        <FormGroup label="Owner" fieldId="vm-owner">
          <TextInput
            id="vm-owner"
            value={owner}
            maxLength={64}
            aria-describedby="vm-owner-help"
            onChange={(_, next) => change({ owner: next })}
          />
          <Help
            id="vm-owner-help"
            text="A user, who then sees it and counts it in the quota. Left empty: yours."
          />
        </FormGroup>
      )}
      <Checkbox
        id="vm-hold"
        label="Hold: do not place it before somebody releases it"
        isChecked={hold}
        onChange={(_, on) => change({ hold: on })}
      />
    </>
  )
}

function Numbers({ wish: { count, priority }, change }: Props) {
  const isOperator = useMay('operator')
  return (
    <div className="berth-vm-numbers">
      <FormGroup label="How many" fieldId="vm-count">
        <WholeNumber
          id="vm-count"
          label="How many"
          less="One VM less"
          more="One VM more"
          value={count}
          min={1}
          max={MOST_VMS}
          change={(next) => change({ count: next })}
        />
      </FormGroup>
      <FormGroup label="Priority" fieldId="vm-priority">
        <WholeNumber
          id="vm-priority"
          label="Priority"
          less="One lower"
          more="One higher"
          value={priority}
          {...(!isOperator && { max: 0 })}
          change={(next) => change({ priority: next })}
        />
        <Help
          id="vm-priority-help"
          text={isOperator ? 'A higher one is placed first' : 'Operators set one above 0'}
        />
      </FormGroup>
    </div>
  )
}

function Help({ id, text }: { readonly id: string; readonly text: string }) {
  return (
    <FormHelperText>
      <HelperText id={id}>
        <HelperTextItem>{text}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  )
}
