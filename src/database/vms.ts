/** The table `vms`: what each VM is and where its life stands. */
import type { Selectable } from 'kysely'
import { NotFound } from '../model/errors.ts'
import type { Vm, VmState } from '../model/vm.ts'
import { noteChanges } from './changes.ts'
import type { IdPage } from './hosts.ts'
import { chunks } from './json.ts'
import type { Queries, VmsTable } from './tables.ts'

export interface StoredVm extends Vm {
  /** Of the template's definition, in hundredths of a core. */
  readonly cpu: number
  readonly memoryMiB: number
  /** Only this host will do (`vm deploy VM HOST`). */
  readonly onlyHost: number | null
  /** When `state` last changed. */
  readonly changedAt: number
  /** The user whose it is; null = the operators'. */
  readonly owner: string | null
}

export type NewVm = Pick<StoredVm, 'name' | 'priority' | 'template' | 'cpu' | 'memoryMiB'> & {
  readonly state: 'HOLD' | 'PENDING'
  /** Left out: the operators'. */
  readonly owner?: string | null
}

/** Gives the new id. */
export async function insertVm(q: Queries, vm: NewVm, now: number): Promise<number> {
  const { name, priority, template, cpu, memoryMiB, state, owner = null } = vm
  const row = {
    ...{ name, owner, state, priority, template, cpu, memory_mib: memoryMiB },
    ...{
      epoch: 0,
      host: null,
      only_host: null,
      after_release: null,
      failures: 0,
      not_before: 0,
      message: null,
    },
    ...{ created_at: now, changed_at: now },
  }
  const { id } = await q.insertInto('vms').values(row).returning('id').executeTakeFirstOrThrow()
  await noteChanges(q, 'vm', [id])
  return id
}

export interface VmSelection extends IdPage {
  readonly states?: readonly VmState[]
  readonly host?: number
  /** On any of these. */
  readonly hosts?: readonly number[]
  /** Whose they are. */
  readonly owner?: string
}

/** By id; DONE ones only where `states` names them. */
export async function listVms(q: Queries, selection: VmSelection = {}): Promise<StoredVm[]> {
  let query = q.selectFrom('vms').selectAll().orderBy('id')
  query = selection.states ? query.where('state', 'in', selection.states) : query.where('state', '<>', 'DONE')
  const { host, hosts, owner, after, limit } = selection
  if (host !== undefined) query = query.where('host', '=', host)
  if (hosts !== undefined) query = query.where('host', 'in', hosts)
  if (owner !== undefined) query = query.where('owner', '=', owner)
  if (after !== undefined) query = query.where('id', '>', after)
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(toVm)
}

/** Whether one waits to be placed, and not for its delay to run out. */
export async function isAnyVmDue(q: Queries, now: number): Promise<boolean> {
  const row = await q
    .selectFrom('vms')
    .select('id')
    .where('state', '=', 'PENDING')
    .where('not_before', '<=', now)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function findVm(q: Queries, id: number): Promise<StoredVm | null> {
  const row = await q.selectFrom('vms').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toVm(row) : null
}

/** Those of these VMs that are this user's. */
export async function ownedOf(q: Queries, owner: string, vms: readonly number[]): Promise<Set<number>> {
  const own = new Set<number>()
  for (const piece of chunks([...new Set(vms)], 500)) {
    const rows = await q
      .selectFrom('vms')
      .select('id')
      .where('owner', '=', owner)
      .where('id', 'in', piece)
      .execute()
    for (const { id } of rows) own.add(id)
  }
  return own
}

/** NotFound `unknown-vm`. */
export async function getVm(q: Queries, id: number): Promise<StoredVm> {
  const vm = await findVm(q, id)
  if (!vm) throw unknownVm(String(id))
  return vm
}

/** By id, else by the name of the newest VM that is not DONE, as a person types it; NotFound `unknown-vm`. */
export async function resolveVm(q: Queries, reference: string): Promise<StoredVm> {
  const byId = /^\d{1,9}$/.test(reference) ? await findVm(q, Number(reference)) : null
  if (byId) return byId
  const row = await q
    .selectFrom('vms')
    .selectAll()
    .where('name', '=', reference)
    .where('state', '<>', 'DONE')
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (!row) throw unknownVm(reference)
  return toVm(row)
}

/** A field left out stays as it is. */
export type VmChange = Partial<
  Pick<
    StoredVm,
    | 'state'
    | 'epoch'
    | 'host'
    | 'onlyHost'
    | 'afterRelease'
    | 'failures'
    | 'notBefore'
    | 'message'
    | 'priority'
    | 'template'
  >
>

/** `changedAt` becomes `now` where the change names a state. */
export async function updateVm(q: Queries, id: number, change: VmChange, now: number): Promise<void> {
  const row = {
    ...(change.state !== undefined && { state: change.state, changed_at: now }),
    ...(change.epoch !== undefined && { epoch: change.epoch }),
    ...(change.host !== undefined && { host: change.host }),
    ...(change.onlyHost !== undefined && { only_host: change.onlyHost }),
    ...(change.afterRelease !== undefined && { after_release: change.afterRelease }),
    ...(change.failures !== undefined && { failures: change.failures }),
    ...(change.notBefore !== undefined && { not_before: change.notBefore }),
    ...(change.message !== undefined && { message: change.message }),
    ...(change.priority !== undefined && { priority: change.priority }),
    ...(change.template !== undefined && { template: change.template }),
  }
  if (Object.keys(row).length === 0) return
  await q.updateTable('vms').set(row).where('id', '=', id).execute()
  await noteChanges(q, 'vm', [id])
}

export async function renameVm(q: Queries, id: number, name: string): Promise<void> {
  await q.updateTable('vms').set({ name }).where('id', '=', id).execute()
  await noteChanges(q, 'vm', [id])
}

/** Why PENDING VMs wait: written where it is news; gives the ids of those. */
export async function setMessages(q: Queries, messages: ReadonlyMap<number, string>): Promise<number[]> {
  const before = await q.selectFrom('vms').select(['id', 'message']).where('state', '=', 'PENDING').execute()
  const changed: number[] = []
  for (const { id, message } of before) {
    const now = messages.get(id)
    if (now === undefined || now === message) continue
    await q.updateTable('vms').set({ message: now }).where('id', '=', id).execute()
    changed.push(id)
  }
  await noteChanges(q, 'vm', changed)
  return changed
}

function unknownVm(reference: string): NotFound {
  return new NotFound('unknown-vm', `no VM ${reference}; \`berth vm list\` shows the VMs`, { vm: reference })
}

function toVm(row: Selectable<VmsTable>): StoredVm {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    priority: row.priority,
    template: row.template,
    cpu: row.cpu,
    memoryMiB: row.memory_mib,
    epoch: row.epoch,
    host: row.host,
    onlyHost: row.only_host,
    afterRelease: row.after_release,
    failures: row.failures,
    notBefore: row.not_before,
    message: row.message,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    owner: row.owner,
  }
}
