/** `berth opennebula ...`: the table of what extends an OpenNebula; each command's module is loaded when it is called. */

export interface OpenNebulaIo {
  stdout(text: string): void
  stderr(text: string): void
  /** The path of a file that ships beside the program, such as `opennebula-probe.cjs`. */
  distFile(name: string): string
}

/** Gets what stands behind its name; gives the exit status: 0 done, 1 refused or failed, 2 wrong usage. */
export type OpenNebulaCommand = (argv: readonly string[], io: OpenNebulaIo) => Promise<number>

const COMMANDS: Readonly<Record<string, () => Promise<OpenNebulaCommand>>> = {
  'install-probe': async () => (await import('./install-probe/command.ts')).installProbeCommand,
}

const HELP = `berth opennebula - extend an OpenNebula installation

  berth opennebula install-probe DIR   replace its PCI probe in the remotes folder DIR

  berth opennebula NAME --help tells each one's options.

Example:
  $ berth opennebula install-probe /var/lib/one/remotes
`

/** Exit status of the command named first. Rejects for programming errors only. */
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
