/** `berth token join`, and what a host that was just added prints, too: the command to type on that host. */
import type { Command } from 'commander'
import type { JoinTokenView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { duration } from '../text/duration.ts'
import { printable } from '../text/printable.ts'

export interface JoinOptions extends JsonOption {
  /** Seconds; an hour where it is left out. */
  readonly expires?: number
  /** Where that host reaches the controller; what the controller knows of itself where it is left out. */
  readonly url?: string
}

/** Gives a command the options of `JoinOptions`. */
export function joinOptions(command: Command): Command {
  return command
    .option('--expires <time>', 'how long the token is good, 7d at most (default: 1h)', duration)
    .option('--url <url>', 'where that host reaches the controller (default: where it listens)')
}

/** A join token for a host that is there already. */
export function newJoinToken(cli: Cli, host: string, { expires }: JoinOptions): Promise<JoinTokenView> {
  const body = given({ expiresSeconds: expires })
  return callApi<JoinTokenView>(cli.ports, 'POST', apiPath('hosts', host, 'join-tokens'), body)
}

/** The command alone on standard output, so that a script can take it; what it means on standard error. */
export function printJoin(cli: Cli, options: JoinOptions, token: JoinTokenView): void {
  const { hostName, expiresAt, server } = token
  const url = options.url ?? server
  print(cli, options, { ...token, server: url }, () => `${joinLine(token.token, url)}\n`)
  if (options.json) return
  const where = url === null ? ', with the controller in the place of URL' : ''
  cli.ports.stderr(
    `${printable(`On ${hostName}, as root, until ${expiresAt}, once${where}; then: berth agent run`)}\n`,
  )
}

const joinLine = (token: string, url: string | null): string =>
  `berth agent join --server ${url === null ? 'URL' : printable(url)} --token ${printable(token)}`

export function joinCommand(group: Command, cli: Cli): void {
  const join = leaf(
    group
      .command('join')
      .description('let a machine in as the agent of a host, once; prints what to type there'),
    ['token join kvm-b', 'token join kvm-b --expires 10m --url https://controller:2634'],
  ).argument('<host>', 'id or name of a host that was added with --agent', nameArgument)
  joinOptions(join).action(async (host: string, options: JoinOptions) => {
    printJoin(cli, options, await newJoinToken(cli, host, options))
  })
}
