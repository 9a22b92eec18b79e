/** The entry for agents: carries one order out on this host and answers with the event that the controller is to hear. */
import type { HostEvent } from '../model/event.ts'
import type { Order } from '../model/order.ts'
import { deploy } from './deploy.ts'
import type { DeployPorts, Journal } from './ports.ts'
import { release } from './release.ts'

/**
 * Completes the order, or undoes it: see deploy.ts and release.ts for the events. Can be called again with the same order
 * after a crash at any point, and after an event that was lost. Rejects, and has then undone nothing, when the journal cannot
 * be read or written, or on a defect: the order stays taken until its lease runs out and it is tried again.
 */
export async function carryOut(order: Order, ports: DeployPorts): Promise<HostEvent> {
  const guarded: DeployPorts = { ...ports, journal: stopping(ports.journal) }
  try {
    if (order.kind === 'release') return await release(order, guarded)
    return await ports.lock(() => deploy(order, guarded))
  } catch (error) {
    throw error instanceof JournalLost ? error.cause : error
  }
}

/** Not a BerthError, so that no step takes it for a failure of the host that is to be undone. */
class JournalLost extends Error {}

function stopping(journal: Journal): Journal {
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (cause) {
      throw new JournalLost('the journal cannot be used', { cause })
    }
  }
  return {
    load: (order) => guard(journal.load(order)),
    loadDeploy: (order) => guard(journal.loadDeploy(order)),
    append: (order, entry) => guard(journal.append(order, entry)),
  }
}
