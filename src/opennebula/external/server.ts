/** The External Scheduler's door: one POST per cycle, answered in one piece. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { BerthError, InvalidInput } from '../../model/errors.ts'

/** 1,000 VMs with 2,500 hosts each are 13 MB. */
const MOST_BYTES = 128 * 1024 * 1024

/** A client that takes longer to send its request is sent away; OpenNebula's is on the same machine, as a rule. */
const TIMEOUTS = { requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 5000 }

/** What is wrong with the request itself. */
const REQUEST = 'external-request'

/** `answer` gives the body for a request's body; its error `external-request` is status 400, another BerthError 502. */
export function externalServer(
  answer: (body: string) => Promise<string>,
  log: (line: string) => void,
): Server {
  return createServer(TIMEOUTS, (request, response) => {
    respond(request, answer).then(
      ([status, body]) => {
        if (status !== 200) log(`answered ${status}: ${body}`)
        send(response, status, body)
      },
      (error) => {
        if (!request.complete) return log('a client broke off its request')
        log(error instanceof Error ? (error.stack ?? error.message) : String(error))
        send(response, 500, 'internal error')
      },
    )
  })
}

async function respond(
  request: IncomingMessage,
  answer: (body: string) => Promise<string>,
): Promise<readonly [status: number, body: string]> {
  if (request.method !== 'POST') return [405, 'POST the request of an OpenNebula scheduler']
  try {
    return [200, await answer(await bodyOf(request))]
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return [error.code === REQUEST ? 400 : 502, error.message]
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue
    size += part.length
    if (size > MOST_BYTES)
      throw new InvalidInput(REQUEST, `the request is larger than ${MOST_BYTES / 2 ** 20} MiB`)
    parts.push(part)
  }
  return Buffer.concat(parts, size).toString('utf8')
}

/** Head and body leave in one write: OpenNebula does not wait for a second piece. */
function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': status === 200 ? 'application/json' : 'text/plain',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  })
  response.end(body)
}
