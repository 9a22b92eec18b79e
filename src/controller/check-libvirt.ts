/** What libvirt sees of a host's devices against what the kernel shows, both asked now: on demand, never in a cycle. */
import { getHost } from '../database/hosts.ts'
import { nodeDifferences } from '../inventory/node-differences.ts'
import { BerthError } from '../model/errors.ts'
import type { LibvirtCheck } from '../view/documents.ts'
import type { ControllerDeps } from './ports.ts'

/** Throws NotFound `unknown-host`; a host that cannot be asked is an answer, with the reason. */
export async function checkLibvirt(deps: ControllerDeps, id: number): Promise<LibvirtCheck> {
  const host = await getHost(deps.database.kysely, id)
  try {
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
