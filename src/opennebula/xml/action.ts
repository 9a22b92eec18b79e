/** SCHEDULER_DRIVER_ACTION: the whole of what OpenNebula 7 tells a placer, read in one pass. */
import { type Host, readHost } from './host.ts'
import { malformed } from './malformed.ts'
import {
  type Allowed,
  type Datastore,
  type Network,
  readAllowed,
  readDatastore,
  readNetwork,
} from './pools.ts'
import { endXml, nextChild, openXml, skipElement, type XmlReader } from './reader.ts'
import { eachChild } from './values.ts'
import { readVm, type Vm } from './vm.ts'
import { readVmGroup, type VmGroup } from './vm-group.ts'

export interface Action {
  readonly vms: readonly Vm[]
  readonly hosts: readonly Host[]
  readonly datastores: readonly Datastore[]
  readonly networks: readonly Network[]
  readonly groups: readonly VmGroup[]
  readonly allowed: readonly Allowed[]
}

/** Pools without which nothing can be placed; an empty one is written as an empty element. */
const NEEDED = ['VM_POOL', 'HOST_POOL', 'DATASTORE_POOL', 'REQUIREMENTS']

/** Throws InvalidInput `opennebula-xml` (line, what is wrong) for whatever is not such a document, whole and well-formed. */
export function readAction(text: string): Action {
  const reader = openXml(text)
  if (!/^\ufeff?\s*</.test(text)) throw malformed(reader, 'it does not begin with "<"')
  const root = nextChild(reader)
  if (root !== 'SCHEDULER_DRIVER_ACTION')
    throw malformed(reader, `<${root}> in place of <SCHEDULER_DRIVER_ACTION>`)
  const action = {
    vms: [] as Vm[],
    hosts: [] as Host[],
    datastores: [] as Datastore[],
    networks: [] as Network[],
    groups: [] as VmGroup[],
    allowed: [] as Allowed[],
  }
  const seen = new Set<string>()
  for (let pool = nextChild(reader); pool !== null; pool = nextChild(reader)) {
    seen.add(pool)
    readPool(reader, pool, action)
  }
  endXml(reader)
  const missing = NEEDED.find((pool) => !seen.has(pool))
  if (missing !== undefined) throw malformed(reader, `there is no <${missing}>`)
  return action
}

type Lists = { [Pool in keyof Action]: Action[Pool] extends readonly (infer One)[] ? One[] : never }

interface Pool {
  readonly element: string
  readonly read: (reader: XmlReader, to: Lists) => void
}

const POOLS: ReadonlyMap<string, Pool> = new Map([
  ['VM_POOL', { element: 'VM', read: (at, to) => void to.vms.push(readVm(at)) }],
  ['HOST_POOL', { element: 'HOST', read: (at, to) => void to.hosts.push(readHost(at)) }],
  ['DATASTORE_POOL', { element: 'DATASTORE', read: (at, to) => void to.datastores.push(readDatastore(at)) }],
  ['VNET_POOL', { element: 'VNET', read: (at, to) => void to.networks.push(readNetwork(at)) }],
  ['VM_GROUP_POOL', { element: 'VM_GROUP', read: (at, to) => void to.groups.push(readVmGroup(at)) }],
  ['REQUIREMENTS', { element: 'VM', read: (at, to) => void to.allowed.push(readAllowed(at)) }],
] satisfies [string, Pool][])

function readPool(reader: XmlReader, name: string, to: Lists): void {
  const pool = POOLS.get(name)
  if (pool === undefined) skipElement(reader)
  else eachChild(reader, pool.element, (at) => pool.read(at, to), skipElement)
}
