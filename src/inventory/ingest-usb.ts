/** The USB part of a host's report into the database, in the transaction of the whole report. */
import { listDomains } from '../database/domains.ts'
import type { Tx } from '../database/tables.ts'
import { listUsbClaims } from '../database/usb-claims.ts'
import {
  deleteUsbDevices,
  insertUsbDevices,
  listUsbDevices,
  type StoredUsbDevice,
  updateUsbDevice,
} from '../database/usb-devices.ts'
import { listVms } from '../database/vms.ts'
import type { HostReport } from '../model/report.ts'
import type { RunningDomain } from '../model/usage.ts'
import type { VmEpochs } from './host-use.ts'
import { reconcileUsb } from './reconcile-usb.ts'
import { usbHeldByOthers } from './usb-use.ts'

/**
 * True = something that matters to allocation is different, what domains of others hold included: call it before the
 * report's domains are stored. A report of an earlier probe, without `usb`, leaves what is known as it is.
 */
export async function ingestUsb(
  q: Tx,
  cluster: string,
  host: number,
  report: Pick<HostReport, 'usb' | 'domains'>,
  now: number,
): Promise<boolean> {
  if (report.usb === undefined) return false
  const known = await listUsbDevices(q, host)
  if (known.length === 0 && report.usb.length === 0) return false
  const holders = new Map((await listUsbClaims(q, { host })).map(({ key, vm }) => [key, vm]))
  const claimed = new Set(holders.keys())
  const found = reconcileUsb({ host, reported: report.usb, known, claimed, now })
  const before = await listDomains(q, host)
  const epochs = new Map((await listVms(q, { host })).map(({ id, epoch }) => [id, epoch]))
  await insertUsbDevices(q, found.insert)
  for (const device of found.update) await updateUsbDevice(q, device)
  await deleteUsbDevices(q, host, found.remove)
  const seen = { epochs, cluster, holders }
  const stored = await listUsbDevices(q, host)
  return found.relevant || held(before, known, seen) !== held(report.domains ?? before, stored, seen)
}

interface Seen {
  readonly epochs: VmEpochs
  readonly cluster: string
  readonly holders: ReadonlyMap<string, number>
}

/** Keys of what domains of others hold, as one text. */
function held(
  domains: readonly RunningDomain[],
  devices: readonly StoredUsbDevice[],
  { epochs, cluster, holders }: Seen,
): string {
  const usb = devices.map(({ bus, device, key }) => ({
    ...{ bus, device, key },
    claimedBy: holders.get(key) ?? null,
  }))
  return [...usbHeldByOthers(domains, epochs, cluster, usb).keys()].sort().join('\n')
}
