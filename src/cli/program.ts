/** The tree of commands: what the command line is parsed with, completed by and documented from. */
import { Command, Option } from 'commander'
import type { Cli } from './command.ts'
import { GROUPS, isPassedOn } from './groups.ts'
import type { CliPorts } from './ports.ts'

const ABOUT =
  'Berth gives physical PCI devices to virtual machines: it finds them on KVM hosts, picks host and devices for each VM, and hands them over through libvirt.'

const AFTER = `
Exit status: 0 = done, 1 = refused or failed (the message says why), 2 = wrong usage.

Examples:
  $ berth demo
  $ berth host add kvm-a --driver libvirt --filter 10de:
  $ berth template check gpu.template`

function rootCommand(ports: CliPorts): Command {
  return new Command('berth')
    .description(ABOUT)
    .version(ports.version, '-V, --version', 'print the version')
    .option('--db <url>', 'database: a file or postgres://... (default: $BERTH_DB, else berth.db)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => ports.stdout(text),
      writeErr: (text) => ports.stderr(text),
      getOutHelpWidth: () => (ports.isTty ? ports.columns : 100),
      outputError: (text, write) => write(text.replace(/^error: /, 'berth: ')),
    })
    .showHelpAfterError('(--help tells how it is used)')
    .helpCommand(false)
    .addHelpText('after', AFTER)
    .exitOverride()
}

/** What leads away from this machine: of groups that are about this machine, only what their own commands declare. */
function elsewhereOptions(): readonly Option[] {
  return [
    new Option(
      '--server <url>',
      'a server in place of a database: https://HOST:PORT (default: $BERTH_SERVER)',
    ).conflicts(['db', 'context']),
    new Option(
      '--context <name>',
      'a server of `berth context`; local = this machine (default: $BERTH_CONTEXT)',
    ).conflicts('db'),
    new Option(
      '--token-file <file>',
      "the server's token (default: the context's; with --server $BERTH_TOKEN)",
    ),
    new Option(
      '--fingerprint <hex>',
      "SHA-256 of the server's certificate (default: the context's; with --server $BERTH_FINGERPRINT)",
    ),
  ]
}

/** All groups by name and summary; with their commands those that `loaded` names. */
export async function buildProgram(cli: Cli, loaded: (name: string) => boolean): Promise<Command> {
  const root = rootCommand(cli.ports)
  const shown = GROUPS.filter(({ name }) => loaded(name))
  const machine = shown.length === 1 && shown[0]?.machine === true
  if (!machine) for (const option of elsewhereOptions()) root.addOption(option)
  for (const group of GROUPS) {
    const command = root.command(group.name).description(group.summary).helpGroup(group.heading)
    if (!isPassedOn(group) && loaded(group.name)) (await group.load())(command, cli)
  }
  return root
}

/** Whether a command of the group has an option of that name of its own. */
export function declares(program: Command, group: string, option: string): boolean {
  const below = program.commands.find((command) => command.name() === group)
  if (below === undefined) return false
  return [below, ...below.commands].some(({ options }) => options.some(({ long }) => long === option))
}
