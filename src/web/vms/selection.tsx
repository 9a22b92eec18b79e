/** Rows that somebody chose: a column of boxes, and one for all in its head. */
import { Checkbox } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import type { Column } from '../parts/data-table.tsx'

interface Selectable {
  readonly id: number
  readonly name: string
}

export interface Selection<Row> {
  /** Of the rows that are shown: what the filter hides is not acted on. */
  readonly chosen: readonly Row[]
  readonly column: Column<Row>
  clear(): void
  all(): void
}

export function useSelection<Row extends Selectable>(rows: readonly Row[]): Selection<Row> {
  const [ids, setIds] = useState<ReadonlySet<number>>(new Set())
  const chosen = useMemo(() => rows.filter(({ id }) => ids.has(id)), [rows, ids])
  const all = () => setIds(new Set(rows.map(({ id }) => id)))
  const clear = () => setIds(new Set())
  const toggle = (id: number, isOn: boolean): void =>
    setIds((before) => {
      const next = new Set(before)
      if (isOn) next.add(id)
      else next.delete(id)
      return next
    })
  const isAll = chosen.length > 0 && chosen.length === rows.length
  const column: Column<Row> = {
    id: 'chosen',
    name: 'Choose',
    className: 'berth-vm-choose',
    head: (
      <Checkbox
        id="choose-all"
        aria-label={isAll ? 'Choose none' : `Choose all ${rows.length}`}
        isChecked={chosen.length > 0 && !isAll ? null : isAll}
        onChange={() => (isAll ? clear() : all())}
      />
    ),
    cell: ({ id, name }) => (
      <Checkbox
        id={`choose-${id}`}
        aria-label={`Choose ${name} (${id})`}
        isChecked={ids.has(id)}
        onChange={(_, isOn) => toggle(id, isOn)}
      />
    ),
  }
  return { chosen, column, clear, all }
}
