/** Which rows of a tree are open: as it begins, then as somebody turned them; the way to what is selected opens by itself. */
import { useCallback, useState } from 'react'

export interface Openness {
  isOpen(node: { readonly id: string }): boolean
  turn(node: { readonly id: string }, open: boolean): void
  turnAll(nodes: readonly { readonly id: string }[], open: boolean): void
}

export function useOpen(closedAtFirst: ReadonlySet<string>, wayToSelected: ReadonlySet<string>): Openness {
  const [turned, setTurned] = useState<ReadonlyMap<string, boolean>>(new Map())
  const isOpen = useCallback(
    ({ id }: { readonly id: string }) => turned.get(id) ?? (wayToSelected.has(id) || !closedAtFirst.has(id)),
    [turned, closedAtFirst, wayToSelected],
  )
  const turnAll: Openness['turnAll'] = (nodes, open) =>
    setTurned((before) => new Map([...before, ...nodes.map(({ id }) => [id, open] as const)]))
  return { isOpen, turn: (node, open) => turnAll([node], open), turnAll }
}
