/** A plan becomes true: claims, VM states and orders in one transaction per batch of hosts, or not at all (invariants 8 and 9). */
import { sql } from 'kysely'
import { noteChanges } from '../database/changes.ts'
import { insertClaims } from '../database/claims.ts'
import { appendDeviceHistory } from '../database/device-history.ts'
import { isConstraintViolation } from '../database/failure.ts'
import { insertGroupClaims } from '../database/group-claims.ts'
import { insertHistories } from '../database/history.ts'
import { advanceGeneration } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { insertOrders } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { insertUsbClaims } from '../database/usb-claims.ts'
import { claimedLine } from '../model/device-history.ts'
import type { Placement } from '../model/snapshot.ts'
import { readCommitState } from './read.ts'
import { type PlacementRows, type PlannedVm, placementRows } from './rows.ts'

/** What the plan was made on. */
export interface PlanBasis {
  /** Of each host in the snapshot. */
  readonly generations: ReadonlyMap<number, number>
  readonly vms: ReadonlyMap<number, PlannedVm>
}

/** VM ids. What conflicts stays PENDING and is planned again on a new snapshot. */
export interface CommitResult {
  readonly committed: readonly number[]
  readonly conflicted: readonly number[]
}

/** Placements of one transaction at most, unless one host has more: other writers wait that long. */
const BATCH = 500

/**
 * All placements of a host are in one transaction. A host whose generation is not the snapshot's any more, a VM that is
 * not PENDING at its epoch any more, a device that is gone or claimed: conflicts, nothing of that VM is written.
 */
export async function commitPlan(
  db: Database,
  placements: readonly Placement[],
  basis: PlanBasis,
  now: number,
): Promise<CommitResult> {
  const committed: number[] = []
  for (const batch of batches(placements))
    committed.push(...(await db.transaction((q) => commitBatch(q, db.cluster, batch, basis, now))))
  const done = new Set(committed)
  return { committed, conflicted: placements.map(({ vm }) => vm).filter((vm) => !done.has(vm)) }
}

/** Whole hosts, in the order in which the plan names them. */
function batches(placements: readonly Placement[]): Placement[][] {
  const byHost = new Map<number, Placement[]>()
  for (const placement of placements) {
    const same = byHost.get(placement.host)
    if (same) same.push(placement)
    else byHost.set(placement.host, [placement])
  }
  const result: Placement[][] = []
  for (const ofHost of byHost.values()) {
    const last = result.at(-1)
    if (last && last.length + ofHost.length <= BATCH) last.push(...ofHost)
    else result.push([...ofHost])
  }
  return result
}

async function commitBatch(
  q: Tx,
  cluster: string,
  batch: readonly Placement[],
  basis: PlanBasis,
  now: number,
): Promise<readonly number[]> {
  const state = await readCommitState(q, batch, basis)
  const rows = batch.flatMap((placement) => {
    const host = state.hosts.get(placement.host)
    const planned = basis.vms.get(placement.vm)
    if (!host || !planned || !state.vms.has(placement.vm)) return []
    return placementRows(cluster, host, placement, planned) ?? []
  })
  const written = (await attempt(q, rows, now)) ? rows : await oneByOne(q, rows, now)
  await advanceGeneration(q, [...new Set(written.map(({ host }) => host))])
  return written.map(({ vm }) => vm)
}

/** After a conflict within the batch: a savepoint per VM, so that one does not undo the others. */
async function oneByOne(q: Tx, rows: readonly PlacementRows[], now: number): Promise<PlacementRows[]> {
  const written: PlacementRows[] = []
  for (const row of rows) if (await attempt(q, [row], now)) written.push(row)
  return written
}

/** False = a constraint refused one of them, and none was written. */
async function attempt(q: Tx, rows: readonly PlacementRows[], now: number): Promise<boolean> {
  if (rows.length === 0) return true
  await sql`savepoint placement`.execute(q)
  try {
    await write(q, rows, now)
    await sql`release savepoint placement`.execute(q)
    return true
  } catch (error) {
    if (!isConstraintViolation(error)) throw error
    await sql`rollback to savepoint placement`.execute(q)
    await sql`release savepoint placement`.execute(q)
    return false
  }
}

async function write(q: Tx, rows: readonly PlacementRows[], now: number): Promise<void> {
  await insertGroupClaims(
    q,
    rows.flatMap(({ groups }) => groups),
  )
  await insertClaims(
    q,
    rows.flatMap(({ claims }) => claims),
  )
  await insertUsbClaims(
    q,
    rows.flatMap(({ usbClaims }) => usbClaims),
  )
  await bootVms(q, rows, now)
  await insertOrders(
    q,
    rows.map(({ order }) => order),
    now,
  )
  const lines = rows.map((row) => ({ vm: row.vm, what: told(row) }))
  await insertHistories(q, lines, now)
  const given = rows.flatMap(({ claims }) => claims.map((claim) => claimedLine(claim, claim)))
  await appendDeviceHistory(q, given, now)
}

async function bootVms(q: Tx, rows: readonly PlacementRows[], now: number): Promise<void> {
  const byHost = new Map<number, number[]>()
  for (const { host, vm } of rows) byHost.set(host, [...(byHost.get(host) ?? []), vm])
  for (const [host, vms] of byHost)
    await q
      .updateTable('vms')
      .set((vm) => ({
        ...{ state: 'BOOT', host, message: null, after_release: null, changed_at: now },
        epoch: vm('epoch', '+', 1),
      }))
      .where('id', 'in', vms)
      .execute()
  await noteChanges(
    q,
    'vm',
    rows.map(({ vm }) => vm),
  )
}

function told({ hostName: host, claims, order }: PlacementRows): string {
  const usb = order.kind === 'deploy' ? (order.usb ?? []) : []
  if (claims.length + usb.length === 0) return `BOOT: placed on host ${host}`
  const names = [
    ...claims.map(({ address, role }) => (role === 'held' ? `${address} (held)` : address)),
    ...usb.map(({ port }) => `USB ${port}`),
  ]
  return `BOOT: placed on host ${host} with ${names.join(', ')}`
}
