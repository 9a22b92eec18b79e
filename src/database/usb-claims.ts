/** The table `usb_claims`: which VM holds which USB device. Written by src/claims only. */
import { chunks } from './json.ts'
import type { Queries } from './tables.ts'

export interface UsbClaim {
  readonly host: number
  readonly key: string
  readonly vm: number
  /** The template's USB block. */
  readonly request: number
}

export interface UsbClaimSelection {
  readonly host?: number
  readonly vm?: number
}

/** By host, VM and request. */
export async function listUsbClaims(q: Queries, selection: UsbClaimSelection = {}): Promise<UsbClaim[]> {
  let query = q.selectFrom('usb_claims').selectAll().orderBy('host').orderBy('vm').orderBy('request')
  if (selection.host !== undefined) query = query.where('host', '=', selection.host)
  if (selection.vm !== undefined) query = query.where('vm', '=', selection.vm)
  return query.execute()
}

/** A device that is claimed already breaks the primary key. */
export async function insertUsbClaims(q: Queries, claims: readonly UsbClaim[]): Promise<void> {
  for (const piece of chunks(claims, 500)) await q.insertInto('usb_claims').values(piece).execute()
}

/** The claim of one USB block. */
export async function deleteUsbClaim(q: Queries, vm: number, request: number): Promise<void> {
  await q.deleteFrom('usb_claims').where('vm', '=', vm).where('request', '=', request).execute()
}

/** After the USB block `removed` left the VM's template: the blocks behind it count one less. */
export async function renumberUsbRequests(q: Queries, vm: number, removed: number): Promise<void> {
  await q
    .updateTable('usb_claims')
    .set((row) => ({ request: row('request', '-', 1) }))
    .where('vm', '=', vm)
    .where('request', '>', removed)
    .execute()
}

export async function deleteUsbClaims(q: Queries, vm: number): Promise<void> {
  await q.deleteFrom('usb_claims').where('vm', '=', vm).execute()
}
