/** A number for each host, and for every half, quarter, ... of the hosts the largest among them: what lets a search skip hosts. */

export interface MaxTree {
  /** Leaves start here; node n has the children 2n and 2n + 1, the root is 1. A power of two. */
  readonly base: number
  readonly nodes: Float64Array
}

/** All leaves from 0 to `count` - 1 equal; leaves beyond are -Infinity, so nothing ever looks for them. To be settled. */
export function emptyTree(count: number, value: number): MaxTree {
  let base = 1
  while (base < count) base *= 2
  const nodes = new Float64Array(2 * base)
  nodes.fill(value, base, base + count)
  nodes.fill(-Infinity, base + count)
  return { base, nodes }
}

export function leafValue({ base, nodes }: MaxTree, leaf: number): number {
  return nodes[base + leaf] ?? -Infinity
}

/** Sets a leaf before the tree is settled. */
export function initLeaf(tree: MaxTree, leaf: number, value: number): void {
  tree.nodes[tree.base + leaf] = value
}

/** Brings the inner nodes up to date after `initLeaf`. */
export function settle({ base, nodes }: MaxTree): void {
  for (let node = base - 1; node >= 1; node--) nodes[node] = larger(nodes, 2 * node)
}

export function buildTree(count: number, measure: (leaf: number) => number): MaxTree {
  const tree = emptyTree(count, -Infinity)
  for (let leaf = 0; leaf < count; leaf++) initLeaf(tree, leaf, measure(leaf))
  settle(tree)
  return tree
}

export function copyTree({ base, nodes }: MaxTree): MaxTree {
  return { base, nodes: nodes.slice() }
}

/** Changes one leaf and what follows from it. */
export function setLeaf(tree: MaxTree, leaf: number, value: number): void {
  const { nodes } = tree
  let node = tree.base + leaf
  if (nodes[node] === value) return
  nodes[node] = value
  for (node >>= 1; node >= 1; node >>= 1) {
    const now = larger(nodes, 2 * node)
    if (nodes[node] === now) return
    nodes[node] = now
  }
}

function larger(nodes: Float64Array, left: number): number {
  return Math.max(nodes[left] ?? -Infinity, nodes[left + 1] ?? -Infinity)
}

/** A number for every host, kept true as hosts change. */
export interface Column {
  readonly tree: MaxTree
  readonly measure: (leaf: number) => number
  /** False where nothing that a plan does changes it. */
  readonly changing: boolean
}
