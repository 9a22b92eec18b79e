/** The smaller pools: datastores and virtual networks, and what each VM may use (REQUIREMENTS). */
import { nextChild, readText, skipElement, type XmlReader } from './reader.ts'
import { type Attributes, eachChild, readAttributes, readIds, readWhole, wholeOf } from './values.ts'

/** Amounts in MB. */
export interface Datastore {
  readonly id: number
  /** 1 = system datastore. */
  readonly type: number
  readonly clusters: readonly number[]
  readonly freeMb: number
  /** False = nothing is known of its space. */
  readonly monitored: boolean
  /** False = each host has its own space for it. */
  readonly shared: boolean
  readonly attributes: Attributes
}

export interface Network {
  readonly id: number
  readonly clusters: readonly number[]
  readonly freeLeases: number
  readonly attributes: Attributes
}

/** What a VM may use, filtered by the core: rights, SCHED_REQUIREMENTS, SCHED_DS_REQUIREMENTS and those of its NICs. */
export interface Allowed {
  readonly vm: number
  readonly hosts: readonly number[]
  readonly datastores: readonly number[]
  /** Networks by NIC. */
  readonly networks: ReadonlyMap<number, readonly number[]>
}

/** What DATASTORE and VNET share: their own attributes, those of TEMPLATE (which win in expressions), and clusters. */
interface Parts {
  readonly own: Map<string, string>
  readonly template: Map<string, string>
  readonly attributes: Attributes
  clusters: readonly number[]
  leases: number
}

function readParts(reader: XmlReader): Parts {
  const parts = { own: new Map<string, string>(), template: new Map<string, string>(), leases: 0 }
  let clusters: readonly number[] = []
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'TEMPLATE') readAttributes(reader, parts.template)
    else if (name === 'CLUSTERS') clusters = readIds(reader)
    else if (name === 'AR_POOL')
      eachChild(
        reader,
        'AR',
        (at) => {
          parts.leases += wholeOf(readAttributes(at), 'SIZE') ?? 0
        },
        skipElement,
      )
    else parts.own.set(name, readText(reader))
  }
  return { ...parts, clusters, attributes: new Map([...parts.own, ...parts.template]) }
}

export function readDatastore(reader: XmlReader): Datastore {
  const { own, template, attributes, clusters } = readParts(reader)
  const free = wholeOf(own, 'FREE_MB') ?? 0
  const used = wholeOf(own, 'USED_MB') ?? 0
  const limit = wholeOf(template, 'LIMIT_MB')
  return {
    id: wholeOf(own, 'ID') ?? -1,
    type: wholeOf(own, 'TYPE') ?? -1,
    clusters,
    freeMb: limit === null ? free : Math.max(0, limit - used),
    monitored: free !== 0 || used !== 0 || (wholeOf(own, 'TOTAL_MB') ?? 0) !== 0,
    shared: (template.get('SHARED') ?? 'YES').toUpperCase() === 'YES',
    attributes,
  }
}

export function readNetwork(reader: XmlReader): Network {
  const { own, attributes, clusters, leases } = readParts(reader)
  const used = wholeOf(own, 'USED_LEASES') ?? 0
  return { id: wholeOf(own, 'ID') ?? -1, clusters, freeLeases: leases - used, attributes }
}

/** One VM of REQUIREMENTS. */
export function readAllowed(reader: XmlReader): Allowed {
  const allowed = { vm: -1, hosts: [] as number[], datastores: [] as number[] }
  const networks = new Map<number, readonly number[]>()
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'ID') allowed.vm = readWhole(reader, -1)
    else if (name === 'HOSTS') allowed.hosts = readIds(reader)
    else if (name === 'DATASTORES') allowed.datastores = readIds(reader)
    else if (name === 'NIC') readNic(reader, networks)
    else skipElement(reader)
  }
  return { ...allowed, networks }
}

function readNic(reader: XmlReader, networks: Map<number, readonly number[]>): void {
  let id = -1
  let ids: readonly number[] = []
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'ID') id = readWhole(reader, -1)
    else if (name === 'VNETS') ids = readIds(reader)
    else skipElement(reader)
  }
  networks.set(id, ids)
}
