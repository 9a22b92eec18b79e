/** A controller's door for tests of the command line: HTTPS with a certificate that nobody signed, a token, and the real API behind. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { Method } from '../../src/cli/ports.ts'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/log.ts'
import { openServices } from '../../src/services.ts'
import { CERTIFICATE, KEY } from '../client/certificate.ts'

export const TOKEN = 'berth_u_e2e'

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Door {
  readonly url: string
  /** `METHOD /path`, in order. */
  readonly requests: string[]
  /** In place of the API, where it gives something; a promise that never settles is a server that is slow. */
  instead: (request: string) => Answer | Promise<Answer> | null
  close(): Promise<void>
}

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] satisfies readonly Method[]
const isMethod = (text: string | undefined): text is Method => METHODS.includes(text ?? '')

export async function openDoor(): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-door-'))
  const config = readConfig({}, join(folder, 'berth.db'))
  const services = await openServices(config, await openLog(config, () => {}))
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method, url = '', headers } = request
    door.requests.push(`${method} ${url}`)
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return { status: 401, body: { code: 'token-unknown', detail: 'the token is not known here' } }
    const other = door.instead(`${method} ${url}`)
    if (other !== null) return other
    if (!isMethod(method)) return { status: 405, body: {} }
    return services.request(method, url, headers['content-length'] ? await json(request) : undefined)
  }
  const server = createServer({ key: KEY, cert: CERTIFICATE }, async (request, response) => {
    const { status, body, headers = {} } = await answer(request)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const door: Door = {
    url: `https://127.0.0.1:${port}`,
    requests: [],
    instead: () => null,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await services.close()
      rmSync(folder, { recursive: true })
    },
  }
  return door
}
