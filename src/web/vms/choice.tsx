/** One of many by its name: a list that narrows as one types. */
import {
  MenuSearch,
  MenuSearchInput,
  MenuToggle,
  SearchInput,
  Select,
  SelectList,
  SelectOption,
} from '@patternfly/react-core'
import { useState } from 'react'
import { SimulatedLabel } from './host-link.tsx'

export interface Option {
  readonly value: string
  readonly name: string
  /** Beneath the name; found by the search, too. */
  readonly about?: string
  /** Of a host: there are only files behind it. */
  readonly isSimulated?: boolean
  readonly isDisabled?: boolean
}

interface Props {
  /** `Host` */
  readonly label: string
  readonly value: string
  readonly options: readonly Option[]
  /** What stands there while nothing is chosen. */
  readonly none: string
  /** The first option takes the choice back. */
  readonly mayBeNone?: boolean
  readonly isFullWidth?: boolean
  readonly id?: string
  choose(value: string): void
}

/** More are not drawn: the search narrows them. */
const SHOWN = 100

export function Choice(props: Props) {
  const { label, value, options, none, mayBeNone = false, isFullWidth = false, id, choose } = props
  const [isOpen, setOpen] = useState(false)
  const [text, setText] = useState('')
  const found = options.filter((one) => matches(one, text))
  const chosen = options.find((one) => one.value === value)?.name ?? (value === '' ? null : value)
  const show = (open: boolean) => {
    setOpen(open)
    if (open) setText('')
  }
  return (
    <Select
      isOpen={isOpen}
      selected={value}
      isScrollable
      maxMenuHeight="22rem"
      popperProps={{ appendTo: 'inline', maxWidth: 'min(32rem, 90vw)' }}
      onOpenChange={show}
      onSelect={(_, picked) => {
        choose(String(picked ?? ''))
        show(false)
      }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          id={id}
          onClick={() => show(!isOpen)}
          isExpanded={isOpen}
          isFullWidth={isFullWidth}
          aria-label={`${label}: ${chosen ?? none}`}
        >
          {chosen ?? none}
        </MenuToggle>
      )}
    >
      <MenuSearch>
        <MenuSearchInput>
          <SearchInput
            aria-label={`Search: ${label}`}
            value={text}
            onChange={(_, next) => setText(next)}
            onClear={() => setText('')}
          />
        </MenuSearchInput>
      </MenuSearch>
      <SelectList aria-label={label}>
        {mayBeNone && text === '' && <SelectOption value="">{none}</SelectOption>}
        {found.slice(0, SHOWN).map(({ value: one, name, about, isSimulated, isDisabled }) => (
          <SelectOption key={one} value={one} description={about} isDisabled={isDisabled}>
            {name} {isSimulated && <SimulatedLabel />}
          </SelectOption>
        ))}
        {found.length === 0 && <SelectOption isDisabled>Nothing is called so</SelectOption>}
        {found.length > SHOWN && (
          <SelectOption isDisabled>{found.length - SHOWN} more: type to narrow them</SelectOption>
        )}
      </SelectList>
    </Select>
  )
}

function matches({ name, about = '' }: Option, text: string): boolean {
  const all = `${name} ${about}`.toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}
