/** Which rows of the tree are shown, and the lines in front of each. Pure. */
import { nodesOf, type PciNode, type TreeDevice } from './tree.ts'

export interface TreeRow<D extends TreeDevice> {
  readonly node: PciNode<D>
  /** From 1. */
  readonly level: number
  /** For each level above it, the first left out: its line goes on below this row. */
  readonly rails: readonly boolean[]
  /** From 1, among `size` siblings. */
  readonly position: number
  readonly size: number
  /** Null = there is nothing below it. */
  readonly isOpen: boolean | null
}

/** In the order in which they stand below each other. */
export function rowsOf<D extends TreeDevice>(
  nodes: readonly PciNode<D>[],
  isOpen: (node: PciNode<D>) => boolean,
  rails: readonly boolean[] = [],
  level = 1,
): readonly TreeRow<D>[] {
  return nodes.flatMap((node, index) => {
    const open = node.children.length === 0 ? null : isOpen(node)
    const row = { node, level, rails, position: index + 1, size: nodes.length, isOpen: open }
    if (open !== true) return [row]
    const below = level === 1 ? [] : [...rails, index < nodes.length - 1]
    return [row, ...rowsOf(node.children, isOpen, below, level + 1)]
  })
}

/** The tree without what neither is wanted nor has anything wanted below it. */
export function keptOf<D extends TreeDevice>(
  nodes: readonly PciNode<D>[],
  wanted: (device: D) => boolean,
): readonly PciNode<D>[] {
  return nodes.flatMap((node) => {
    const children = keptOf(node.children, wanted)
    const isWanted = node.device !== null && wanted(node.device)
    return isWanted || children.length > 0 ? [{ ...node, children }] : []
  })
}

/** More virtual functions than these are shown as their number until somebody asks for them. */
const VFS_SHOWN = 4
/** A host with more functions than these shows of root complexes with nothing to give no more than their heads. */
const SHOWN = 150

/** Which of them are closed as long as nobody opened them. */
export function closedAtFirst<D extends TreeDevice>(
  roots: readonly PciNode<D>[],
  isOffered: (device: D) => boolean,
): ReadonlySet<string> {
  const nodes = [...nodesOf(roots)]
  const many = nodes.filter(({ kind, children }) => kind === 'vfs' && children.length > VFS_SHOWN)
  const isBare = (root: PciNode<D>): boolean =>
    [...nodesOf([root])].every(({ device }) => device === null || !isOffered(device))
  const bare = nodes.length > SHOWN ? roots.filter(isBare) : []
  return new Set([...many, ...bare].map(({ id }) => id))
}

/** All that is above a wanted function. */
export function waysTo<D extends TreeDevice>(
  nodes: readonly PciNode<D>[],
  wanted: (device: D) => boolean,
): ReadonlySet<string> {
  const above = keptOf(nodes, wanted)
  return new Set([...nodesOf(above)].filter(({ children }) => children.length > 0).map(({ id }) => id))
}
