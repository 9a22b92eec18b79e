/** `berth agent`: this machine as a host of a controller elsewhere. */
import { type Command, Option } from 'commander'
import type { AgentStatus } from '../../model/agent-status.ts'
import { MACHINES } from '../../model/machines.ts'
import { type Cli, type JsonOption, leaf, logFormatOption, print } from '../command.ts'
import { printable } from '../text/printable.ts'
import { statusText } from './status-text.ts'

interface StateOption extends JsonOption {
  readonly state?: string
}

interface RunOptions extends StateOption {
  readonly logFormat?: 'plain' | 'json'
}

interface JoinOptions extends StateOption {
  readonly server?: string
  readonly token?: string
  readonly uri?: string
  readonly simulator?: string
  readonly fingerprint?: string
  readonly force?: true
}

const STATE = [
  '--state <dir>',
  "the agent's state (default: $BERTH_AGENT_STATE, else /var/lib/berth-agent)",
] as const

export function agentCommands(group: Command, cli: Cli): void {
  runCommand(group, cli)
  joinCommand(group, cli)
  leaf(group.command('status').description('what this machine is joined to, and what waits to be told'), [
    'agent status',
    'agent status --json',
  ])
    .option(...STATE)
    .action(async (options: StateOption) => {
      print(cli, options, await cli.ports.agent.status({ state: options.state ?? null }), statusText)
    })
}

function runCommand(group: Command, cli: Cli): void {
  group
    .command('run', { isDefault: true })
    .summary('probe, report and carry orders out until told to stop')
    .description(
      'Probes this machine, reports what changed to its controller, and carries its orders out, until SIGTERM or SIGINT. It only ever connects outwards. Exit status 3: another agent speaks for this host now.',
    )
    .option(...STATE)
    .addOption(logFormatOption())
    .addHelpText('after', '\nExample:\n  $ berth agent run --state /var/lib/berth-agent')
    .action(async ({ state, logFormat }: RunOptions) => {
      cli.finish(await cli.ports.agent.run({ state: state ?? null, logFormat: logFormat ?? null }))
    })
}

function joinCommand(group: Command, cli: Cli): void {
  const join = leaf(group.command('join').description('make this machine a host of a controller'), [
    'agent join --server https://controller:2634 --token berth_j_...',
    'agent join --server http://127.0.0.1:2634 --token berth_j_... --simulator sim-gpu-a100 --state ./host-1',
  ])
    .option('--server <url>', 'the controller: https://HOST:PORT')
    .option('--token <token>', 'what `berth host add --agent` or `berth token join` printed')
    .option(...STATE)
    .option('--uri <uri>', "libvirt's connection URI on this machine (default: qemu:///system)")
    .addOption(
      new Option(
        '--simulator <machine|dir>',
        `a simulated host in place of this machine: ${MACHINES.join(', ')}, or its folder`,
      ).conflicts('uri'),
    )
    .option('--fingerprint <hex>', "SHA-256 of the controller's certificate (default: the token's)")
    .option('--force', 'also where this machine has joined a controller before')
  join.action(async () => {
    // Also where an option of that name before the command took it.
    const options = join.optsWithGlobals<JoinOptions>()
    const { server, token } = options
    if (server === undefined || token === undefined)
      return join.error('berth: --server and --token are needed')
    const status = await cli.ports.agent.join({
      ...{ server, token, force: options.force === true },
      state: options.state ?? null,
      uri: options.uri ?? null,
      simulator: options.simulator ?? null,
      fingerprint: options.fingerprint ?? null,
    })
    print(cli, options, status, joinedText)
  })
}

function joinedText({ host, server, state }: AgentStatus): string {
  return `joined ${printable(server)} as host ${printable(host.name)} (ID ${host.id}); start it: berth agent run --state ${printable(state)}\n`
}
