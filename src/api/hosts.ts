/** Adding a host: what must hold before it is written down, and the first probe after. */
import { listHosts, updateHost } from '../database/hosts.ts'
import { BerthError, Conflict, InvalidInput } from '../model/errors.ts'
import type { AttributeValue } from '../model/expression.ts'
import type { Host, HostDriver } from '../model/host.ts'
import type { ApiDeps } from './ports.ts'

export interface HostRequest {
  readonly name: string
  /** It has an agent of its own: which driver and which libvirt, that one says. */
  readonly agent?: boolean
  /** Required of a host without an agent. */
  readonly driver?: HostDriver
  readonly uri?: string
  /** Of a simulated host: the description to write it from; a GPU server where it is left out. */
  readonly machine?: string
  readonly cluster?: string
  readonly filter?: string | null
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

const DEFAULT_URI = 'qemu:///system'
const DEFAULT_MACHINE = 'sim-gpu-a100'

/** libvirt's URIs that name no other machine: the checks before a hand-over read this machine's sysfs. */
const LOCAL_URI = /^qemu(\+unix)?:\/\/\/(system|session)(\?[^#]*)?$/

/**
 * Adds a host and tries to probe it; gives its id. A host whose probe fails stays, with `failure` set. Throws Conflict
 * `host-exists`, `machine-taken`; InvalidInput `uri-not-local`, `host-options`, and what ports throw.
 */
export async function addHost(deps: ApiDeps, request: HostRequest): Promise<number> {
  const { name, agent = false, cluster = 'default', filter = null, attributes = {} } = request
  const driver = checkOptions(request)
  if (filter !== null) deps.hosts.checkFilter(filter)
  const place = { ...request, driver }
  if (!agent) checkTaken(await listHosts(deps.database.kysely), place)
  const uri = agent ? DEFAULT_URI : await uriOf(deps, place)
  const lifecycle = await import('../lifecycle/hosts.ts')
  const host = { name, cluster, driver, uri, enabled: true, filter, attributes, agent }
  const { id } = await lifecycle.addHost(deps.database, host)
  if (!agent) await firstProbe(deps, id)
  return id
}

/** Gives the driver. */
function checkOptions({ agent, driver, uri, machine }: HostRequest): HostDriver {
  if (agent) {
    if (driver === undefined && uri === undefined && machine === undefined) return 'libvirt'
    throw new InvalidInput(
      'host-options',
      'a host with an agent says itself what gives VMs there: leave driver, uri and machine out',
    )
  }
  if (driver === undefined)
    throw new InvalidInput(
      'host-options',
      'a host without an agent needs a driver: libvirt (of this machine) or simulator',
    )
  if (driver === 'libvirt' && machine !== undefined)
    throw new InvalidInput(
      'host-options',
      'machine describes a simulated host: leave it out, or set driver to simulator',
    )
  if (driver === 'simulator' && uri !== undefined)
    throw new InvalidInput('host-options', 'a simulated host has no uri: name a machine in its place')
  if (uri !== undefined && !LOCAL_URI.test(uri))
    throw new InvalidInput(
      'uri-not-local',
      `${uri} is no local libvirt: only ${DEFAULT_URI} (or session) can be used, because Berth reads the host's own sysfs`,
      { uri },
    )
  return driver
}

type Place = HostRequest & { readonly driver: HostDriver }

/** Two hosts on one machine would give every device twice. */
function checkTaken(hosts: readonly Host[], { name, driver }: Place): void {
  if (hosts.some((host) => host.name === name))
    throw new Conflict('host-exists', `a host named ${name} exists already`, { name })
  const other =
    driver === 'libvirt' ? hosts.find((host) => host.driver === 'libvirt' && !host.agent) : undefined
  if (other)
    throw new Conflict(
      'machine-taken',
      `host ${other.name} is this machine already; its devices cannot be given out by two hosts`,
      { host: other.id, uri: other.uri },
    )
}

async function uriOf({ hosts }: ApiDeps, { name, driver, uri, machine }: Place): Promise<string> {
  if (driver === 'libvirt') return uri ?? DEFAULT_URI
  return hosts.createSimulatedHost(name, machine ?? DEFAULT_MACHINE)
}

async function firstProbe({ controller, database, logger }: ApiDeps, id: number): Promise<void> {
  try {
    await controller.probe(id)
  } catch (error) {
    if (!(error instanceof BerthError)) logger?.error(`first probe of host ${id}`, error)
    const failure = error instanceof Error ? error.message : String(error)
    await database.transaction((q) => updateHost(q, id, { failure }))
  }
}
