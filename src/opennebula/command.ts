/** `berth opennebula ...`: the table of what extends an OpenNebula; each command's module is loaded when it is called. */

export interface OpenNebulaIo {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly environment: Readonly<Record<string, string | undefined>>
  stdout(text: string): void
  stderr(text: string): void
  /** The path of a file that ships beside the program, such as `opennebula-probe.cjs`. */
  distFile(name: string): string
  /** Has `stop` called when a signal asks to end. */
  onStop(stop: () => void): void
}

/** Gets what stands behind its name; gives the exit status: 0 done, 1 refused or failed, 2 wrong usage. */
export type OpenNebulaCommand = (argv: readonly string[], io: OpenNebulaIo) => Promise<number>

const COMMANDS: Readonly<Record<string, () => Promise<OpenNebulaCommand>>> = {
  'install-probe': async () => (await import('./install-probe/command.ts')).installProbeCommand,
  place: async () => (await import('./place.ts')).placeCommand,
  'install-scheduler': async () => (await import('./install-scheduler.ts')).installSchedulerCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
}

const HELP = `berth opennebula - extend an OpenNebula installation

  berth opennebula install-probe DIR      replace its PCI probe in the remotes folder DIR
  berth opennebula install-scheduler DIR  make Berth a scheduler of OpenNebula 7, in its remotes folder DIR
  berth opennebula place                  plan the pending VMs that OpenNebula 7 writes to standard input
  berth opennebula serve                  answer as the External Scheduler of OpenNebula 6.8 to 6.10

  berth opennebula NAME --help tells each one's options.

Examples:
  $ berth opennebula install-probe /var/lib/one/remotes
  $ berth opennebula install-scheduler /var/lib/one/remotes
`

/** Exit status of the command named first. Rejects for programming errors, and for what a command cannot do (a BerthError). */
export async function runOpenNebula(argv: readonly string[], io: OpenNebulaIo): Promise<number> {
  const [name = '', ...rest] = argv
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout(HELP)
    return 0
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined) {
    const known = Object.keys(COMMANDS).join(', ')
    io.stderr(name === '' ? HELP : `berth opennebula: there is no command "${name}"; there are ${known}\n`)
    return 2
  }
  return (await load())(rest, io)
}
