/** The door for people: reads a command line, calls the API, prints, and gives the exit status. */
import { Command, CommanderError } from 'commander'
import type { Cli } from './command.ts'
import { reportFailure, SUCCESS, USAGE } from './failure.ts'
import { GROUPS, type Group, isPassedOn, type PassedOn } from './groups.ts'
import type { CliPorts } from './ports.ts'

const ABOUT =
  'Berth gives physical PCI devices to virtual machines: it finds them on KVM hosts, picks host and devices for each VM, and hands them over through libvirt.'

const AFTER = `
Exit status: 0 = done, 1 = refused or failed (the message says why), 2 = wrong usage.

Examples:
  $ berth demo
  $ berth host add kvm-a --driver libvirt --filter 10de:
  $ berth template check gpu.template`

/** Where the command's name stands in the arguments; -1 = there is none. */
function commandIndex(argv: readonly string[]): number {
  return argv.findIndex((word, index) => !word.startsWith('-') && argv[index - 1] !== '--db')
}

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

async function buildProgram(cli: Cli, invoked: string | undefined): Promise<Command> {
  const root = rootCommand(cli.ports)
  for (const group of GROUPS) {
    const command = root.command(group.name).description(group.summary).helpGroup(group.heading)
    if (group.name === invoked && !isPassedOn(group)) (await group.load())(command, cli)
  }
  return root
}

/** `help vm` means `vm --help`; of what there is not, there is no help. */
function withoutHelpWord(argv: readonly string[]): readonly string[] {
  const index = commandIndex(argv)
  if (argv[index] !== 'help') return argv
  const rest = argv.filter((_, at) => at !== index)
  const named = rest[commandIndex(rest)]
  return named === undefined || GROUPS.some(({ name }) => name === named) ? [...rest, '--help'] : rest
}

async function dispatch(argv: readonly string[], cli: Cli): Promise<void> {
  const index = commandIndex(argv)
  const group: Group | PassedOn | undefined = GROUPS.find(({ name }) => name === argv[index])
  if (group !== undefined && isPassedOn(group))
    return cli.finish(await cli.ports[group.name](argv.slice(index + 1)))
  const program = await buildProgram(cli, group?.name)
  await program.parseAsync(argv, { from: 'user' })
}

/**
 * Runs one command line (without `node` and the program's name).
 * Gives 0 when it was done, 1 when something was refused or failed (told on standard error), 2 on wrong usage.
 * Never rejects: the ports are closed in any case, and a failure to do so counts as one.
 */
export async function runCli(argv: readonly string[], ports: CliPorts): Promise<number> {
  let status = SUCCESS
  const cli: Cli = {
    ports,
    finish: (given) => {
      status = given
    },
  }
  const failure = await failureOf(() => dispatch(withoutHelpWord(argv), cli))
  if (failure !== null) status = statusOf(ports, failure.error)
  const closing = await failureOf(() => ports.close())
  // What could not be opened cannot be closed either: told once.
  if (closing !== null && closing.error !== failure?.error) status = reportFailure(ports, closing.error)
  return status
}

async function failureOf(work: () => Promise<void>): Promise<{ readonly error: unknown } | null> {
  try {
    await work()
    return null
  } catch (error) {
    return { error }
  }
}

/** Commander has told what it found wrong, or printed the help that was asked for. */
function statusOf(ports: CliPorts, error: unknown): number {
  if (!(error instanceof CommanderError)) return reportFailure(ports, error)
  return error.exitCode === 0 ? SUCCESS : USAGE
}
