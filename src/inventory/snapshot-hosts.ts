/** Rows -> the scheduler's picture of the hosts: a handful of queries, however many there are, for those that are not kept. */
import { listDomains } from '../database/domains.ts'
import {
  type HostLine,
  listHostIds,
  listHostLines,
  listReported,
  type ReportedOfHost,
} from '../database/hosts.ts'
import { readCluster } from '../database/meta.ts'
import type { Queries } from '../database/tables.ts'
import { listPlaced, readLoads } from '../database/vm-loads.ts'
import type { Host, HostState } from '../model/host.ts'
import type { SnapshotHost } from '../model/snapshot.ts'
import { groupBy } from './group-by.ts'
import { forgetOthers, type KeptHost, type KeptHosts, keepHosts, versionOf } from './kept-hosts.ts'
import { readDevices, readUsbDevices } from './snapshot-devices.ts'
import { type HostLoad, snapshotHost } from './snapshot-host.ts'

export interface HostsOptions {
  /** Only these; default all. */
  readonly hosts?: readonly number[]
  readonly stateOf: (host: Host) => HostState
  /** What earlier readings have left; this one adds to it. Default: everything is read. */
  readonly kept?: KeptHosts
}

export interface HostsPicture {
  /** By id. */
  readonly hosts: readonly SnapshotHost[]
  /** Of each of them: what commitPlan verifies. */
  readonly generations: ReadonlyMap<number, number>
}

const IDLE: HostLoad = { usedCpu: 0, usedMemoryMiB: 0, runningVms: 0 }

/** Call it inside `Database.read` (or, without `kept`, `transaction`), so that all queries see one state. */
export async function readHosts(q: Queries, options: HostsOptions): Promise<HostsPicture> {
  const lines = await listHostLines(q, options.hosts)
  const kept = options.kept ?? keepHosts()
  const versions = new Map(lines.map((line) => [line.id, versionOf(line)]))
  // Taken out before anything is waited for: another reading, of another state of the database, may go on beside this one.
  const same = new Map([...kept].filter(([id, { version }]) => version === versions.get(id)))
  const changed = lines.filter(({ id }) => !same.has(id))
  const read = await readChanged(q, changed)
  const loads = await readLoads(q)
  forgetOthers(kept, options.hosts ? await listHostIds(q) : lines.map(({ id }) => id))
  const hosts = lines.flatMap((line) => {
    const known = same.get(line.id) ?? read.get(line.id)
    if (known === undefined) return []
    const state = options.stateOf({ ...line, ...known.reported })
    const picture = asOfNow(known.picture, state, loads.get(line.id) ?? IDLE)
    kept.set(line.id, { ...known, picture })
    return [picture]
  })
  return { hosts, generations: new Map(lines.map(({ id, generation }) => [id, generation])) }
}

/** The same object where nothing is different. */
function asOfNow(picture: SnapshotHost, state: HostState, load: HostLoad): SnapshotHost {
  const same =
    picture.state === state &&
    picture.usedCpu === load.usedCpu &&
    picture.usedMemoryMiB === load.usedMemoryMiB &&
    picture.runningVms === load.runningVms
  return same ? picture : { ...picture, state, ...load }
}

/** So many named ones cost more than all. */
const NAMED = 500

async function readChanged(q: Queries, lines: readonly HostLine[]): Promise<Map<number, KeptHost>> {
  if (lines.length === 0) return new Map()
  const only = lines.length > NAMED ? undefined : lines.map(({ id }) => id)
  const reported = new Map((await listReported(q, only)).map((host) => [host.id, host]))
  const placed = groupBy(await listPlaced(q, only), ({ host }) => host)
  const domains = groupBy(await listDomains(q, only), ({ host }) => host)
  const devices = await readDevices(q, only)
  const usb = await readUsbDevices(q, only)
  const cluster = await readCluster(q)
  return new Map(
    lines.map((line) => {
      const { capacity, readiness }: Omit<ReportedOfHost, 'id'> = reported.get(line.id) ?? NOTHING
      const rows = {
        host: { ...line, capacity, readiness },
        ...{ state: 'unknown' as const, load: IDLE },
        epochs: new Map((placed.get(line.id) ?? []).map(({ id, epoch }) => [id, epoch])),
        domains: domains.get(line.id) ?? [],
        devices: devices.get(line.id) ?? [],
        usb: usb.get(line.id),
      }
      const picture = snapshotHost(rows, cluster)
      return [line.id, { version: versionOf(line), reported: { capacity, readiness }, picture }]
    }),
  )
}

const NOTHING = { capacity: null, readiness: null }
