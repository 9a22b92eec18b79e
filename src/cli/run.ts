/** The door for people: reads a command line, calls the API, prints, and gives the exit status. */
import { CommanderError } from 'commander'
import type { Cli } from './command.ts'
import { COMPLETE } from './completion/line.ts'
import { reportFailure, SUCCESS, USAGE } from './failure.ts'
import { commandIndex, elsewhereOption } from './global-options.ts'
import { GROUPS, isPassedOn } from './groups.ts'
import type { CliPorts } from './ports.ts'
import { buildProgram, declares } from './program.ts'

/** `help vm` means `vm --help`; of what there is not, there is no help. */
function withoutHelpWord(argv: readonly string[]): readonly string[] {
  const index = commandIndex(argv)
  if (argv[index] !== 'help') return argv
  const rest = argv.filter((_, at) => at !== index)
  const named = rest[commandIndex(rest)]
  return named === undefined || GROUPS.some(({ name }) => name === named) ? [...rest, '--help'] : rest
}

async function dispatch(argv: readonly string[], cli: Cli): Promise<void> {
  if (argv[0] === COMPLETE) return (await import('./completion/complete.ts')).complete(argv.slice(1), cli)
  const index = commandIndex(argv)
  const group = GROUPS.find(({ name }) => name === argv[index])
  const program = await buildProgram(cli, (name) => name === group?.name)
  const elsewhere = group?.machine ? elsewhereOption(argv) : null
  if (group !== undefined && elsewhere !== null && !declares(program, group.name, elsewhere)) {
    cli.ports.stderr(`berth: ${group.name} is about this machine: it takes no ${elsewhere}\n`)
    return cli.finish(USAGE)
  }
  if (group !== undefined && isPassedOn(group))
    return cli.finish(await cli.ports[group.name](argv.slice(index + 1)))
  await program.parseAsync(argv, { from: 'user' })
}

/** Again and again where the command asks for it, until somebody interrupts. */
async function dispatchRepeatedly(
  argv: readonly string[],
  ports: CliPorts,
  finish: Cli['finish'],
): Promise<void> {
  for (;;) {
    const asked: { seconds: number | null } = { seconds: null }
    const repeat = (seconds: number) => {
      ports.awaitInterrupt()
      asked.seconds = seconds
    }
    await dispatch(argv, { ports, finish, repeat })
    if (asked.seconds === null || !(await ports.pause(asked.seconds * 1000))) return
  }
}

/**
 * Runs one command line (without `node` and the program's name).
 * Gives 0 when it was done, 1 when something was refused or failed (told on standard error), 2 on wrong usage.
 * Never rejects: the ports are closed in any case, and a failure to do so counts as one.
 */
export async function runCli(argv: readonly string[], ports: CliPorts): Promise<number> {
  let status = SUCCESS
  const finish = (given: number) => {
    status = given
  }
  const failure = await failureOf(() => dispatchRepeatedly(withoutHelpWord(argv), ports, finish))
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
