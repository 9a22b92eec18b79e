/** What the PCI tab is narrowed to, as the page's address has it. */
import { useDeferredValue, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useSearchParam } from '../../parts/search-param.ts'
import { filterOf, type Narrowing } from './narrow.ts'

export interface Narrowed {
  readonly narrowing: Narrowing
  /** Which part of the filter is wrong; null = none. */
  readonly wrong: string | null
  readonly words: string
  readonly filter: string
  setWords(words: string): void
  setFilter(filter: string): void
  setStates(states: readonly string[]): void
  setAll(all: boolean): void
  /** All that are offered, or not, as before. */
  clear(): void
}

export function useNarrowing(): Narrowed {
  const [words, setWords] = useSearchParam('q')
  const [filter, setFilter] = useSearchParam('filter')
  const [states, setStates] = useSearchParam('state')
  const [all, setAll] = useSearchParam('all')
  const [, setSearch] = useSearchParams()
  const later = useDeferredValue(words)
  const laterFilter = useDeferredValue(filter)
  const read = useMemo(() => {
    const { filter: parsed, wrong } = filterOf(laterFilter)
    const narrowing = { words: later, filter: parsed, states: states.split(',').filter(Boolean) }
    return { narrowing: { ...narrowing, all: all !== '' }, wrong }
  }, [later, laterFilter, states, all])
  return {
    ...read,
    words,
    filter,
    setWords,
    setFilter,
    setStates: (chosen) => setStates(chosen.join(',')),
    setAll: (chosen) => setAll(chosen ? '1' : ''),
    clear: () =>
      setSearch(
        (before) => {
          for (const name of ['q', 'filter', 'state']) before.delete(name)
          return before
        },
        { replace: true },
      ),
  }
}
