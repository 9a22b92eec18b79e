/** What libvirt sees of a host's devices against what the kernel shows, both asked now: on demand, never in a cycle. */
import { listDevices } from '../database/devices.ts'
import { getHost } from '../database/hosts.ts'
import { nodeDifferences } from '../inventory/node-differences.ts'
import { BerthError } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import type { LibvirtCheck } from '../view/documents.ts'
import { runErrand } from './agents/errand.ts'
import { nodesOf } from './agents/node-devices.ts'
import type { ControllerDeps } from './ports.ts'

/** Throws NotFound `unknown-host`; a host that cannot be asked is an answer, with the reason. */
export async function checkLibvirt(deps: ControllerDeps, id: number): Promise<LibvirtCheck> {
  const host = await getHost(deps.database.kysely, id)
  try {
    if (host.agent) return await askAgent(deps, host)
    const agent = await deps.connect(host)
    const nodes = await agent.nodeDevices()
    if (nodes === null) return { differences: null, failure: `${host.name} has no libvirt to ask` }
    // All of its devices, whatever the host's filter offers.
    const { devices } = await agent.report(null, () => {})
    return { differences: nodeDifferences(devices, nodes), failure: null }
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return { differences: null, failure: error.message }
  }
}

/** Compared with its last report, which has no more than the host's filter offers and what hangs on that. */
async function askAgent(deps: ControllerDeps, host: Host): Promise<LibvirtCheck> {
  const nodes = nodesOf(host, await runErrand(deps, host, 'libvirt'))
  if (nodes === null) return { differences: null, failure: `${host.name} has no libvirt to ask` }
  const devices = (await listDevices(deps.database.kysely, host.id)).filter(({ present }) => present)
  const known = new Set(devices.map(({ address }) => address))
  const shown = host.filter === null ? nodes : nodes.filter(({ address }) => known.has(address))
  return { differences: nodeDifferences(devices, shown), failure: null }
}
