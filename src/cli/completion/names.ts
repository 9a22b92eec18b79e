/** Names and addresses that there are, asked of the API when they are to be completed. */
import { parseAddress, shortAddress } from '../../model/address.ts'
import type { DeviceView, HostSummary, TemplateView, VmSummary, VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import type { Cli } from '../command.ts'
import { contextViews } from '../context/view.ts'
import { type Candidate, type Candidates, isOfferable } from './candidate.ts'

interface Named {
  readonly id: number
  readonly name: string
}

/** By name where only one has it, and it can be typed; else by id. */
function named<T extends Named>(all: readonly T[], about: (one: T) => string): readonly Candidate[] {
  const often = new Map<string, number>()
  for (const { name } of all) often.set(name, (often.get(name) ?? 0) + 1)
  return all.map((one) => {
    const byName = often.get(one.name) === 1 && isOfferable(one.name) && !/^\d+$/.test(one.name)
    return { value: byName ? one.name : String(one.id), about: about(one) }
  })
}

async function addresses(cli: Cli, given: ReadonlyMap<string, string>): Promise<readonly Candidate[]> {
  const { host, vm } = Object.fromEntries(given)
  if (host !== undefined) {
    const path = `${apiPath('devices')}?host=${encodeURIComponent(host)}`
    const devices = await callApi<readonly DeviceView[]>(cli.ports, 'GET', path)
    return devices
      .filter(({ offered }) => offered)
      .map(({ address, deviceName, state }) => ({
        value: shortAddress(address),
        about: `${state} ${deviceName ?? ''}`,
      }))
  }
  if (vm === undefined) return []
  const { devices } = await callApi<VmView>(cli.ports, 'GET', apiPath('vms', vm))
  return devices.flatMap(({ address, role, name }) => {
    const parsed = parseAddress(address)
    return role === 'passed' && parsed !== null ? [{ value: shortAddress(parsed), about: name ?? '' }] : []
  })
}

/**
 * `kind` = the name that help gives the argument or the option's value; `group` = the command's group; `given` = those that
 * stand before it, by their names. An unknown kind has no candidates.
 */
export async function namesOf(
  cli: Cli,
  kind: string,
  group: string,
  given: ReadonlyMap<string, string>,
): Promise<Candidates> {
  const get = <T>(path: string) => callApi<T>(cli.ports, 'GET', apiPath(path))
  switch (kind) {
    case 'host':
      return named(await get<readonly HostSummary[]>('hosts'), ({ state }) => state)
    case 'vm':
      return named(
        await get<readonly VmSummary[]>('vms'),
        ({ state, hostName }) => `${state} ${hostName ?? ''}`,
      )
    case 'template':
      return named(await get<readonly TemplateView[]>('templates'), () => 'template')
    case 'address':
      return addresses(cli, given)
    case 'file':
    case 'dir':
      return 'files'
    case 'name':
      return group === 'schema' ? schemas(cli) : contexts(cli, group)
    default:
      return []
  }
}

async function schemas(cli: Cli): Promise<readonly Candidate[]> {
  return (await cli.ports.schemaNames()).map((value) => ({ value, about: '' }))
}

/** Not the name of something new: that is the person's to choose. */
function contexts(cli: Cli, group: string): readonly Candidate[] {
  if (group !== 'context' && group !== '') return []
  return contextViews(cli.ports.contexts.read()).map(({ name, server }) => ({
    value: name,
    about: server ?? 'this machine',
  }))
}
