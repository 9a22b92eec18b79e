/** Puts the services together on one database: the controller with its ways to the hosts, and the API before them. */
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseFilter, passes } from '../probes/pci/filter.ts'
import type { Agent } from './agent/agent.ts'
import { buildApi } from './api/app.ts'
import type { ApiDeps, ControllerPort, HostPort } from './api/ports.ts'
import type { Method } from './cli/ports.ts'
import type { Config } from './config.ts'
import type { ControllerDeps } from './controller/ports.ts'
import { type Database, openDatabase } from './database/open.ts'
import { bootLogReader, hostAccess, type LogReader } from './host-access.ts'
import { keepHosts } from './inventory/kept-hosts.ts'
import type { Log } from './log.ts'
import { InvalidInput } from './model/errors.ts'
import type { Host } from './model/host.ts'

export interface Services {
  readonly database: Database
  readonly controllerDeps: ControllerDeps
  /** Of the API in this process; of a door, too. */
  readonly apiDeps: ApiDeps
  readonly log: Log
  request(
    method: Method,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }>
  close(): Promise<void>
}

/** A SQLite file is made and brought up to date at once; PostgreSQL is shared, so only `berth db migrate` changes it. */
export async function openServices(config: Config, log: Log): Promise<Services> {
  const database = await openDatabase(config.database, { migrate: !config.database.includes('://') })
  try {
    const clock = { now: Date.now, sleep: async (ms: number) => void (await sleep(ms)) }
    const readLog = bootLogReader(config)
    const controllerDeps: ControllerDeps = {
      database,
      connect: (host) => connect(config, host, readLog),
      clock,
      policy: config.policy,
      kept: keepHosts(),
      holder: `${hostname()}:${process.pid}:${randomUUID()}`,
      log: (line, fields) => log.info(line, fields),
      silentAfterMs: config.silentAfterSeconds * 1000,
    }
    const apiDeps: ApiDeps = {
      database,
      controller: lazyController(controllerDeps),
      hosts: hostPort(config),
      policy: config.policy,
      now: clock.now,
      silentAfterMs: config.silentAfterSeconds * 1000,
      whereabouts: async () => (await import('./listen/whereabouts.ts')).readWhereabouts(config.state),
    }
    const app = await buildApi(apiDeps)
    return {
      ...{ database, controllerDeps, apiDeps, log },
      request: async (method, url, body) => {
        const answer = await app.inject({
          method,
          url,
          ...(body === undefined ? {} : { payload: body as object }),
        })
        return { status: answer.statusCode, body: answer.payload === '' ? undefined : answer.json() }
      },
      close: async () => {
        await app.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Most commands only read: the scheduler and what drives hosts are loaded by those that need them. */
function lazyController(deps: ControllerDeps): ControllerPort {
  const controller = async () => (await import('./controller/controller.ts')).createController(deps)
  return {
    cycle: async () => (await controller()).cycle(),
    carryOut: async (vm) => (await controller()).carryOut(vm),
    attachBlock: async (vm, block) => (await controller()).attachBlock(vm, block),
    carryOutOrder: async (order) => (await controller()).carryOutOrder(order),
    deploy: async (vm, host) => (await controller()).deploy(vm, host),
    probe: async (host) => (await controller()).probe(host),
    checkLibvirt: async (host) => (await controller()).checkLibvirt(host),
  }
}

async function connect(config: Config, host: Host, readLog: LogReader): Promise<Agent> {
  const { createAgent } = await import('./agent/agent.ts')
  return createAgent(await hostAccess(config, host, readLog))
}

function hostPort(config: Config): HostPort {
  return {
    createSimulatedHost: async (name, machine) => {
      const { createSimulatedHost } = await import('./simulator/host.ts')
      const dir = await newFolder(config.simulatedHosts, name)
      try {
        return (await createSimulatedHost(dir, machine)).dir
      } catch (error) {
        await rm(dir, { recursive: true, force: true })
        throw error
      }
    },
    checkFilter: parseFilter,
    readFilter: (text) => {
      const filter = parseFilter(text)
      return (device) => passes(filter, device)
    },
  }
}

/** A simulated host's own each time: what a deleted host of that name left is not taken for the new one's. */
async function newFolder(parent: string, name: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true })
    return await mkdtemp(join(resolve(parent), `${name.replace(/[^\w.-]+/g, '_')}-`))
  } catch (error) {
    throw new InvalidInput(
      'simulated-hosts-unwritable',
      `simulated host ${name} needs a folder in ${parent}, which cannot be written: BERTH_SIMULATED_HOSTS names another`,
      { folder: parent },
      error,
    )
  }
}
