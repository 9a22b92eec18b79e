/** By which column a table is sorted: in the page's address, so that a link shows what its sender saw. */
import { useSearchParams } from 'react-router'

export interface Order {
  /** A column's id. */
  readonly by: string
  readonly direction: 'asc' | 'desc'
}

/** `?sort=name` or `?sort=-name`; null = as the rows come. */
export function useOrder(usual: Order | undefined): readonly [Order | null, (order: Order) => void] {
  const [search, setSearch] = useSearchParams()
  const order = orderOf(search.get('sort')) ?? usual ?? null
  const sortBy = ({ by, direction }: Order): void =>
    setSearch(
      (before) => {
        before.set('sort', direction === 'desc' ? `-${by}` : by)
        return before
      },
      { replace: true },
    )
  return [order, sortBy]
}

function orderOf(text: string | null): Order | null {
  if (text === null) return null
  return text.startsWith('-') ? { by: text.slice(1), direction: 'desc' } : { by: text, direction: 'asc' }
}
