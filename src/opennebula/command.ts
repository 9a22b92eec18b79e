/** `berth opennebula COMMAND`: the table of what works with an OpenNebula front-end, each loaded when it is called. */

/** What the commands are given by main.ts. */
export interface OpennebulaIo {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** This program: the Node that runs it, and its file. */
  readonly program: { readonly node: string; readonly script: string }
  stdout(text: string): void
  stderr(text: string): void
  /** Has `stop` called when a signal asks to end. */
  onStop(stop: () => void): void
}

/** Reads the arguments after the command's name; gives the exit status. */
export type Run = (argv: readonly string[], io: OpennebulaIo) => Promise<number>

interface Subcommand {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<Run>
}

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'place',
    summary: 'plan the pending VMs that OpenNebula 7 writes to standard input',
    load: async () => (await import('./place.ts')).runPlace,
  },
  {
    name: 'install-scheduler',
    summary: "make Berth one of OpenNebula 7's schedulers",
    load: async () => (await import('./install-scheduler.ts')).runInstallScheduler,
  },
  {
    name: 'serve',
    summary: 'answer as the External Scheduler of OpenNebula 6.8 to 6.10',
    load: async () => (await import('./serve.ts')).runServe,
  },
]

const USAGE = `Usage: berth opennebula COMMAND

Works with an OpenNebula front-end; docs/opennebula.md tells how to set it up.

Commands:
${SUBCOMMANDS.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`).join('\n')}

Examples:
  $ berth opennebula install-scheduler /var/lib/one/remotes
  $ berth opennebula place --help
`

/** Exit status of the command; 2 for wrong usage. */
export async function runOpennebula(argv: readonly string[], io: OpennebulaIo): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--help' || name === '-h') {
    io.stdout(USAGE)
    return 0
  }
  const subcommand = SUBCOMMANDS.find((known) => known.name === name)
  if (subcommand !== undefined) return (await subcommand.load())(rest, io)
  io.stderr(`berth opennebula: ${name === undefined ? 'expected a command' : `unknown command ${name}`}\n`)
  io.stderr('(--help tells how it is used)\n')
  return 2
}
