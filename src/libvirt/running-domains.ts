/** All running domains of the local libvirt, for the probe of usage and for comparing a host with the database. */
import type { RunningDomain } from '../model/usage.ts'
import { domainFacts } from './domain-facts.ts'
import type { Virsh } from './virsh.ts'

/** Calls of virsh that run at the same time. */
const WIDTH = 4

/**
 * Every active domain, by name; one that ends while it is being asked about is left out. CommandFailed where libvirt
 * cannot be asked, CorruptReport where it answers with something that is not a domain.
 */
export async function runningDomains(virsh: Virsh): Promise<readonly RunningDomain[]> {
  const waiting = [...(await virsh.listRunning())]
  const found: RunningDomain[] = []
  const worker = async () => {
    for (let uuid = waiting.pop(); uuid !== undefined; uuid = waiting.pop()) {
      const domain = await runningDomain(virsh, uuid)
      if (domain !== null) found.push(domain)
    }
  }
  await Promise.all(Array.from({ length: WIDTH }, worker))
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** One domain, by uuid or name; null = it is gone, which is read from the lists, never from the text of a failure. */
export async function runningDomain(virsh: Virsh, domain: string): Promise<RunningDomain | null> {
  try {
    const xml = await virsh.dumpxml(domain)
    return domainFacts(xml, await virsh.domstate(domain))
  } catch (error) {
    const listed = [...(await virsh.listRunning()), ...(await virsh.listRunningNames())]
    if (listed.includes(domain)) throw error
    return null
  }
}
