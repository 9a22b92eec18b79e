/** Rows -> the scheduler's picture of the cluster, and what a commit needs of it: a handful of queries for all hosts. */
import type { Queries } from '../database/tables.ts'
import { listVms, type StoredVm } from '../database/vms.ts'
import { InvalidInput } from '../model/errors.ts'
import type { Request } from '../model/request.ts'
import type { PendingVm, PlacementPolicy, Snapshot } from '../model/snapshot.ts'
import type { VmDefinition } from '../model/vm.ts'
import { pendingVm } from '../template/pending.ts'
import { readTemplate, type VmTemplate } from '../template/validate.ts'
import { type HostsOptions, readHosts } from './snapshot-hosts.ts'
import { readStrays } from './strays.ts'

export interface SnapshotOptions extends HostsOptions {
  readonly policy: PlacementPolicy
  /** Milliseconds since the epoch: VMs whose delay runs are left out. */
  readonly now: number
}

export interface ClusterPicture {
  readonly snapshot: Snapshot
  /** Of each host in it: what commitPlan verifies. */
  readonly generations: ReadonlyMap<number, number>
  /** Of each VM in it: what its order will say. */
  readonly vms: ReadonlyMap<
    number,
    { readonly definition: VmDefinition; readonly requests: readonly Request[]; readonly epoch: number }
  >
  /** In no snapshot: VMs whose template this program does not read, or of which an older domain still runs. */
  readonly unplannable: readonly { readonly vm: number; readonly message: string }[]
}

/** Call it inside `Database.read` (or `transaction`), so that all queries see one state. Hosts by id, VMs by id. */
export async function readSnapshot(q: Queries, options: SnapshotOptions): Promise<ClusterPicture> {
  const { hosts, generations } = await readHosts(q, options)
  const pending = await listVms(q, { states: ['PENDING'] })
  const due = pending.filter(({ notBefore }) => notBefore <= options.now)
  const waiting = readWaiting(due, await readStrays(q))
  return {
    snapshot: { policy: options.policy, vms: waiting.pending, hosts },
    generations,
    vms: waiting.vms,
    unplannable: waiting.unplannable,
  }
}

interface Waiting extends Pick<ClusterPicture, 'vms' | 'unplannable'> {
  readonly pending: readonly PendingVm[]
}

/** Many VMs share a template: each text is read once. */
function readWaiting(vms: readonly StoredVm[], strays: ReadonlyMap<number, string>): Waiting {
  const templates = new Map<string, VmTemplate | InvalidInput>()
  const pending: PendingVm[] = []
  const planned = new Map<number, { definition: VmDefinition; requests: readonly Request[]; epoch: number }>()
  const unplannable: { vm: number; message: string }[] = []
  for (const vm of vms) {
    const template = templates.get(vm.template) ?? read(vm.template)
    templates.set(vm.template, template)
    if (template instanceof InvalidInput) {
      unplannable.push({ vm: vm.id, message: template.message })
      continue
    }
    const stray = strays.get(vm.id)
    if (stray !== undefined) {
      unplannable.push({ vm: vm.id, message: stray })
      continue
    }
    pending.push(pendingVm(vm, template))
    const definition = { ...template.definition, name: vm.name }
    planned.set(vm.id, { definition, requests: template.requests, epoch: vm.epoch })
  }
  return { pending, vms: planned, unplannable }
}

function read(text: string): VmTemplate | InvalidInput {
  try {
    return readTemplate(text)
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
}
