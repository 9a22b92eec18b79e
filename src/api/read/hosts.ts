/** Reads hosts with what belongs to them, in a fixed number of queries, and hands them to the views. */
import { findAgent, listAgents } from '../../database/agents.ts'
import { listDomains } from '../../database/domains.ts'
import { type IdPage, listHosts, resolveHost } from '../../database/hosts.ts'
import { readCluster } from '../../database/meta.ts'
import type { Queries } from '../../database/tables.ts'
import { listVms } from '../../database/vms.ts'
import { readDrift } from '../../drift/read.ts'
import { vmOf } from '../../inventory/host-use.ts'
import type { KeptHosts } from '../../inventory/kept-hosts.ts'
import type { Hearing } from '../../lifecycle/agents.ts'
import { answers, type FencedVm } from '../../lifecycle/fence.ts'
import type { Host } from '../../model/host.ts'
import type { SnapshotHost } from '../../model/snapshot.ts'
import { agentView } from '../../view/agent.ts'
import type {
  HostAgentView,
  HostFence,
  HostGroups,
  HostSummary,
  HostView,
  LibvirtCheck,
  OrphanDomain,
} from '../../view/documents.ts'
import { driftView } from '../../view/drift.ts'
import { hostGroups } from '../../view/groups.ts'
import { hostSummary, hostView } from '../../view/host.ts'
import { deviceViewsOf } from './devices.ts'
import { readPicture } from './picture.ts'
import { readUsbViews } from './usb.ts'

/** `host list`, by id; all of them, or a page. `kept`: of earlier calls; inside of `Database.read` only. */
export async function readHostSummaries(
  q: Queries,
  hearing: Hearing,
  page: IdPage = {},
  kept?: KeptHosts,
): Promise<readonly HostSummary[]> {
  const hosts = await listHosts(q, page)
  const only = page.limit === undefined ? undefined : hosts.map(({ id }) => id)
  const placed = new Map((await readPicture(q, only, kept)).map((host) => [host.id, host]))
  const agents = new Map((await listAgents(q)).map((agent) => [agent.host, agent]))
  return hosts.flatMap((host) => {
    const picture = placed.get(host.id)
    const agent = host.agent ? agentView(agents.get(host.id) ?? null, hearing) : null
    return picture ? [hostSummary(host, picture, agent)] : []
  })
}

/** `host show`; by name or id. NotFound `unknown-host`. */
export async function readHostView(q: Queries, reference: string, hearing: Hearing): Promise<HostView> {
  const host = await resolveHost(q, reference)
  const placed = await pictureOf(q, host.id)
  const drift = (await readDrift(q, host)).filter(({ code }) => code !== 'orphan-domain')
  return hostView(
    host,
    placed,
    await deviceViewsOf(q, placed),
    await readUsbViews(q, placed),
    await readOrphans(q, host.id),
    drift.map((one) => driftView(one)),
    await readAgentView(q, host, hearing),
  )
}

/** Null = it is reached in this process. */
async function readAgentView(q: Queries, host: Host, hearing: Hearing): Promise<HostAgentView | null> {
  return host.agent ? agentView(await findAgent(q, host.id), hearing) : null
}

/** `host fence`: `vms` as they were, or are to be. */
export async function readHostFence(
  q: Queries,
  host: Host,
  vms: readonly FencedVm[],
  fenced: boolean,
  hearing: Hearing,
): Promise<HostFence> {
  return {
    ...{ host: host.id, hostName: host.name, fenced, failure: host.failure, vms },
    answers: await answers(q, host, hearing),
    agent: await readAgentView(q, host, hearing),
  }
}

/** `host groups`; by name or id. NotFound `unknown-host`. */
export async function readHostGroups(
  q: Queries,
  reference: string,
  libvirt: LibvirtCheck | null,
): Promise<HostGroups> {
  const host = await resolveHost(q, reference)
  const placed = await pictureOf(q, host.id)
  return hostGroups(host, placed, await deviceViewsOf(q, placed), libvirt)
}

async function pictureOf(q: Queries, host: number): Promise<SnapshotHost> {
  const [placed] = await readPicture(q, [host])
  if (placed === undefined) throw new Error(`host ${host} has a row and no picture`)
  return placed
}

/** Domains with Berth's mark that are of no VM here: unknown VM or epoch, or another database's (invariant 10). */
async function readOrphans(q: Queries, host: number): Promise<readonly OrphanDomain[]> {
  const cluster = await readCluster(q)
  const epochs = new Map((await listVms(q, { host })).map(({ id, epoch }) => [id, epoch]))
  return (await listDomains(q, host)).flatMap(({ name, uuid, berth }) =>
    berth !== null && vmOf({ berth }, epochs, cluster) === null
      ? [
          {
            ...{ name, uuid, vm: berth.vm, epoch: berth.epoch },
            database: berth.cluster === cluster ? null : berth.cluster,
          },
        ]
      : [],
  )
}
