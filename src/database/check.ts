/** `berth db check`: verifies on the rows what design.md's invariants say of them, and tells what is wrong in words. */
import { sql } from 'kysely'
import type { VmOrder } from '../model/order.ts'
import { checkClaims } from './check-claims.ts'
import { checkHistory } from './check-history.ts'
import { checkUsb } from './check-usb.ts'
import { checkVms } from './check-vms.ts'
import type { StoredClaim } from './claims.ts'
import { listClaims } from './claims.ts'
import { listOpenClaims } from './device-history.ts'
import { listAllDevices, listTornDevices, type StoredDevice } from './devices.ts'
import { isSqlite } from './engine.ts'
import { type GroupClaim, listGroupClaims } from './group-claims.ts'
import { listVmOrders, type StoredOrder } from './orders.ts'
import type { Queries } from './tables.ts'
import { listUsbClaims, type UsbClaim } from './usb-claims.ts'
import { listUsbDevices, type StoredUsbDevice } from './usb-devices.ts'
import { listVms, type StoredVm } from './vms.ts'

export interface Violation {
  /** Stable, kebab-case. */
  readonly code: string
  readonly message: string
}

/** What the checks look at: all of it, of one state of the database. */
export interface Rows {
  readonly devices: readonly StoredDevice[]
  readonly claims: readonly StoredClaim[]
  readonly groups: readonly GroupClaim[]
  readonly usbDevices: readonly StoredUsbDevice[]
  readonly usbClaims: readonly UsbClaim[]
  /** DONE ones too. */
  readonly vms: ReadonlyMap<number, StoredVm>
  /** Open ones, and those that gave or took devices in each VM's present epoch or in one that it has not reached. */
  readonly orders: readonly StoredOrder<VmOrder>[]
}

const ALL_STATES = [
  ...(['HOLD', 'PENDING', 'BOOT', 'RUNNING', 'SHUTDOWN', 'POWEROFF'] as const),
  ...(['UNKNOWN', 'BOOT_FAILURE', 'DONE'] as const),
]

/** Empty = nothing is wrong. Call it inside `Database.read`, so that it looks at one state. */
export async function checkDatabase(q: Queries): Promise<Violation[]> {
  const damage = isSqlite(q) ? await checkFile(q) : []
  const vms = new Map((await listVms(q, { states: ALL_STATES })).map((vm) => [vm.id, vm]))
  const orders = (await listVmOrders(q)).filter(
    ({ order, state }) =>
      state === 'waiting' ||
      state === 'taken' ||
      (order.kind !== 'release' && order.epoch >= (vms.get(order.vm)?.epoch ?? 0)),
  )
  const rows: Rows = {
    devices: await listAllDevices(q),
    claims: await listClaims(q),
    groups: await listGroupClaims(q),
    usbDevices: await listUsbDevices(q),
    usbClaims: await listUsbClaims(q),
    vms,
    orders,
  }
  const history = checkHistory(rows, await listOpenClaims(q))
  const ofRows = [...checkClaims(rows), ...checkUsb(rows), ...checkVms(rows)]
  return [...damage, ...(await checkColumns(q)), ...ofRows, ...history]
}

/** Plans are made on a device's columns and committed on its facts. */
async function checkColumns(q: Queries): Promise<Violation[]> {
  return (await listTornDevices(q)).map(({ host, address }) => ({
    code: 'device-torn',
    message: `device ${address} of host ${host}: its columns and its facts do not agree: somebody else wrote them; delete the host and add it again`,
  }))
}

/** SQLite's own: pages and indexes, and rows whose foreign key leads nowhere (written with the checks off). */
async function checkFile(q: Queries): Promise<Violation[]> {
  const pages = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(q)
  const keys = await sql<{
    table: string
    rowid: number | null
    parent: string
  }>`pragma foreign_key_check`.execute(q)
  return [
    ...pages.rows
      .filter((row) => row.integrity_check !== 'ok')
      .map((row) => ({ code: 'file-damaged', message: `the file is damaged: ${row.integrity_check}` })),
    ...keys.rows.map(({ table, rowid, parent }) => ({
      code: 'dangling-row',
      message: `row ${rowid ?? '?'} of ${table} names a row of ${parent} that does not exist`,
    })),
  ]
}
