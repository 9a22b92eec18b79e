/**
 * CPU pinning and NUMA nodes as OpenNebula's core allots them (HostShareNUMA of OpenNebula 6.10 and 7): may a VM's virtual nodes
 * be put on this host's, and what is left then? Nothing is changed: an allotment gives new nodes.
 */
import type { Core, NumaAsk, NumaHost, NumaNode } from './numa.ts'

export interface Allotment {
  readonly host: NumaHost
  /** Nodes that the VM's CPUs are on. */
  readonly nodes: readonly number[]
}

/** `near`: nodes of the VM's PCI devices, preferred for its CPUs. Null = the core would refuse. */
export function allot(host: NumaHost, ask: NumaAsk, near: readonly number[]): Allotment | null {
  if (ask.node !== null) return onOneNode(host, ask, (node) => node.id === ask.node)
  if (ask.pageSize !== 0 && !ask.pinned) return onOneNode(host, ask, () => true)
  for (const threads of threadChoices(host, ask)) {
    const allotted = allotNodes(host, ask, threads, near)
    if (allotted !== null) return allotted
  }
  return null
}

/** Memory and pages of one node, no CPUs: the node with the most free pages. */
function onOneNode(host: NumaHost, ask: NumaAsk, eligible: (node: NumaNode) => boolean): Allotment | null {
  const wanted = ask.pageSize === 0 ? 0 : Math.floor(ask.memory / ask.pageSize)
  const pages = (node: NumaNode): number => node.pages.get(ask.pageSize) ?? 0
  let best: NumaNode | null = null
  for (const node of host.nodes) {
    if (!eligible(node) || node.freeMemory <= 0 || node.freeMemory < ask.memory) continue
    if (ask.pageSize !== 0 && (pages(node) <= 0 || pages(node) < wanted)) continue
    if (best === null || pages(node) > pages(best)) best = node
  }
  if (best === null) return null
  return { host: changed(host, best.id, (node) => withoutMemory(node, ask.memory, ask)), nodes: [best.id] }
}

/** Threads of one core that go to one VM, most first: powers of two that every virtual node's CPUs divide by. */
function threadChoices({ threadsPerCore }: NumaHost, { dedicated, threads, nodes }: NumaAsk): number[] {
  if (dedicated) return [1]
  const most = threads === 0 ? threadsPerCore : Math.min(threads, threadsPerCore)
  const choices: number[] = []
  for (let n = 2 ** Math.floor(Math.log2(most)); n >= 1; n /= 2)
    if (nodes.every(({ cpus }) => cpus % n === 0)) choices.push(n)
  if (threads === 0) return choices
  return choices.includes(threads) ? [threads] : []
}

function allotNodes(
  host: NumaHost,
  ask: NumaAsk,
  threads: number,
  near: readonly number[],
): Allotment | null {
  let left = host
  const nodes: number[] = []
  for (const wanted of ask.nodes) {
    const pair = choosePair(left, ask, wanted, threads, near)
    if (pair === null) return null
    left = changed(left, pair.cpus.id, (node) => withoutCpus(node, ask, wanted.cpus, threads, left))
    left = changed(left, pair.memory.id, (node) => withoutMemory(node, wanted.memory, ask))
    nodes.push(pair.cpus.id)
  }
  return { host: left, nodes }
}

/** The node with most CPUs left (PCI devices near it count more), with memory from the nearest node that has it. */
function choosePair(
  host: NumaHost,
  ask: NumaAsk,
  wanted: { readonly cpus: number; readonly memory: number },
  threads: number,
  near: readonly number[],
): { readonly cpus: NumaNode; readonly memory: NumaNode } | null {
  const fitting = host.nodes.flatMap((node) => {
    const free = freeThreads(node, ask, threads, host)
    if (free < wanted.cpus) return []
    return [{ node, left: (near.includes(node.id) ? 1 : 0) + 1 - wanted.cpus / Math.max(1, free) }]
  })
  fitting.sort((a, b) => b.left - a.left || b.node.id - a.node.id)
  for (let hop = 0; hop < host.nodes.length; hop++)
    for (const { node } of fitting) {
      const memory = host.nodes.find(({ id }) => id === (node.distance[hop] ?? node.id))
      if (memory !== undefined && hasMemory(memory, wanted.memory, ask)) return { cpus: node, memory }
    }
  return null
}

/** Counted once for each way to ask of a node: hosts have hundreds of cores, and nodes do not change. */
const counts = new WeakMap<NumaNode, number[]>()

function freeThreads(node: NumaNode, { dedicated }: NumaAsk, threads: number, host: NumaHost): number {
  const known = counts.get(node) ?? []
  counts.set(node, known)
  const way = dedicated ? 0 : threads
  known[way] ??= dedicated
    ? node.cores.filter(isUnused).length
    : node.cores.reduce((sum, core) => sum + Math.floor(freeOf(core, host) / threads) * threads, 0)
  return known[way]
}

function isUnused({ load, dedicated }: Core): boolean {
  return !dedicated && load.length > 0 && load.every((vms) => vms === 0)
}

function freeOf({ load, dedicated }: Core, { vmsPerThread }: NumaHost): number {
  if (dedicated) return 0
  return Math.max(0, load.length * vmsPerThread - load.reduce((sum, vms) => sum + vms, 0))
}

function hasMemory(node: NumaNode, memory: number, { pageSize }: NumaAsk): boolean {
  if (node.freeMemory < memory) return false
  const pages = node.pages.get(pageSize) ?? 0
  return pageSize === 0 || (pages > 0 && pages >= Math.floor(memory / pageSize))
}

function withoutCpus(node: NumaNode, ask: NumaAsk, cpus: number, threads: number, host: NumaHost): NumaNode {
  let left = cpus
  const cores = node.cores.map((core): Core => {
    if (ask.dedicated) {
      if (left === 0 || !isUnused(core)) return core
      left -= 1
      return { ...core, dedicated: true }
    }
    const take = Math.min(left, Math.floor(freeOf(core, host) / threads) * threads)
    left -= take
    return take === 0 ? core : { ...core, load: loaded(core.load, take, host.vmsPerThread) }
  })
  return { ...node, cores }
}

function loaded(load: readonly number[], threads: number, most: number): readonly number[] {
  let left = threads
  const after = [...load]
  while (left > 0) {
    const before = left
    for (const [cpu, vms] of after.entries()) {
      if (left === 0 || vms >= most) continue
      after[cpu] = vms + 1
      left -= 1
    }
    if (left === before) break
  }
  return after
}

function withoutMemory(node: NumaNode, memory: number, { pageSize }: NumaAsk): NumaNode {
  const pages = new Map(node.pages)
  if (pageSize !== 0) pages.set(pageSize, (pages.get(pageSize) ?? 0) - Math.floor(memory / pageSize))
  return { ...node, freeMemory: node.freeMemory - memory, pages }
}

function changed(host: NumaHost, id: number, change: (node: NumaNode) => NumaNode): NumaHost {
  return { ...host, nodes: host.nodes.map((node) => (node.id === id ? change(node) : node)) }
}
