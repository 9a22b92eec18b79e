/** A host's report into the database: all of it in one transaction, or a CorruptReport and nothing. */
import { noteChanges } from '../database/changes.ts'
import { deleteClaims, insertClaims, listClaims, type StoredClaim } from '../database/claims.ts'
import { listMissing, renameDeviceHistory, writeDeviceHistory } from '../database/device-history.ts'
import {
  deleteDevices,
  insertDevices,
  listDevices,
  markDevice,
  type StoredDevice,
  updateDevice,
} from '../database/devices.ts'
import { listDomains, replaceDomains } from '../database/domains.ts'
import { deleteGroupClaims, insertGroupClaims } from '../database/group-claims.ts'
import { insertHistory } from '../database/history.ts'
import { advanceGeneration, getHost, updateHost } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import type { Tx } from '../database/tables.ts'
import { unsettledWishes } from '../database/vf-wishes.ts'
import { listVms } from '../database/vms.ts'
import { historyKey } from '../model/device-history.ts'
import type { Host } from '../model/host.ts'
import { lacksUefi, missingChecks, type ReportedReadiness } from '../model/readiness.ts'
import type { HostReport } from '../model/report.ts'
import type { RunningDomain } from '../model/usage.ts'
import { awaitedVfs } from './awaited-vfs.ts'
import { requireConsistent } from './contradictions.ts'
import { deviceNews, type NewsInput } from './device-news.ts'
import { heldByOthers } from './host-use.ts'
import { ingestUsb } from './ingest-usb.ts'
import { type MovedClaims, moveClaims } from './move-claims.ts'
import { type InventoryChanges, reconcile } from './reconcile.ts'

export interface IngestResult extends InventoryChanges {
  /** The host restarted since its last report: groups and claims were computed anew. */
  readonly newBoot: boolean
  /** The host's generation advanced: plans made before are made again. */
  readonly advanced: boolean
}

/** Throws CorruptReport `report-contradiction`, NotFound `unknown-host`. `now` in ms since the epoch. */
export function ingestReport(
  db: Database,
  host: number,
  report: HostReport,
  now: number,
): Promise<IngestResult> {
  requireConsistent(report)
  return db.transaction((q) => ingest(q, db.cluster, host, report, now))
}

/** The same for a report that is consistent, in a transaction that does more. */
export async function ingest(
  q: Tx,
  cluster: string,
  id: number,
  report: HostReport,
  now: number,
): Promise<IngestResult> {
  const host = await getHost(q, id)
  const known = await listDevices(q, id)
  const claims = await listClaims(q, { host: id })
  const newBoot = host.bootId !== null && report.bootId !== null && host.bootId !== report.bootId
  const moved = moveClaims(claims, known, report.devices, newBoot)
  const claimsMoved = !sameClaims(claims, moved.claims)
  const claimed = new Set(moved.claims.map(({ address }) => address))
  const unsettled = await unsettledWishes(q, id, known, report.bootId ?? host.bootId)
  const awaited = awaitedVfs(known, unsettled)
  const found = reconcile({ host: id, report, known, claimed, awaited, newBoot, now })
  const usbMatters = await ingestUsb(q, cluster, id, report, now)
  const domainsMatter = await takeDomains(q, cluster, id, report.domains, moved.claims)
  if (claimsMoved) await unclaim(q, id)
  await insertDevices(q, found.insert)
  for (const device of found.update) await updateDevice(q, device)
  await deleteDevices(q, id, found.remove)
  if (claimsMoved) await reclaim(q, id, moved, known, now)
  const { quarantine } = moved
  await tell(q, id, { known, found, claimsBefore: claims, claimsNow: moved.claims, quarantine }, now)
  const { capacity, bootId, readiness } = report
  await updateHost(q, id, {
    ...{ capacity, reportedAt: now, failure: null },
    ...(bootId !== null && { bootId }),
    ...(readiness !== undefined && { readiness }),
  })
  const advanced =
    found.relevant ||
    usbMatters ||
    domainsMatter ||
    newBoot ||
    claimsMoved ||
    !sameCapacity(host, report) ||
    !sameReadiness(host, report)
  if (advanced) await advanceGeneration(q, [id])
  else if (found.update.length > 0 || !sameText(host.readiness, readiness)) await noteChanges(q, 'host', [id])
  const { added, changed, swapped, vanished, missing } = found
  return { added, changed, swapped, vanished, missing, newBoot, advanced }
}

/** True = other devices than before are held by domains that are not ours. Null = libvirt could not be asked: nothing known. */
async function takeDomains(
  q: Tx,
  cluster: string,
  host: number,
  domains: readonly RunningDomain[] | null,
  claims: readonly StoredClaim[],
): Promise<boolean> {
  if (domains === null) return false
  const epochs = new Map((await listVms(q, { host })).map(({ id, epoch }) => [id, epoch]))
  const owners = new Map(claims.map(({ address, vm }) => [address, vm]))
  const before = await listDomains(q, host)
  const held = (of: readonly RunningDomain[]) =>
    JSON.stringify(
      [...heldByOthers(of, epochs, cluster, (address) => owners.get(address) ?? null).keys()].sort(),
    )
  if (!sameDomains(before, domains)) await replaceDomains(q, host, domains)
  return held(before) !== held(domains)
}

async function unclaim(q: Tx, host: number): Promise<void> {
  await deleteClaims(q, { host })
  await deleteGroupClaims(q, { host })
}

async function reclaim(
  q: Tx,
  host: number,
  moved: MovedClaims,
  known: readonly StoredDevice[],
  now: number,
): Promise<void> {
  await insertGroupClaims(q, moved.groups)
  await insertClaims(q, moved.claims)
  for (const [address, healthReason] of moved.quarantine)
    await markDevice(q, host, address, { health: 'quarantined', healthReason })
  const names = new Map(known.map(({ address, vendorId, deviceId }) => [address, `${vendorId}:${deviceId}`]))
  for (const { vm, address } of moved.dropped)
    await insertHistory(
      q,
      vm,
      `lost ${address} (${names.get(address) ?? 'unknown'}): gone after a restart`,
      now,
    )
}

async function tell(q: Tx, host: number, input: Omit<NewsInput, 'lost'>, now: number): Promise<void> {
  const lost = await listMissing(q, host, input.found.insert.map(historyKey))
  const { lines, renamed } = deviceNews({ ...input, lost })
  for (const [from, to] of renamed) await renameDeviceHistory(q, host, from, to)
  await writeDeviceHistory(q, lines, now)
}

/** Identity, role and the like go with the address. */
function sameClaims(before: readonly StoredClaim[], now: readonly StoredClaim[]): boolean {
  const text = (claims: readonly StoredClaim[]) =>
    claims
      .map(({ address, vm, iommuGroup }) => `${address} ${vm} ${iommuGroup}`)
      .sort()
      .join('\n')
  return text(before) === text(now)
}

function sameCapacity(host: Host, report: HostReport): boolean {
  return JSON.stringify(host.capacity) === JSON.stringify(report.capacity)
}

const sameText = (known: ReportedReadiness | null, told: ReportedReadiness | undefined): boolean =>
  told === undefined || JSON.stringify(known) === JSON.stringify(told)

/** What is missing counts, not the words. */
function sameReadiness(host: Host, { readiness }: HostReport): boolean {
  if (readiness === undefined) return true
  const matters = (told: ReportedReadiness) => [...missingChecks(told), lacksUefi(told)].join()
  return host.readiness !== null && matters(host.readiness) === matters(readiness)
}

function sameDomains(before: readonly RunningDomain[], now: readonly RunningDomain[]): boolean {
  const text = (domains: readonly RunningDomain[]) =>
    domains
      .map(({ uuid, name, state, hostdevs, usbHostdevs, berth }) =>
        JSON.stringify([uuid, name, state, hostdevs, usbHostdevs, berth?.cluster, berth?.vm, berth?.epoch]),
      )
      .sort()
      .join('\n')
  return text(before) === text(now)
}
