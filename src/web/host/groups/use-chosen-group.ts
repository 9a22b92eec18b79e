/** The group that is looked at: in the page's address, in view, and under the keyboard of who entered it. */
import { type RefObject, useEffect, useRef } from 'react'
import type { GroupView } from '../../api/documents.ts'
import { useSearchParam } from '../../parts/search-param.ts'
import { groupName } from './group-state.tsx'

interface Chosen {
  /** As the address names it; empty = none. */
  readonly chosen: string
  /** Null = none, or the host has not got it. */
  readonly selected: GroupView | null
  /** Of what is shown of the group. */
  readonly head: RefObject<HTMLHeadingElement | null>
  /** `enter` = by keyboard: the focus goes to its head. */
  select(group: GroupView, enter: boolean): void
  /** The focus goes back to the tree. */
  close(): void
}

export function useChosenGroup(groups: readonly GroupView[]): Chosen {
  const [chosen, choose] = useSearchParam('group')
  const head = useRef<HTMLHeadingElement>(null)
  const entering = useRef(false)
  const selected = groups.find(({ group }) => groupName(group) === chosen) ?? null
  // A link may name a group far down; a phone shows the group over the lower part of the tree.
  useEffect(() => {
    if (entering.current) head.current?.focus()
    entering.current = false
    if (chosen === '') return
    const row = document.querySelector('.berth-tree [aria-selected="true"]')
    row?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const select: Chosen['select'] = ({ group }, enter) => {
    const isShown = chosen === groupName(group)
    if (enter && isShown) head.current?.focus()
    entering.current = enter && !isShown
    choose(groupName(group))
  }
  const close = (): void => {
    choose('')
    document.querySelector<HTMLElement>('.berth-tree [tabindex="0"]')?.focus()
  }
  return { chosen, selected, head, select, close }
}
