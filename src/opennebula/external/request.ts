/** What OpenNebula 6.8 to 6.10 asks its External Scheduler: pending VMs with the hosts that each may use, as JSON. */
import { InvalidInput } from '../../model/errors.ts'
import type { Allowed } from '../xml/pools.ts'
import type { Attributes } from '../xml/values.ts'
import type { Vm } from '../xml/vm.ts'

export interface ExternalRequest {
  readonly vms: readonly Vm[]
  readonly allowed: readonly Allowed[]
  /** VMs that are told of in part, and what is missing: no host can be chosen for them. */
  readonly unclear: readonly { readonly vm: number; readonly message: string }[]
}

/** PCI blocks and NUMA nodes that the lines to paste tell of (src/opennebula/external/configuration.ts). */
export const MOST_PCI_BLOCKS = 8
export const MOST_NUMA_NODES = 4

type Json = Readonly<Record<string, unknown>>

/**
 * Reads `{"VMS":[{"ID","STATE","HOST_IDS","CAPACITY":{"CPU","MEMORY"},"VM_ATTRIBUTES"}]}`, MEMORY in KiB. VMs without a host
 * are left out. InvalidInput `external-request` for anything else.
 */
export function readRequest(text: string): ExternalRequest {
  const request = record(parsed(text), 'the request')
  if (!Array.isArray(request.VMS)) throw refused('VMS is no list')
  const vms: Vm[] = []
  const allowed: Allowed[] = []
  const unclear: { vm: number; message: string }[] = []
  for (const entry of request.VMS) {
    const asked = record(entry, 'a VM')
    const id = whole(asked.ID, 'ID of a VM')
    const hosts = hostIds(asked.HOST_IDS, id)
    if (hosts.length === 0) continue
    const attributes = texts(asked.VM_ATTRIBUTES)
    const missing = blocksMissing(attributes)
    if (missing !== null) unclear.push({ vm: id, message: missing })
    else {
      vms.push(vmOf(id, asked, attributes))
      allowed.push({ vm: id, hosts, datastores: [], networks: new Map() })
    }
  }
  return { vms, allowed, unclear }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refused(`it is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** More blocks than are told of, or a number that is none: which devices they want is unknown. */
function blocksMissing(attributes: Attributes): string | null {
  const text = attributes.get('NPCI') ?? ''
  if (text === '') return null
  if (!/^\d{1,9}$/.test(text)) return `NPCI is ${text.slice(0, 20)}, which is no number of PCI blocks`
  if (Number(text) <= MOST_PCI_BLOCKS) return null
  return `it has ${text} PCI blocks, and OpenNebula tells of ${MOST_PCI_BLOCKS} at most`
}

function vmOf(id: number, asked: Json, attributes: Attributes): Vm {
  const capacity = record(asked.CAPACITY, `CAPACITY of VM ${id}`)
  const isActive = asked.STATE === 'ACTIVE'
  const nodes = numbered(attributes, 'NUMA', MOST_NUMA_NODES, ['TOTAL_CPUS', 'MEMORY'])
  const priority = Number.parseFloat(attributes.get('USER_PRIORITY') ?? '')
  return {
    id,
    state: isActive ? 3 : 1,
    resched: isActive,
    resumed: false,
    host: isActive && typeof asked.HOST_ID === 'number' ? asked.HOST_ID : null,
    datastore: null,
    // A binary fraction of 32 bits: 0.1 comes as 0.10000000149.
    cpu: String(Number(number(capacity.CPU, `CPU of VM ${id}`).toFixed(4))),
    memoryMiB: number(capacity.MEMORY, `MEMORY of VM ${id}`) / 1024,
    pci: pciBlocks(attributes),
    topology: attributes.has('PIN_POLICY') || nodes.length > 0 ? attributes : null,
    nodes,
    disks: [],
    autoNics: [],
    priority: Number.isFinite(priority) ? priority : 0,
    rank: attributes.get('SCHED_RANK') ?? '',
    datastoreRank: '',
  }
}

const PCI_NAMES = ['VENDOR', 'DEVICE', 'CLASS', 'SHORT_ADDRESS']

/** `PCI1_VENDOR`, `PCI2_CLASS` ...: OpenNebula counts from 1 here. NPCI tells of blocks that say nothing. */
function pciBlocks(attributes: Attributes): readonly Attributes[] {
  const told = numbered(attributes, 'PCI', MOST_PCI_BLOCKS, PCI_NAMES)
  const count = Number(attributes.get('NPCI') ?? 0)
  return [...told, ...Array.from({ length: Math.max(0, count - told.length) }, () => new Map())]
}

/** Blocks 1 to the last of which anything is told. */
function numbered(
  attributes: Attributes,
  prefix: string,
  most: number,
  names: readonly string[],
): readonly Attributes[] {
  const blocks: Attributes[] = []
  for (let n = 1; n <= most; n++) {
    const block = new Map<string, string>()
    for (const name of names) {
      const value = attributes.get(`${prefix}${n}_${name}`)
      if (value !== undefined) block.set(name, value)
    }
    if (block.size === 0) continue
    while (blocks.length < n - 1) blocks.push(new Map())
    blocks.push(block)
  }
  return blocks
}

function hostIds(value: unknown, vm: number): readonly number[] {
  if (!Array.isArray(value)) throw refused(`HOST_IDS of VM ${vm} is no list`)
  return value.map((id) => whole(id, `a host of VM ${vm}`))
}

function texts(value: unknown): Attributes {
  const attributes = new Map<string, string>()
  if (value === null || value === undefined) return attributes
  for (const [name, text] of Object.entries(record(value, 'VM_ATTRIBUTES')))
    if (typeof text === 'string') attributes.set(name, text)
  return attributes
}

function record(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(`${what} is no object`)
  return Object.fromEntries(Object.entries(value))
}

function whole(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw refused(`${what} is no whole number`)
  return value
}

function number(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw refused(`${what} is no number`)
  return value
}

function refused(why: string): InvalidInput {
  return new InvalidInput('external-request', `not a request of OpenNebula's scheduler: ${why}`)
}
