/** The table `vms` as far as hosts are loaded by it: which VMs are where, and what they take. */
import type { Queries } from './tables.ts'

/** States in which a VM takes its host's cores and memory. */
const PLACED = ['BOOT', 'RUNNING', 'SHUTDOWN', 'UNKNOWN'] as const

export interface StoredLoad {
  /** Hundredths of a core. */
  readonly usedCpu: number
  readonly usedMemoryMiB: number
  readonly runningVms: number
}

/** By host; one without VMs is left out. */
export async function readLoads(q: Queries): Promise<ReadonlyMap<number, StoredLoad>> {
  const rows = await q
    .selectFrom('vms')
    .select(({ fn }) => [
      'host',
      fn.countAll<number>().as('vms'),
      fn.sum<number>('cpu').as('cpu'),
      fn.sum<number>('memory_mib').as('memory'),
    ])
    .where('state', 'in', PLACED)
    .groupBy('host')
    .execute()
  return new Map(
    rows.flatMap(({ host, vms, cpu, memory }) =>
      host === null ? [] : [[host, { usedCpu: cpu, usedMemoryMiB: memory, runningVms: vms }]],
    ),
  )
}

export interface PlacedVm {
  readonly id: number
  readonly host: number | null
  readonly epoch: number
}

/** VMs that are on a host; of these hosts, or of all. */
export async function listPlaced(q: Queries, hosts?: readonly number[]): Promise<readonly PlacedVm[]> {
  const query = q.selectFrom('vms').select(['id', 'host', 'epoch']).where('state', 'in', PLACED)
  return (hosts === undefined ? query : query.where('host', 'in', hosts)).execute()
}

/** A VM on a host, and what it takes of it. */
export interface TenantRow {
  readonly id: number
  readonly host: number
  readonly name: string
  readonly owner: string | null
  /** Hundredths of a core. */
  readonly cpu: number
  readonly memoryMiB: number
  /** It is being ended, or is to be as soon as its deploy has. */
  readonly leaving: boolean
}

/** All VMs that are on a host, by id. */
export async function listTenants(q: Queries): Promise<readonly TenantRow[]> {
  const rows = await q
    .selectFrom('vms')
    .select(['id', 'host', 'name', 'owner', 'cpu', 'memory_mib as memoryMiB', 'state', 'after_release'])
    .where('state', 'in', PLACED)
    .orderBy('id')
    .execute()
  return rows.flatMap(({ host, state, after_release: after, ...row }) =>
    host === null ? [] : [{ ...row, host, leaving: state === 'SHUTDOWN' || after !== null }],
  )
}
