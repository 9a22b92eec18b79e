/** HOST: one host with what it has, what is used of it, its PCI devices and NUMA nodes. */
import { type HostNode, readNode } from './host-node.ts'
import { nextChild, readText, skipElement, type XmlReader } from './reader.ts'
import { type Attributes, eachChild, hexadecimal, readAttributes, readIds, wholeOf } from './values.ts'

/** A PCI device as the core compares it: ids are numbers, 0 where it has none. */
export interface PciDevice {
  /** As OpenNebula writes it, `0000:3b:00:0`: devices are taken in the order of this text. */
  readonly address: string
  readonly shortAddress: string
  readonly vendor: number
  readonly device: number
  readonly class: number
  readonly numaNode: number | null
  /** VMID is -1. */
  readonly free: boolean
}

/** Amounts as the core counts them: hundredths of a core, KiB, MB; what is reserved is taken off MAX_CPU and MAX_MEM already. */
export interface Host {
  readonly id: number
  readonly state: number
  readonly cluster: number
  readonly cpu: number
  readonly usedCpu: number
  readonly memory: number
  readonly usedMemory: number
  readonly runningVms: number
  readonly vmsPerThread: number
  readonly freeDisk: number
  /** Of local system datastores that the host told of, by datastore. */
  readonly freeDiskOf: ReadonlyMap<number, number>
  /** By address text, one for each address. */
  readonly pci: readonly PciDevice[]
  readonly nodes: readonly HostNode[]
  readonly vms: readonly number[]
  /** What expressions see, by the order in which OpenNebula's scheduler searches. */
  readonly attributes: Attributes
}

/** The places where an expression's attribute is looked for, the first wins. */
const PLACES = [
  'TEMPLATE',
  'HOST_SHARE',
  'DATASTORES',
  'CAPACITY',
  'SYSTEM',
  'HOST',
  'CLUSTER_TEMPLATE',
] as const

interface Draft {
  readonly places: Readonly<Record<(typeof PLACES)[number], Map<string, string>>>
  readonly freeDiskOf: Map<number, number>
  readonly pci: Map<string, PciDevice>
  readonly nodes: HostNode[]
  vms: readonly number[]
}

/** The host whose HOST element is open; closes it. */
export function readHost(reader: XmlReader): Host {
  const draft: Draft = {
    places: {
      TEMPLATE: new Map(),
      HOST_SHARE: new Map(),
      DATASTORES: new Map(),
      CAPACITY: new Map(),
      SYSTEM: new Map(),
      HOST: new Map(),
      CLUSTER_TEMPLATE: new Map(),
    },
    freeDiskOf: new Map(),
    pci: new Map(),
    nodes: [],
    vms: [],
  }
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) readPart(reader, name, draft)
  return finished(draft)
}

function readPart(reader: XmlReader, name: string, draft: Draft): void {
  if (name === 'HOST_SHARE') readShare(reader, draft)
  else if (name === 'TEMPLATE' || name === 'CLUSTER_TEMPLATE') readAttributes(reader, draft.places[name])
  else if (name === 'MONITORING') readMonitoring(reader, draft)
  else if (name === 'VMS') draft.vms = readIds(reader)
  else draft.places.HOST.set(name, readText(reader))
}

function readMonitoring(reader: XmlReader, draft: Draft): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'CAPACITY' || name === 'SYSTEM') readAttributes(reader, draft.places[name])
    else skipElement(reader)
  }
}

function readShare(reader: XmlReader, draft: Draft): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'PCI_DEVICES') eachChild(reader, 'PCI', (at) => addDevice(at, draft.pci), skipElement)
    else if (name === 'NUMA_NODES')
      eachChild(reader, 'NODE', (at) => draft.nodes.push(readNode(at)), skipElement)
    else if (name === 'DATASTORES') readDatastores(reader, draft)
    else draft.places.HOST_SHARE.set(name, readText(reader))
  }
}

function readDatastores(reader: XmlReader, draft: Draft): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name !== 'DS') {
      draft.places.DATASTORES.set(name, readText(reader))
      continue
    }
    const datastore = readAttributes(reader)
    const id = wholeOf(datastore, 'ID')
    if (id !== null) draft.freeDiskOf.set(id, wholeOf(datastore, 'FREE_MB') ?? 0)
  }
}

function addDevice(reader: XmlReader, devices: Map<string, PciDevice>): void {
  const attributes = readAttributes(reader)
  const address = attributes.get('ADDRESS') ?? ''
  const number = (name: string): number => hexadecimal(attributes.get(name) ?? '')?.value ?? 0
  // The core keeps the first of two devices at one address.
  if (address === '' || devices.has(address)) return
  const node = wholeOf(attributes, 'NUMA_NODE')
  devices.set(address, {
    address,
    shortAddress: attributes.get('SHORT_ADDRESS') ?? '',
    vendor: number('VENDOR'),
    device: number('DEVICE'),
    class: number('CLASS'),
    numaNode: node === null || node < 0 ? null : node,
    free: (wholeOf(attributes, 'VMID') ?? -1) === -1,
  })
}

function finished({ places, pci, nodes, vms, freeDiskOf }: Draft): Host {
  const attributes = new Map<string, string>()
  for (const place of PLACES)
    for (const [name, text] of places[place]) if (!attributes.has(name)) attributes.set(name, text)
  const share = (name: string, missing = 0): number => wholeOf(places.HOST_SHARE, name) ?? missing
  return {
    id: wholeOf(places.HOST, 'ID') ?? -1,
    state: wholeOf(places.HOST, 'STATE') ?? 0,
    cluster: wholeOf(places.HOST, 'CLUSTER_ID') ?? -1,
    cpu: share('MAX_CPU'),
    usedCpu: share('CPU_USAGE'),
    memory: share('MAX_MEM'),
    usedMemory: share('MEM_USAGE'),
    runningVms: share('RUNNING_VMS'),
    vmsPerThread: Math.max(1, share('VMS_THREAD', 1)),
    freeDisk: wholeOf(places.DATASTORES, 'FREE_DISK') ?? 0,
    freeDiskOf,
    pci: [...pci.values()].sort((a, b) => (a.address < b.address ? -1 : 1)),
    nodes: nodes.sort((a, b) => a.id - b.id),
    vms,
    attributes,
  }
}
