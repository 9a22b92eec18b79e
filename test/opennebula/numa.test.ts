/** Pinning and NUMA nodes: what the core would allot, and what is left after. */
import { describe, expect, test } from 'vitest'
import { allot } from '../../src/opennebula/placement/allot.ts'
import { type NumaAsk, type NumaHost, numaHost } from '../../src/opennebula/placement/numa.ts'
import { readHost } from '../../src/opennebula/xml/host.ts'
import { nextChild, openXml } from '../../src/opennebula/xml/reader.ts'
import { host, node } from './build.ts'

/** Two nodes of two cores with two threads, 8 GiB each. */
function twoNodes(change: (xml: string) => string = (xml) => xml): NumaHost {
  const reader = openXml(change(host({ id: 0, nodes: [node(0, [0, 1]), node(1, [2, 3])] })))
  nextChild(reader)
  return numaHost(readHost(reader))
}

const ask = (change: Partial<NumaAsk>): NumaAsk => ({
  nodes: [{ cpus: 2, memory: 1024 }],
  memory: 1024,
  dedicated: false,
  pinned: true,
  node: null,
  pageSize: 0,
  threads: 0,
  ...change,
})

const cpus = (count: number): Partial<NumaAsk> => ({ nodes: [{ cpus: count, memory: 1024 }] })

describe('whether it fits', () => {
  test.each<[string, Partial<NumaAsk>, NumaHost, number[] | null]>([
    ['two CPUs go to one core', {}, twoNodes(), [1]],
    ['near the PCI devices, where there is a choice', cpus(2), twoNodes(), [1]],
    ['as many CPUs as a node has', cpus(4), twoNodes(), [1]],
    ['more than a node has', cpus(5), twoNodes(), null],
    [
      'two virtual nodes on two nodes',
      {
        nodes: [
          { cpus: 4, memory: 1 },
          { cpus: 4, memory: 1 },
        ],
      },
      twoNodes(),
      [1, 0],
    ],
    [
      'three virtual nodes of that size',
      { nodes: [1, 2, 3].map(() => ({ cpus: 4, memory: 1 })) },
      twoNodes(),
      null,
    ],
    ['whole cores', { ...cpus(2), dedicated: true }, twoNodes(), [1]],
    ['more whole cores than a node has', { ...cpus(3), dedicated: true }, twoNodes(), null],
    ['an odd number with one thread of each core', { ...cpus(3), threads: 1 }, twoNodes(), [1]],
    ['an odd number with two threads of each core', { ...cpus(3), threads: 2 }, twoNodes(), null],
    ['more threads than a core has', { ...cpus(4), threads: 4 }, twoNodes(), null],
    ['CPUs that are reserved', cpus(4), twoNodes((xml) => xml.replace('2:-1,66:-1', '2:-2,66:-2')), [0]],
    [
      'a core that another VM has a thread of cannot be taken whole',
      { ...cpus(2), dedicated: true },
      twoNodes((xml) => xml.replace('2:-1', '2:7').replace('0:-1', '0:7')),
      null,
    ],
    [
      'several VMs on a thread, where VMS_THREAD allows',
      cpus(8),
      twoNodes((xml) => xml.replace(/(<VMS_THREAD><!\[CDATA\[)1/, '$12')),
      [1],
    ],
    [
      'memory from the other node where the near one has none',
      cpus(2),
      twoNodes((xml) =>
        xml.replace(/(DISTANCE><!\[CDATA\[1 0\]\]><\/DISTANCE><TOTAL><!\[CDATA\[)8388608/, '$10'),
      ),
      [0],
    ],
    ['memory that no node has', { nodes: [{ cpus: 2, memory: 9000000 }] }, twoNodes(), null],
    ['one node by name, memory alone', { node: 1, memory: 8388608, ...cpus(99) }, twoNodes(), [1]],
    ['one node by name that is not there', { node: 4 }, twoNodes(), null],
    ['one node by name with too little memory', { node: 1, memory: 8388609 }, twoNodes(), null],
    ['huge pages without pinning', { pinned: false, pageSize: 2048, memory: 512 * 2048 }, twoNodes(), [0]],
    [
      'more huge pages than one node has',
      { pinned: false, pageSize: 2048, memory: 513 * 2048 },
      twoNodes(),
      null,
    ],
    ['pages of a size that is not there', { pinned: false, pageSize: 1048576 }, twoNodes(), null],
    ['huge pages and pinning', { pageSize: 2048, nodes: [{ cpus: 2, memory: 512 * 2048 }] }, twoNodes(), [1]],
    ['pinning on a host that told of no nodes', {}, numaHost({ nodes: [], vmsPerThread: 1 }), null],
  ])('%s', (_, change, on, nodes) => {
    expect(allot(on, ask(change), [1])?.nodes ?? null).toEqual(nodes)
  })
})

test.each([
  [[0], [0]],
  [[1], [1]],
  [[], [1]],
])('devices on nodes %j draw the CPUs to nodes %j', (near, nodes) => {
  expect(allot(twoNodes(), ask({}), near)?.nodes).toEqual(nodes)
})

test.each<[string, Partial<NumaAsk>, number]>([
  ['two CPUs each', {}, 4],
  ['one whole core each', { nodes: [{ cpus: 1, memory: 1 }], dedicated: true }, 4],
  ['half of a node’s memory each', { nodes: [{ cpus: 1, memory: 4194304 }] }, 4],
  ['half of a node’s pages each', { pinned: false, pageSize: 2048, memory: 256 * 2048 }, 4],
])('what one VM takes the next cannot have: %s', (_, change, count) => {
  let left: NumaHost | undefined = twoNodes()
  let placed = 0
  while (left !== undefined && placed <= 10) {
    left = allot(left, ask(change), [])?.host
    if (left !== undefined) placed += 1
  }
  expect(placed).toBe(count)
})
