/** A number for each host, and for every half, quarter, ... of the hosts the largest among them: what lets a search skip hosts. */

export interface MaxTree {
  /** Leaves start here; node n has the children 2n and 2n + 1, the root is 1. A power of two. */
  readonly base: number
  readonly nodes: Float64Array
}

/** `measure` is asked for leaves 0 to `count` - 1; leaves beyond are -Infinity, so nothing ever looks for them. */
export function buildTree(count: number, measure: (leaf: number) => number): MaxTree {
  let base = 1
  while (base < count) base *= 2
  const nodes = new Float64Array(2 * base).fill(-Infinity)
  for (let leaf = 0; leaf < count; leaf++) nodes[base + leaf] = measure(leaf)
  for (let node = base - 1; node >= 1; node--) nodes[node] = larger(nodes, 2 * node)
  return { base, nodes }
}

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
