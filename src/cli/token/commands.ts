/** `berth token`: who is let in, people and programs by tokens, hosts by join tokens. */
import { type Command, Option } from 'commander'
import { ROLES, type Role } from '../../model/identity.ts'
import type { NewTokenView, TokenView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, nothing, print } from '../command.ts'
import { type List, type ListOptions, listOptions, printList } from '../list/list.ts'
import { timeText } from '../text/amounts.ts'
import { durationOrNever } from '../text/duration.ts'
import { printable } from '../text/printable.ts'
import { joinCommand } from './join.ts'

/** Of a token that nobody said otherwise of: it is to be thought of again. */
const DEFAULT_EXPIRY = 90 * 86400

const TOKEN_LIST: List<TokenView> = {
  columns: [
    { name: 'NAME', width: 16, shrinks: true, cell: ({ name }) => name },
    { name: 'USER', width: 12, cell: ({ user }) => user },
    { name: 'ROLE', width: 8, cell: ({ role }) => role },
    { name: 'STATE', width: 7, cell: ({ state }) => state },
    {
      name: 'EXPIRES',
      width: 20,
      cell: ({ expiresAt }) => (expiresAt === null ? 'never' : timeText(expiresAt)),
      fact: ({ expiresAt }) => expiresAt,
    },
    { name: 'USED', width: 20, cell: ({ usedAt }) => timeText(usedAt), fact: ({ usedAt }) => usedAt },
    {
      name: 'CREATED',
      width: 20,
      cell: ({ createdAt }) => timeText(createdAt),
      fact: ({ createdAt }) => createdAt,
    },
    { name: 'BY', width: 12, cell: ({ createdBy }) => createdBy },
  ],
  shown: ['NAME', 'USER', 'ROLE', 'STATE', 'EXPIRES', 'USED'],
}

interface CreateOptions extends JsonOption {
  readonly role: Role
  readonly user?: string
  readonly expires?: number | 'never'
}

function createCommand(group: Command, cli: Cli): void {
  leaf(
    group
      .command('create')
      .description(
        'make a token for a person or a program; its secret is printed this once, and only its hash is kept',
      ),
    ['token create alice --role user', 'token create backup-job --role viewer --user ops --expires 365d'],
  )
    .argument('<name>', 'what to call the token', nameArgument)
    .addOption(
      new Option(
        '--role <role>',
        'what it may: viewer reads, user has VMs of its own, operator runs hosts, admin rights',
      )
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option('--user <user>', 'the user that it speaks for, and whose its VMs are (default: NAME)')
    .option('--expires <time>', 'how long it is good: 12h, 30d, never (default: 90d)', durationOrNever)
    .action(async (name: string, options: CreateOptions) => {
      const { role, user, expires } = options
      const expiresSeconds = expires === 'never' ? null : (expires ?? DEFAULT_EXPIRY)
      const body = { ...given({ name, role, user }), expiresSeconds }
      const token = await callApi<NewTokenView>(cli.ports, 'POST', apiPath('tokens'), body)
      print(cli, options, token, ({ token: secret }) => `${printable(secret)}\n`)
      if (options.json) return
      const until = token.expiresAt === null ? 'until it is revoked' : `until ${token.expiresAt}`
      cli.ports.stderr(`${printable(`${role} for ${token.user}, ${until}; shown this once`)}\n`)
    })
}

export function tokenCommands(group: Command, cli: Cli): void {
  createCommand(group, cli)

  const list = leaf(
    group.command('list').description('list the tokens; without their secrets, which nobody has'),
    ['token list', 'token list -f STATE=expired'],
  )
  listOptions(list, TOKEN_LIST).action(async (options: ListOptions) => {
    printList(
      cli,
      TOKEN_LIST,
      await callApi<readonly TokenView[]>(cli.ports, 'GET', apiPath('tokens')),
      options,
    )
  })

  leaf(group.command('revoke').description('make a token void, from now on'), ['token revoke alice'])
    .argument('<name>', 'the name of the token', nameArgument)
    .action(async (name: string, options: JsonOption) => {
      print(cli, options, await callApi(cli.ports, 'DELETE', apiPath('tokens', name)), nothing)
    })

  joinCommand(group, cli)

  leaf(
    group
      .command('revoke-host')
      .description(
        "bar a host's agent, from now on: its credential and join tokens are void; VMs there go on",
      ),
    ['token revoke-host kvm-b'],
  )
    .argument('<host>', 'id or name', nameArgument)
    .action(async (host: string, options: JsonOption) => {
      print(cli, options, await callApi(cli.ports, 'POST', apiPath('hosts', host, 'revoke')), nothing)
    })
}
