/** The form's fields: a label, one control, and what it means. */
import {
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextInput,
} from '@patternfly/react-core'
import { type ReactNode, useId } from 'react'
import type { Suggestion } from './suggestions.ts'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly help?: ReactNode
  onChange(value: string): void
}

interface TextFieldProps extends FieldProps {
  readonly placeholder?: string
  readonly isCode?: boolean
  readonly isInvalid?: boolean
  readonly isNumber?: boolean
  /** Offered while one types. */
  readonly suggestions?: readonly Suggestion[]
  /** Beside the label. */
  readonly beside?: ReactNode
  /** What it is about, where several fields have the same label. */
  readonly of?: string
}

export function TextField(props: TextFieldProps) {
  const {
    label,
    value,
    help,
    onChange,
    placeholder,
    isCode,
    isInvalid = false,
    isNumber,
    suggestions,
  } = props
  const id = useId()
  return (
    <FormGroup label={label} fieldId={id} labelInfo={props.beside}>
      <TextInput
        id={id}
        className={isCode ? 'berth-code' : undefined}
        value={value}
        placeholder={placeholder}
        inputMode={isNumber ? 'decimal' : undefined}
        autoComplete="off"
        spellCheck={false}
        validated={isInvalid ? 'error' : 'default'}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        {...(props.of !== undefined && { 'aria-label': `${label}, ${props.of}` })}
        {...(suggestions !== undefined && { list: `${id}-list` })}
        onChange={(_, text) => onChange(text)}
      />
      {suggestions !== undefined && (
        <datalist id={`${id}-list`}>
          {suggestions.map((one) => (
            <option key={one.value} value={one.value} label={one.words} />
          ))}
        </datalist>
      )}
      <Help id={`${id}-help`} isInvalid={isInvalid}>
        {help}
      </Help>
    </FormGroup>
  )
}

interface ChoiceFieldProps extends FieldProps {
  readonly of?: string
  readonly isDisabled?: boolean
  /** A value that is none of them is shown as it is written. */
  readonly choices: readonly Suggestion[]
}

export function ChoiceField({ label, value, help, onChange, choices, of, isDisabled }: ChoiceFieldProps) {
  const id = useId()
  const isKnown = choices.some((choice) => choice.value === value)
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect
        id={id}
        value={value}
        isDisabled={isDisabled}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        {...(of !== undefined && { 'aria-label': `${label}, ${of}` })}
        onChange={(_, chosen) => onChange(chosen)}
      >
        {choices.map((choice) => (
          <FormSelectOption key={choice.value} value={choice.value} label={choice.words} />
        ))}
        {!isKnown && <FormSelectOption value={value} label={`${value} (as it is written)`} />}
      </FormSelect>
      <Help id={`${id}-help`}>{help}</Help>
    </FormGroup>
  )
}

interface HelpProps {
  readonly id: string
  readonly isInvalid?: boolean
  readonly children: ReactNode
}

function Help({ id, isInvalid = false, children }: HelpProps) {
  if (children === undefined || children === null || children === '') return null
  return (
    <FormHelperText>
      <HelperText id={id}>
        <HelperTextItem variant={isInvalid ? 'error' : 'default'}>{children}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  )
}
