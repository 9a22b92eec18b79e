/** `berth demo --serve`: the demo's database goes on as a controller, with the page, on this machine alone. */
import { apiPath, callApi } from './cli/api-client.ts'
import type { DemoCommand, DemoIo } from './demo.ts'
import { DEFAULT_LISTEN, parseListen } from './listen/address.ts'
import { requireFree } from './listen/free.ts'
import { InvalidInput } from './model/errors.ts'
import type { HostSummary, TokenView } from './view/documents.ts'
import { shellWord } from './view/shell-word.ts'

/** The token's name; whoever serves the demo again gets a new secret in its place. */
const TOKEN = 'demo'

/** The address as `serve` takes it. InvalidInput `listen-address`, CommandFailed `cannot-listen`. */
export async function freeAddress(listen: string | null): Promise<string> {
  const text = listen ?? DEFAULT_LISTEN
  const address = parseListen(text)
  if (address === null || !address.loopback)
    throw new InvalidInput(
      'listen-address',
      `the demo is served on this machine only, such as on ${DEFAULT_LISTEN}, not on '${text}': its administrator's token stands on the screen; \`berth serve\` is for others, too`,
      { listen: text },
    )
  await requireFree(address)
  return text
}

export async function hasHosts(database: string, io: DemoIo): Promise<boolean> {
  return (await listed<HostSummary>(database, 'hosts', io)).length > 0
}

async function listed<Row>(database: string, what: string, { portsFor }: DemoIo): Promise<readonly Row[]> {
  const ports = portsFor(['--db', database])
  try {
    return await callApi<readonly Row[]>(ports, 'GET', apiPath(what))
  } finally {
    await ports.close()
  }
}

export interface DemoPlace {
  readonly directory: string
  readonly database: string
  readonly listen: string
}

/** Until SIGINT or SIGTERM; the exit status. */
export async function serveDemo(place: DemoPlace, run: DemoCommand, io: DemoIo): Promise<number> {
  io.stdout('\n== The page, and the loops, until you end them ==\n')
  const tokens = await listed<TokenView>(place.database, 'tokens', io)
  if (tokens.some(({ name }) => name === TOKEN)) {
    const status = await run(['token', 'revoke', TOKEN])
    if (status !== 0) return status
  }
  const said: string[] = []
  const keep = { stdout: (text: string) => void said.push(text) }
  const status = await run(['token', 'create', TOKEN, '--role', 'admin'], () => keep)
  if (status !== 0) return status
  const secret = said.join('').trim()
  return run(['serve', '--listen', place.listen], (own) => ({
    serve: (options) =>
      own.serve({ ...options, listening: (url) => io.stdout(invitation(place, url, secret)) }),
  }))
}

function invitation({ directory }: DemoPlace, url: string, token: string): string {
  return `
  ${url}/#token=${token}     opens signed in
  token: ${token}

Ctrl-C ends it. To go on with it later: berth demo --serve --directory ${shellWord(directory)}

`
}
