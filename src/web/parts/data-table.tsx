/** A sortable table of any length: the rows in view stand in the document, the others are the space above and below them. */
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { MAIN } from '../app/frame.tsx'
import { type Order, useOrder } from './order.ts'

export interface Column<Row> {
  readonly id: string
  /** The head of the column, and its name beside the value where a narrow screen shows rows as cards. */
  readonly name: string
  /** In the place of the name in the head: a box to choose all rows, say. */
  readonly head?: ReactNode
  /** What it is sorted by; left out = it is not. */
  readonly sort?: (row: Row) => string | number | null
  readonly cell: (row: Row) => ReactNode
  readonly className?: string
  readonly width?: 10 | 15 | 20 | 25 | 30 | 35 | 40 | 45 | 50 | 60
}

interface Props<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  keyOf(row: Row): string
  /** Left out = as the rows come. */
  readonly order?: Order
  /** Takes the rows as they are sorted, and gives those to show: a tree's, say. The same function as long as it gives the same. */
  arrange?(sorted: readonly Row[]): readonly Row[]
  /** In the place of the rows where there are none. */
  readonly empty: ReactNode
  readonly rowClass?: (row: Row) => string | undefined
  readonly isCompact?: boolean
}

/** Fewer are all in the document: the browser's own search finds them. */
const ALL_UP_TO = 150
const ROW_HEIGHT = 40

export function DataTable<Row>(props: Props<Row>) {
  const { label, rows, columns, keyOf, arrange, empty, rowClass, isCompact = true } = props
  const [order, sortBy] = useOrder(props.order)
  const sorted = useMemo(() => {
    const ordered = inOrder(rows, columns, order)
    return arrange === undefined ? ordered : arrange(ordered)
  }, [rows, columns, order, arrange])
  const { body, virtual, seen, before, after } = useSeenRows(sorted.length)
  if (rows.length === 0) return empty
  const shown = virtual === null ? sorted : seen.flatMap(({ index }) => sorted[index] ?? [])
  const first = seen[0]?.index ?? 0
  return (
    <Table
      aria-label={label}
      className="berth-table"
      variant={isCompact ? 'compact' : undefined}
      gridBreakPoint="grid-md"
      isStickyHeader
      aria-rowcount={sorted.length + 1}
    >
      <Thead>
        <Tr>
          {columns.map((column, index) => (
            <Th
              key={column.id}
              modifier="nowrap"
              className={column.className}
              {...(column.width !== undefined && { width: column.width })}
              {...(column.sort !== undefined && {
                sort: {
                  columnIndex: index,
                  sortBy: {
                    index: columns.findIndex(({ id }) => id === order?.by),
                    direction: order?.direction ?? 'asc',
                  },
                  onSort: (_, __, direction) => sortBy({ by: column.id, direction }),
                },
              })}
            >
              {column.head ?? column.name}
            </Th>
          ))}
        </Tr>
      </Thead>
      <Tbody ref={body}>
        <Space height={before} columns={columns.length} />
        {shown.map((row, index) => (
          <Tr
            key={keyOf(row)}
            aria-rowindex={first + index + 2}
            data-index={first + index}
            className={rowClass?.(row)}
            {...(virtual !== null && { ref: virtual.measureElement })}
          >
            <Cells row={row} columns={columns} />
          </Tr>
        ))}
        <Space height={after} columns={columns.length} />
      </Tbody>
    </Table>
  )
}

/** Drawn anew where the row or the columns change, not while one scrolls. */
function Cells<Row>({ row, columns }: { readonly row: Row; readonly columns: readonly Column<Row>[] }) {
  return useMemo(
    () =>
      columns.map(({ id, name, cell, className }) => (
        <Td key={id} dataLabel={name} className={className}>
          {cell(row)}
        </Td>
      )),
    [row, columns],
  )
}

/** What is not in view: a row without a word. */
function Space({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height === 0) return null
  return (
    <tr className="berth-space">
      <td aria-hidden="true" colSpan={columns} style={{ height }} />
    </tr>
  )
}

interface SeenRows {
  readonly body: React.RefObject<HTMLTableSectionElement | null>
  /** Null = there are so few that all are shown. */
  readonly virtual: Virtualizer<HTMLElement, HTMLTableRowElement> | null
  readonly seen: readonly { readonly index: number }[]
  /** Pixels. */
  readonly before: number
  readonly after: number
}

/** The page's main part scrolls, not the table. */
function useSeenRows(count: number): SeenRows {
  const body = useRef<HTMLTableSectionElement>(null)
  const [top, setTop] = useState(0)
  const isLong = count > ALL_UP_TO
  useLayoutEffect(() => {
    const main = document.getElementById(MAIN)
    if (!isLong || body.current === null || main === null) return
    const above = body.current.getBoundingClientRect().top - main.getBoundingClientRect().top
    setTop(above + main.scrollTop)
  }, [isLong])
  const virtual = useVirtualizer<HTMLElement, HTMLTableRowElement>({
    count: isLong ? count : 0,
    getScrollElement: () => document.getElementById(MAIN),
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    scrollMargin: top,
  })
  const seen = virtual.getVirtualItems()
  const before = Math.max(0, (seen[0]?.start ?? top) - top)
  const after = Math.max(0, virtual.getTotalSize() - ((seen.at(-1)?.end ?? top) - top))
  return isLong
    ? { body, virtual, seen, before, after }
    : { body, virtual: null, seen: [], before: 0, after: 0 }
}

/** Numbers as numbers, words as people sort them (`gpu-9` before `gpu-10`), what is not known last. */
export function inOrder<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: Order | null,
): readonly Row[] {
  const sort = columns.find(({ id }) => id === order?.by)?.sort
  if (order === null || sort === undefined) return rows
  const sign = order.direction === 'asc' ? 1 : -1
  return [...rows].sort((a, b) => compare(sort(a), sort(b), sign))
}

const words = new Intl.Collator('en', { numeric: true })

function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : words.compare(String(a), String(b)))
}
