/** What a page is narrowed to (a filter, a choice) stands in its address: a link, or the way back, shows the same. */
import { useSearchParams } from 'react-router'

export function useSearchParam(name: string): readonly [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams()
  const set = (value: string): void =>
    setSearch(
      (before) => {
        if (value === '') before.delete(name)
        else before.set(name, value)
        return before
      },
      { replace: true },
    )
  return [search.get(name) ?? '', set]
}
