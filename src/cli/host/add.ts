/** `berth host add`. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { HostDriver } from '../../model/host.ts'
import { MACHINES } from '../../model/machines.ts'
import type { HostView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, leaf, nameArgument, print } from '../command.ts'
import { printable } from '../text/printable.ts'
import { type JoinOptions, joinOptions, newJoinToken, printJoin } from '../token/join.ts'

type Attributes = Readonly<Record<string, string>>

interface AddOptions extends JoinOptions {
  readonly agent?: true
  readonly driver?: HostDriver
  readonly uri?: string
  readonly machine?: string
  readonly cluster?: string
  readonly filter?: readonly string[]
  readonly attribute?: Attributes
}

export function attribute(text: string, before: Attributes = {}): Attributes {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text)
  if (!match) throw new InvalidArgumentError('It must be NAME=value, the name of letters, digits and _.')
  return { ...before, [match[1] ?? '']: match[2] ?? '' }
}

export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

/** `--uri` belongs to libvirt and `--machine` to the simulator; anything else is wrong usage. */
function checkDriverOptions(command: Command, options: AddOptions): void {
  if (options.agent) {
    if (options.driver !== undefined || options.uri !== undefined || options.machine !== undefined)
      command.error('berth: --agent goes without --driver, --uri and --machine: the agent says what is there')
    return
  }
  if (options.driver === undefined)
    command.error(
      "berth: --driver libvirt|simulator says what gives VMs here; --agent, that the host's own agent does",
    )
  if (options.driver === 'simulator' && options.uri !== undefined)
    command.error('berth: --uri goes with --driver libvirt; a simulated host takes --machine')
  if (options.driver === 'libvirt' && options.machine !== undefined)
    command.error('berth: --machine goes with --driver simulator; a libvirt host takes --uri')
}

export function addCommand(group: Command, cli: Cli): void {
  const add = leaf(group.command('add').description('add a host and probe it'), [
    'host add kvm-a --driver libvirt --filter 10de:,15b3::0200 --attribute RACK=7',
    'host add sim-1 --driver simulator --machine sim-gpu-a100',
    'host add kvm-b --agent --filter 10de:',
  ])
    .argument('<name>', 'what to call it', nameArgument)
    .addOption(
      new Option('--driver <driver>', "this machine's libvirt, or a simulated host").choices([
        'libvirt',
        'simulator',
      ]),
    )
    .option('--agent', 'another machine: its own agent probes it and carries orders out')
    .option('--uri <uri>', "libvirt's connection URI, a local one (default: qemu:///system)")
    .option(
      '--machine <machine>',
      `which server to simulate: ${MACHINES.join(', ')} (default: ${MACHINES[0]})`,
    )
    .option('--cluster <cluster>', 'cluster it belongs to (default: default)')
    .option('--filter <filter>', 'devices to offer, vendor:device:class; repeatable (default: all)', collect)
    .option('--attribute <name=value>', 'for SCHED_REQUIREMENTS and SCHED_RANK; repeatable', attribute)
  joinOptions(add)
  add.action(async (name: string, options: AddOptions) => {
    checkDriverOptions(add, options)
    const host = await callApi<HostView>(
      cli.ports,
      'POST',
      apiPath('hosts'),
      given({
        name,
        agent: options.agent,
        driver: options.driver,
        uri: options.uri,
        machine: options.machine,
        cluster: options.cluster,
        filter: options.filter?.join(','),
        attributes: options.attribute,
      }),
    )
    print(cli, options, host, ({ id }) => `ID: ${id}\n`)
    // With --json there is one document: `token join` makes another.
    if (options.agent && !options.json) printJoin(cli, options, await newJoinToken(cli, name, options))
    if (host.failure !== null)
      cli.ports.stderr(`berth: ${printable(`${name} was added, but could not be probed: ${host.failure}`)}\n`)
  })
}
