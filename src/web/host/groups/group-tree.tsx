/** The tree with the groups drawn over it, by mouse and by keyboard (ARIA's tree pattern). */
import './tree.css'
import { type FocusEvent, type KeyboardEvent, type MouseEvent, useMemo, useState } from 'react'
import type { DeviceView, GroupView } from '../../api/documents.ts'
import { bandsOf } from './bands.ts'
import { rowsOf, type TreeRow } from './rows.ts'
import type { PciNode } from './tree.ts'
import { stepOf } from './tree-keys.ts'
import { TreeRowShown } from './tree-row.tsx'

interface Props {
  readonly label: string
  readonly roots: readonly PciNode[]
  /** By address. */
  readonly groups: ReadonlyMap<string, GroupView>
  /** Null = none. */
  readonly selected: GroupView | null
  isOpen(node: PciNode): boolean
  turn(node: PciNode, open: boolean): void
  /** `enter` = by keyboard: what is then shown of it is gone to. */
  select(group: GroupView, enter: boolean): void
}

export function GroupTree(props: Props) {
  const { label, roots, groups, selected, isOpen } = props
  const rows = useMemo(() => rowsOf(roots, isOpen), [roots, isOpen])
  const bands = useMemo(() => bandsOf(rows), [rows])
  const { reached, ...handlers } = useTreeHands(rows, props)
  return (
    <div role="tree" aria-label={label} aria-multiselectable className="berth-tree" {...handlers}>
      {rows.map((row, index) => {
        const group = groupOf(groups, row.node)
        return (
          <TreeRowShown
            key={row.node.id}
            row={row}
            band={bands[index] ?? null}
            group={group}
            isSelected={selected !== null && group === selected}
            isReached={index === reached}
          />
        )
      })}
    </div>
  )
}

const groupOf = (groups: Props['groups'], { device }: PciNode): GroupView | null =>
  device === null ? null : (groups.get(device.address) ?? null)

/** By mouse and by keyboard; `reached` = the one row that the Tab key comes to. */
function useTreeHands(rows: readonly TreeRow<DeviceView>[], { groups, turn, select }: Props) {
  const [focused, setFocused] = useState<string | null>(null)
  const found = rows.findIndex(({ node }) => node.id === focused)
  const reached = Math.max(0, found)
  const act = ({ node, isOpen }: TreeRow<DeviceView>, enter: boolean): void => {
    const group = groupOf(groups, node)
    if (group !== null) select(group, enter)
    else if (isOpen !== null) turn(node, !isOpen)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const row = rows[reached]
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const step = stepOf(event.key, rows, reached)
    if (step === null) return
    event.preventDefault()
    if (step.kind === 'go') focusRow(event.currentTarget, rows[step.to])
    else if (step.kind === 'turn') turn(row.node, step.open)
    else act(row, true)
  }
  const onFocus = (event: FocusEvent<HTMLElement>): void => setFocused(event.target.dataset.node ?? focused)
  const onClick = (event: MouseEvent<HTMLElement>): void => {
    const target = event.target instanceof Element ? event.target : null
    const id = target?.closest<HTMLElement>('[data-node]')?.dataset.node
    const row = rows.find(({ node }) => node.id === id)
    if (row === undefined) return
    if (row.isOpen !== null && target?.closest('[data-caret]')) turn(row.node, !row.isOpen)
    else act(row, false)
  }
  return { reached, onKeyDown, onFocus, onClick }
}

function focusRow(tree: HTMLElement, row: TreeRow<DeviceView> | undefined): void {
  if (row === undefined) return
  tree.querySelector<HTMLElement>(`[data-node="${CSS.escape(row.node.id)}"]`)?.focus()
}
