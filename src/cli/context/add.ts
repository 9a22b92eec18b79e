/** `berth context add`: a server is looked at, trusted, and tried with the token, before it is kept. */
import type { Command } from 'commander'
import { parseFingerprint } from '../../client/fingerprint.ts'
import { parseServerUrl } from '../../client/server-url.ts'
import { Conflict, Forbidden, InvalidInput } from '../../model/errors.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { refusalOf } from '../failure.ts'
import { printable } from '../text/printable.ts'
import { requireName, tokenOf, withContext } from './contexts.ts'
import { shownContext } from './shown.ts'
import type { ContextView } from './view.ts'

interface AddOptions extends JsonOption {
  readonly replace?: true
}

interface Globals {
  readonly server?: string
  readonly fingerprint?: string
  readonly tokenFile?: string
}

const AFTER = `
The server's address, the fingerprint of its certificate (SHA-256) and a file with the token are given with the global options
--server, --fingerprint and --token-file. Without a file the token is BERTH_TOKEN, or comes on standard input, or is asked for.
A certificate that no authority of this machine vouches for is shown, and trusted only when you say so: compare it with what
the server says of itself.`

/** The fingerprint to pin; null where authorities vouch for the certificate, or there is none. */
async function trusted(cli: Cli, server: string, given: string | undefined): Promise<string | null> {
  if (given !== undefined) {
    const fingerprint = parseFingerprint(given)
    if (fingerprint !== null) return fingerprint
    throw new InvalidInput(
      'fingerprint-invalid',
      `'${given}' is no fingerprint; it must be SHA-256: 64 hexadecimal digits`,
      {
        fingerprint: given,
      },
    )
  }
  const shown = await cli.ports.contexts.certificate(server)
  if (shown === null || shown.trusted) return null
  const { fingerprint } = shown
  cli.ports.stderr(
    `berth: nobody that this machine trusts vouches for the certificate of ${server}\n  SHA-256 ${fingerprint}\n`,
  )
  const answer = await cli.ports.contexts.ask('Is that what the server says of itself? Trust it (yes/no)? ')
  if (answer !== null && /^y(?:es)?$/i.test(answer.trim())) return fingerprint
  const why = answer === null ? 'and nobody is there to ask' : 'and it was not trusted'
  throw new Forbidden(
    'server-untrusted',
    `${server} shows a certificate that this machine does not know, ${why}; compare it with what the server says of itself, then: --fingerprint ${fingerprint}`,
    { server, fingerprint },
  )
}

async function tokenFor(cli: Cli, { tokenFile }: Globals, server: string): Promise<string> {
  const { contexts } = cli.ports
  const text =
    tokenFile === undefined ? await contexts.secret(`Token for ${server}: `) : contexts.readToken(tokenFile)
  return tokenOf(text)
}

export function addCommand(group: Command, cli: Cli): void {
  const add = leaf(
    group
      .command('add')
      .summary('keep a server, with what it takes to reach it, under a name')
      .description(
        'Keeps a server under a name, after it was looked at, trusted and asked something with the token.',
      )
      .addHelpText('after', AFTER),
    [
      'context add lab --server https://ctl.example:2634',
      'context add lab --server https://ctl.example:2634 --fingerprint 5b1f... --token-file ./token',
    ],
  )
    .argument('<name>', 'what to call it', nameArgument)
    .option('--replace', 'in place of the context of that name')
  add.action(async (name: string, options: AddOptions) => {
    const globals = add.optsWithGlobals<Globals>()
    requireName(name)
    if (globals.server === undefined)
      return add.error('error: the server is missing: --server https://HOST:PORT')
    if (!options.replace && cli.ports.contexts.read().contexts.has(name))
      throw new Conflict(
        'context-exists',
        `there is a context ${name}; --replace puts this one in its place`,
        { name },
      )
    parseServerUrl(globals.server)
    const fingerprint = await trusted(cli, globals.server, globals.fingerprint)
    const context = {
      server: globals.server,
      fingerprint,
      token: await tokenFor(cli, globals, globals.server),
    }
    const answer = await cli.ports.contexts.knock(context)
    if (answer.status >= 400) throw refusalOf({ ...answer, from: globals.server })
    const { contexts } = cli.ports
    contexts.write(withContext(contexts.read(), name, context))
    print(cli, options, shownContext(cli, name), addedText)
  })
}

function addedText({ name, server }: ContextView): string {
  return `${printable(`${name} is ${server}: \`berth context use ${name}\` sends every command there, --context ${name} one`)}\n`
}
