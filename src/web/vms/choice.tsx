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
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'

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
  const here = useRef<HTMLDivElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const [isOpen, setOpen] = useState(false)
  const [text, setText] = useState('')
  const found = options.filter((one) => matches(one, text))
  const chosen = options.find((one) => one.value === value)?.name ?? (value === '' ? null : value)
  const pick = (picked: string): void => {
    choose(picked)
    show(false)
    here.current?.querySelector('button')?.focus()
  }
  useEffect(() => {
    if (!isOpen) return
    search.current?.focus()
    return closedByEscape(() => {
      setOpen(false)
      here.current?.querySelector('button')?.focus()
    })
  }, [isOpen])
  const show = (open: boolean) => {
    setOpen(open)
    if (open) setText('')
  }
  return (
    <div ref={here}>
      <Select
        isOpen={isOpen}
        selected={value}
        isScrollable
        maxMenuHeight="22rem"
        popperProps={{ appendTo: () => layerOf(here.current), maxWidth: 'min(32rem, 90vw)' }}
        onOpenChange={show}
        onOpenChangeKeys={[]}
        onSelect={(_, picked) => pick(String(picked ?? ''))}
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
              ref={search}
              onKeyDown={(event) => onKey(event, here.current, found[0], pick)}
              onChange={(_, next) => setText(next)}
              onClear={() => setText('')}
            />
          </MenuSearchInput>
        </MenuSearch>
        <SelectList aria-label={label}>
          {mayBeNone && text === '' && <SelectOption value="">{none}</SelectOption>}
          {found.slice(0, SHOWN).map(({ value: one, name, about, isSimulated, isDisabled }) => (
            <SelectOption key={one} value={one} description={about} isDisabled={isDisabled}>
              {name} {isSimulated && <span className="berth-vm-quiet">SIMULATED</span>}
            </SelectOption>
          ))}
          {found.length === 0 && <SelectOption isDisabled>Nothing is called so</SelectOption>}
          {found.length > SHOWN && (
            <SelectOption isDisabled>{found.length - SHOWN} more: type to narrow them</SelectOption>
          )}
        </SelectList>
      </Select>
    </div>
  )
}

/** From the search into what it found: down to the list, or Enter for the first. */
function onKey(
  event: KeyboardEvent,
  here: HTMLElement | null,
  first: Option | undefined,
  pick: (value: string) => void,
): void {
  if (event.key === 'ArrowDown') {
    event.preventDefault()
    layerOf(here).querySelector<HTMLElement>('[role="option"]:not([disabled])')?.focus()
  }
  if (event.key !== 'Enter') return
  event.preventDefault()
  if (first !== undefined && first.isDisabled !== true) pick(first.value)
}

/** The list alone closes, and not the window that it is in. */
function closedByEscape(close: () => void): () => void {
  const listener = (event: globalThis.KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    close()
  }
  document.addEventListener('keydown', listener, true)
  return () => document.removeEventListener('keydown', listener, true)
}

/** Of a window it is a part, so that the focus may go there; beside its text, which would cut it off. */
function layerOf(here: HTMLElement | null): HTMLElement {
  return here?.closest<HTMLElement>('[role="dialog"]') ?? here ?? document.body
}

function matches({ name, about = '' }: Option, text: string): boolean {
  const all = `${name} ${about}`.toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}
