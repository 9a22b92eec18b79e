/** The tree with the groups drawn over it, by mouse and by keyboard (ARIA's tree pattern). */
import { type FocusEvent, type KeyboardEvent, type MouseEvent, useMemo, useRef, useState } from 'react'
import type { DeviceView, GroupView } from '../../api/documents.ts'
import { bandsOf } from './bands.ts'
import { rowsOf, type TreeRow } from './rows.ts'
import type { PciNode } from './tree.ts'
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

export function GroupTree({ label, roots, groups, selected, isOpen, turn, select }: Props) {
  const tree = useRef<HTMLDivElement>(null)
  const [reached, setReached] = useState<string | null>(null)
  const rows = useMemo(() => rowsOf(roots, isOpen), [roots, isOpen])
  const bands = useMemo(() => bandsOf(rows), [rows])
  const at = Math.max(
    0,
    rows.findIndex(({ node }) => node.id === reached),
  )
  const groupOf = ({ device }: PciNode): GroupView | null =>
    device === null ? null : (groups.get(device.address) ?? null)
  const go = (row: TreeRow<DeviceView> | undefined): void => {
    if (row === undefined) return
    tree.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(row.node.id)}"]`)?.focus()
  }
  const act = (row: TreeRow<DeviceView>, enter: boolean): void => {
    const group = groupOf(row.node)
    if (group !== null) select(group, enter)
    else if (row.isOpen !== null) turn(row.node, !row.isOpen)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[at]
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const step = stepOf(event.key, rows, at)
    if (step === null) return
    event.preventDefault()
    if (step.kind === 'go') go(rows[step.to])
    else if (step.kind === 'turn') turn(row.node, step.open)
    else act(row, true)
  }
  const onFocus = (event: FocusEvent<HTMLElement>): void => {
    const id = event.target.dataset.node
    if (id !== undefined) setReached(id)
  }
  const onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null
    const id = target?.closest<HTMLElement>('[data-node]')?.dataset.node
    const row = rows.find(({ node }) => node.id === id)
    if (row === undefined) return
    if (row.isOpen !== null && target?.closest('[data-caret]')) turn(row.node, !row.isOpen)
    else act(row, false)
  }
  return (
    <div
      ref={tree}
      role="tree"
      aria-label={label}
      aria-multiselectable
      className="berth-tree"
      onKeyDown={onKeyDown}
      onClick={onClick}
      onFocus={onFocus}
    >
      {rows.map((row, index) => {
        const group = groupOf(row.node)
        const band = bands[index] ?? null
        return (
          <TreeRowShown
            key={row.node.id}
            row={row}
            band={band}
            group={group}
            isSelected={selected !== null && (group ?? null) === selected}
            isReached={index === at}
          />
        )
      })}
    </div>
  )
}

type Step =
  | { readonly kind: 'go'; readonly to: number }
  | { readonly kind: 'turn'; readonly open: boolean }
  | { readonly kind: 'act' }

/** What a key does at a row (WAI-ARIA Authoring Practices, tree view); null = nothing. */
function stepOf(key: string, rows: readonly TreeRow<DeviceView>[], at: number): Step | null {
  const isOpen = rows[at]?.isOpen ?? null
  switch (key) {
    case 'ArrowDown':
      return { kind: 'go', to: at + 1 }
    case 'ArrowUp':
      return { kind: 'go', to: at - 1 }
    case 'Home':
      return { kind: 'go', to: 0 }
    case 'End':
      return { kind: 'go', to: rows.length - 1 }
    case 'ArrowRight':
      if (isOpen === false) return { kind: 'turn', open: true }
      return { kind: 'go', to: isOpen === true ? at + 1 : at }
    case 'ArrowLeft':
      return isOpen === true ? { kind: 'turn', open: false } : { kind: 'go', to: aboveOf(rows, at) }
    case 'Enter':
    case ' ':
      return { kind: 'act' }
    default:
      return null
  }
}

function aboveOf(rows: readonly TreeRow<DeviceView>[], at: number): number {
  const level = rows[at]?.level ?? 1
  for (let index = at - 1; index >= 0; index -= 1) if ((rows[index]?.level ?? 0) < level) return index
  return at
}
