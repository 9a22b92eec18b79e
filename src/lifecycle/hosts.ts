/** What operators ask of hosts: each one transaction, and a new generation where placing is concerned. */
import {
  advanceGeneration,
  deleteHost,
  getHost,
  insertHost,
  type NewHost,
  updateHost,
} from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { listVms } from '../database/vms.ts'
import type { ProbePeriods } from '../model/agent-protocol.ts'
import { Conflict } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import { requireName } from './create.ts'

export type { NewHost } from '../database/hosts.ts'

/** Conflict `host-exists`, InvalidInput `name-invalid`. It gets no VMs before its first report and comparison. */
export function addHost(db: Database, host: NewHost): Promise<Host> {
  requireName(host.name)
  return db.transaction(async (q) => getHost(q, await insertHost(q, host)))
}

/** Disabled: no new VMs; what runs there stays. NotFound `unknown-host`. */
export function setHostEnabled(db: Database, id: number, enabled: boolean): Promise<Host> {
  return db.transaction(async (q) => {
    await getHost(q, id)
    await updateHost(q, id, { enabled })
    await advanceGeneration(q, [id])
    return getHost(q, id)
  })
}

/** What an operator says anew of a host; what is left out stays. */
export interface HostWish {
  /** Null = all devices are offered. */
  readonly filter?: string | null
  /** Added to what was said before; null takes one back. */
  readonly periods?: { readonly [P in keyof ProbePeriods]?: number | null }
  readonly attributes?: Readonly<Record<string, string | number | null>>
}

/** NotFound `unknown-host`. A filter is of consequence with the next report. */
export function changeHost(db: Database, id: number, wish: HostWish): Promise<Host> {
  return db.transaction(async (q) => {
    const host = await getHost(q, id)
    const { filter } = wish
    const periods = wish.periods && without({ ...host.periods, ...wish.periods })
    const attributes = wish.attributes && without({ ...host.attributes, ...wish.attributes })
    await updateHost(q, id, {
      ...(filter !== undefined && { filter }),
      ...(periods && { periods: Object.keys(periods).length === 0 ? null : periods }),
      ...(attributes && { attributes }),
    })
    if (attributes) await advanceGeneration(q, [id])
    return getHost(q, id)
  })
}

/** What is null was taken back. */
function without<T>(said: Readonly<Record<string, T | null | undefined>>): Record<string, T> {
  const entries = Object.entries(said).flatMap(([name, value]): [string, T][] =>
    value === null || value === undefined ? [] : [[name, value]],
  )
  return Object.fromEntries(entries)
}

/** Conflict `host-in-use` while a VM is on it, or waits for it and no other. NotFound `unknown-host`. */
export function removeHost(db: Database, id: number): Promise<Host> {
  return db.transaction(async (q) => {
    const host = await getHost(q, id)
    const all = await listVms(q)
    const vms = all
      .filter((vm) => vm.host === id || (vm.onlyHost === id && vm.state === 'PENDING'))
      .map((vm) => vm.id)
    if (vms.length > 0)
      throw new Conflict(
        'host-in-use',
        `host ${host.name} has VM ${vms.slice(0, 8).join(', ')}${vms.length > 8 ? ', ...' : ''}: terminate or stop them first`,
        { host: id, vms },
      )
    await deleteHost(q, id)
    return host
  })
}
