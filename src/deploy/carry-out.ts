/** The entry for agents: carries one order out on this host and answers with the event that the controller is to hear. */
import type { HostEvent } from '../model/event.ts'
import type { Order } from '../model/order.ts'
import { attach } from './attach.ts'
import { bind } from './bind.ts'
import { deploy } from './deploy.ts'
import { detach } from './detach.ts'
import type { DeployPorts } from './ports.ts'
import { release } from './release.ts'
import { sriov } from './sriov.ts'

/**
 * Completes the order, or undoes it: see deploy.ts, release.ts, attach.ts, detach.ts, bind.ts and sriov.ts for the events. Can be called again with the same order
 * after a crash at any point, and after an event that was lost. Rejects, and has then undone nothing, when the journal cannot
 * be read or written, when the order is another process's by now, or on a defect: the order stays taken until its lease runs
 * out and it is tried again.
 */
export async function carryOut(order: Order, ports: DeployPorts): Promise<HostEvent> {
  const guarded = stopping(ports)
  try {
    switch (order.kind) {
      case 'release':
        return await release(order, guarded)
      case 'deploy':
        return await ports.lock(() => deploy(order, guarded))
      case 'attach':
        return await ports.lock(() => attach(order, guarded))
      case 'detach':
        return await ports.lock(() => detach(order, guarded))
      case 'bind':
        return await ports.lock(() => bind(order, guarded))
      case 'sriov':
        return await ports.lock(() => sriov(order, guarded))
    }
  } catch (error) {
    throw error instanceof Stopped ? error.cause : error
  }
}

/** Not a BerthError, so that no step takes it for a failure of the host that is to be undone. */
class Stopped extends Error {}

async function orStop<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Stopped('this order must not be gone on with', { cause })
  }
}

/** The same ports, which stop everything where the journal fails or the order is not this process's any more. */
function stopping(ports: DeployPorts): DeployPorts {
  const { journal, hypervisor, sysfs, firmware } = ports
  const ifOurs = async <T>(touch: () => Promise<T>): Promise<T> => {
    if (ports.stillOurs) await orStop(ports.stillOurs())
    return touch()
  }
  return {
    ...ports,
    journal: {
      load: (order) => orStop(journal.load(order)),
      loadGiving: (order) => orStop(journal.loadGiving(order)),
      append: (order, entry) => ifOurs(() => orStop(journal.append(order, entry))),
    },
    hypervisor: {
      ...hypervisor,
      create: (xml) => ifOurs(() => hypervisor.create(xml)),
      shutdown: (uuid) => ifOurs(() => hypervisor.shutdown(uuid)),
      attach: (uuid, xml) => ifOurs(() => hypervisor.attach(uuid, xml)),
      detach: (uuid, xml) => ifOurs(() => hypervisor.detach(uuid, xml)),
      destroy: (uuid) => ifOurs(() => hypervisor.destroy(uuid)),
    },
    sysfs: {
      ...sysfs,
      write: (path, text, options) => ifOurs(() => sysfs.write(path, text, options)),
    },
    firmware: { ...firmware, forget: (mark) => ifOurs(() => firmware.forget(mark)) },
  }
}
