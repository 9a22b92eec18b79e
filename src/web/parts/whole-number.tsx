/** A whole number within limits, stepped or typed; what is half typed stays as it is until the field is left. */
import { NumberInput } from '@patternfly/react-core'
import { type FormEvent, useState } from 'react'

interface Props {
  readonly id?: string
  readonly label: string
  /** Null = what is written is none. */
  readonly value: number | null
  readonly min?: number
  readonly max?: number
  readonly step?: number
  /** Names of the buttons. */
  readonly less: string
  readonly more: string
  readonly widthChars?: number
  change(value: number): void
}

export function WholeNumber({ id, label, value, min, max, step = 1, less, more, widthChars, change }: Props) {
  const [typed, setTyped] = useState<string | null>(null)
  const shown = typed === null ? (value ?? '') : typed === '' ? '' : Number(typed)
  const to = (next: number): void => {
    const within = Math.max(min ?? next, Math.min(max ?? next, next))
    if (Number.isInteger(within) && within !== value) change(within)
  }
  const type = ({ currentTarget }: FormEvent<HTMLInputElement>): void => {
    setTyped(currentTarget.value)
    if (currentTarget.value !== '') to(Number(currentTarget.value))
  }
  const by = (amount: number): void => {
    setTyped(null)
    to((value ?? min ?? 0) + amount)
  }
  return (
    <NumberInput
      {...(id !== undefined && { inputProps: { id } })}
      {...(min !== undefined && { min })}
      {...(max !== undefined && { max })}
      {...(widthChars !== undefined && { widthChars })}
      value={shown}
      validated={value === null ? 'error' : 'default'}
      inputAriaLabel={label}
      minusBtnAriaLabel={less}
      plusBtnAriaLabel={more}
      onMinus={() => by(-step)}
      onPlus={() => by(step)}
      onChange={type}
      onBlur={() => setTyped(null)}
    />
  )
}
