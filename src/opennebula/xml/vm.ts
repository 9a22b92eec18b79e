/** VM: what a virtual machine asks for, where it is if it runs, and how its owner ranks hosts. */
import { nextChild, readText, skipElement, type XmlReader } from './reader.ts'
import { type Attributes, readAttributes, wholeOf } from './values.ts'

/** `SCHED_RANK` and the like are expressions, empty where there are none. */
export interface Vm {
  readonly id: number
  /** 1 = pending, 3 = active. */
  readonly state: number
  /** It runs, and is to be moved. */
  readonly resched: boolean
  /** It was stopped or undeployed: its disks lie in the datastores already. */
  readonly resumed: boolean
  /** Host and system datastore of its last placement; null = it had none. */
  readonly host: number | null
  readonly datastore: number | null
  /** Cores as written. */
  readonly cpu: string
  /** Null = not given, or no whole number. */
  readonly memoryMiB: number | null
  /** PCI blocks in the template's order. */
  readonly pci: readonly Attributes[]
  readonly topology: Attributes | null
  readonly nodes: readonly Attributes[]
  readonly disks: readonly Attributes[]
  /** NICs whose network the scheduler chooses (NETWORK_MODE = AUTO). */
  readonly autoNics: readonly { readonly id: number; readonly rank: string }[]
  readonly priority: number
  readonly rank: string
  readonly datastoreRank: string
}

interface Draft {
  readonly own: Map<string, string>
  readonly template: Map<string, string>
  readonly user: Map<string, string>
  readonly vectors: Readonly<Record<'PCI' | 'DISK' | 'NIC' | 'NUMA_NODE' | 'TOPOLOGY', Attributes[]>>
  history: Attributes
}

/** The VM whose VM element is open; closes it. */
export function readVm(reader: XmlReader): Vm {
  const draft: Draft = {
    own: new Map(),
    template: new Map(),
    user: new Map(),
    vectors: { PCI: [], DISK: [], NIC: [], NUMA_NODE: [], TOPOLOGY: [] },
    history: new Map(),
  }
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'TEMPLATE') readTemplate(reader, draft)
    else if (name === 'USER_TEMPLATE') readAttributes(reader, draft.user)
    else if (name === 'HISTORY_RECORDS') readHistory(reader, draft)
    else draft.own.set(name, readText(reader))
  }
  return finished(draft)
}

function readTemplate(reader: XmlReader, { template, vectors }: Draft): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (isVector(name)) vectors[name].push(readAttributes(reader))
    else template.set(name, readText(reader))
  }
}

function isVector(name: string): name is keyof Draft['vectors'] {
  return name === 'PCI' || name === 'DISK' || name === 'NIC' || name === 'NUMA_NODE' || name === 'TOPOLOGY'
}

/** The last record is the newest. */
function readHistory(reader: XmlReader, draft: Draft): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'HISTORY') draft.history = readAttributes(reader)
    else skipElement(reader)
  }
}

const ACTIVE = 3

/** Actions of OpenNebula's history that leave the disks where they are: undeploy, undeploy-hard, stop. */
const KEEPS_DISKS: ReadonlySet<number | null> = new Set([5, 6, 9])

function finished({ own, template, user, vectors, history }: Draft): Vm {
  const number = (attributes: Attributes, name: string): number => wholeOf(attributes, name) ?? -1
  const placed = (name: string): number | null => {
    const id = number(history, name)
    return id < 0 ? null : id
  }
  return {
    id: number(own, 'ID'),
    state: number(own, 'STATE'),
    resched: number(own, 'STATE') === ACTIVE && wholeOf(own, 'RESCHED') === 1,
    resumed: KEEPS_DISKS.has(wholeOf(history, 'ACTION')),
    host: placed('HID'),
    datastore: placed('DS_ID'),
    cpu: template.get('CPU') ?? '0',
    memoryMiB: wholeOf(template, 'MEMORY'),
    pci: vectors.PCI,
    topology: vectors.TOPOLOGY[0] ?? null,
    nodes: vectors.NUMA_NODE,
    disks: vectors.DISK,
    autoNics: vectors.NIC.flatMap(autoNic),
    priority: priorityOf(user.get('USER_PRIORITY')),
    rank: user.get('SCHED_RANK') ?? user.get('RANK') ?? '',
    datastoreRank: user.get('SCHED_DS_RANK') ?? '',
  }
}

function autoNic(nic: Attributes): { id: number; rank: string }[] {
  const id = wholeOf(nic, 'NIC_ID')
  if (nic.get('NETWORK_MODE')?.toUpperCase() !== 'AUTO' || id === null) return []
  return [{ id, rank: nic.get('SCHED_RANK') ?? '' }]
}

function priorityOf(text: string | undefined): number {
  const priority = Number.parseFloat(text ?? '')
  return Number.isFinite(priority) ? priority : 0
}
