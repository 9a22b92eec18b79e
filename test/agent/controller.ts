/** A controller of a few lines over real HTTP, for agents' tests: it remembers what it was told, hands over orders, and misbehaves on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  type AgentMessage,
  type AgentSettings,
  DEFAULT_PERIODS,
  type Errand,
  type HandedOrder,
  type Hello,
  type MessagesRequest,
  type PollRequest,
  type ReportUpdate,
} from '../../src/model/agent-protocol.ts'
import { CERTIFICATE, KEY } from '../client/certificate.ts'

export type Path = 'hello' | 'report' | 'messages' | 'poll' | 'join'

export interface Request {
  readonly path: Path
  readonly body: unknown
  readonly authorization: string | null
}

/** What is done to a request: `lost` = nothing of it arrives; `unanswered` = it was taken in, and the answer is lost; else a refusal. */
export type Mishap = 'lost' | 'unanswered' | { readonly status: number; readonly code: string }

export interface StubController {
  readonly url: string
  readonly requests: Request[]
  /** What was taken in, in order. */
  readonly messages: AgentMessage[]
  readonly reports: ReportUpdate[]
  /** Hashes of the pieces that it has. */
  readonly base: Map<string, string>
  /** Handed at every poll that does not name them, until their end was told. */
  readonly orders: HandedOrder[]
  readonly errands: Errand[]
  /** Of orders that the agent has: nobody waits for these. */
  readonly ended: Set<number>
  settings: AgentSettings
  cluster: string
  credential: string
  /** What its clock shows. */
  now: () => number
  full: boolean
  incarnation: string | null
  /** Hands everything over at every poll, known or not. */
  forgetful: boolean
  /** Asked for every request; null = none. */
  mishap: (request: Request) => Mishap | null
  /** What it was told of that kind. */
  told<K extends AgentMessage['kind']>(kind: K): Extract<AgentMessage, { kind: K }>[]
  /** Another one in its place, at the same address: it knows nothing. */
  restart(): void
  /** Nobody answers until `start`. */
  stop(): Promise<void>
  start(): Promise<void>
}

export interface StubOptions {
  readonly tls?: boolean
}

/** How long a poll waits for news, whatever was asked for. */
const POLL_MS = 40

export async function stubController({ tls = false }: StubOptions = {}): Promise<StubController> {
  let server: Server | null = null
  let port = 0
  let lastMessage = 0
  let lastReport = 0
  const stub: StubController = {
    get url() {
      return `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
    },
    ...{
      requests: [],
      messages: [],
      reports: [],
      base: new Map(),
      orders: [],
      errands: [],
      ended: new Set(),
    },
    settings: { filter: null, periods: DEFAULT_PERIODS },
    ...{ cluster: 'db-1', credential: 'berth_a_secret', now: Date.now, full: true },
    ...{ incarnation: null, forgetful: false, mishap: () => null },
    told: (kind) => stub.messages.filter((message): message is never => message.kind === kind),
    restart: () => {
      stub.base.clear()
      stub.incarnation = null
      lastMessage = 0
      lastReport = 0
      stub.full = true
    },
    stop: async () => {
      const old = server
      server = null
      if (old === null) return
      await new Promise<void>((resolve) => {
        old.close(() => resolve())
        old.closeAllConnections()
      })
    },
    start: async () => {
      const made = tls ? createTlsServer({ key: KEY, cert: CERTIFICATE }) : createServer()
      made.on('request', (request, response) => void serve(request, response))
      await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', resolve))
      port = (made.address() as AddressInfo).port
      server = made
    },
  }

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const path = incoming.url === '/v1/join' ? 'join' : incoming.url?.split('/').at(-1)
    const request: Request = {
      path: path as Path,
      body: JSON.parse(Buffer.concat(chunks).toString() || 'null'),
      authorization: incoming.headers.authorization ?? null,
    }
    stub.requests.push(request)
    const mishap = stub.mishap(request)
    if (mishap === 'lost') return void incoming.socket.destroy()
    const { status, body } =
      typeof mishap === 'object' && mishap !== null
        ? refusal(mishap.status, mishap.code)
        : await answer(request)
    if (mishap === 'unanswered') return void incoming.socket.destroy()
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? '' : JSON.stringify(body))
  }

  const answer = async ({ path, body, authorization }: Request) => {
    if (path === 'join') return join(stub)
    if (authorization !== `Bearer ${stub.credential}`) return refusal(401, 'credential-unknown')
    if (path === 'hello') return hello(body as Hello)
    if ((body as Hello).incarnation !== stub.incarnation)
      return refusal(409, 'agent-superseded', { present: stub.incarnation })
    if (path === 'report') return report(body as ReportUpdate)
    return path === 'messages' ? messages(body as MessagesRequest) : poll(stub, body as PollRequest)
  }

  const hello = ({ incarnation }: Hello) => {
    if (incarnation !== stub.incarnation) {
      lastMessage = 0
      lastReport = 0
    }
    stub.incarnation = incarnation
    stub.full = true
    return { status: 200, body: { cluster: stub.cluster, settings: stub.settings, now: stub.now() } }
  }

  const report = (update: ReportUpdate) => {
    if (update.number <= lastReport) return refusal(409, 'report-replayed')
    const missing = Object.entries(update.hashes).filter(
      ([name, hash]) => !(name in update.sections) && stub.base.get(name) !== hash,
    )
    if (missing.length > 0) return refusal(409, 'report-base-unknown')
    for (const [name, hash] of Object.entries(update.hashes)) stub.base.set(name, hash)
    lastReport = update.number
    stub.reports.push(update)
    stub.full = false
    return { status: 204, body: undefined }
  }

  const messages = (told: MessagesRequest) => {
    for (const { number, message } of told.messages) {
      if (number <= lastMessage) continue
      lastMessage = number
      stub.messages.push(message)
    }
    return { status: 200, body: { taken: lastMessage } }
  }

  await stub.start()
  return stub
}

function refusal(status: number, code: string, facts = {}) {
  return { status, body: { status, code, detail: `refused: ${code}`, facts } }
}

function join({ cluster, credential }: StubController) {
  return { status: 200, body: { host: { id: 1, name: 'kvm-a' }, credential, cluster } }
}

async function poll(stub: StubController, request: PollRequest) {
  const known = new Set(request.orders.map(({ id, attempt }) => `${id}/${attempt}`))
  const ended = new Set(
    stub.messages.flatMap((message) =>
      message.kind === 'event' ? [`${message.event.order}/${message.attempt}`] : [],
    ),
  )
  const orders = () =>
    stub.orders.filter(({ order, attempt }) => {
      if (stub.ended.has(order.id)) return false
      const key = `${order.id}/${attempt}`
      return stub.forgetful || !(known.has(key) || ended.has(key) || isRefused(stub, order.id, attempt))
    })
  const answered = new Set(stub.told('errand').map(({ errand }) => errand))
  const errands = () => stub.errands.filter(({ id }) => !answered.has(id) && !request.errands.includes(id))
  const end = Date.now() + Math.min(request.wait * 1000, POLL_MS)
  while (Date.now() < end && orders().length === 0 && errands().length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5))
  const { settings, full } = stub
  const withdrawn = request.orders.map(({ id }) => id).filter((id) => stub.ended.has(id))
  const body = { now: stub.now(), settings, orders: orders(), ended: withdrawn, errands: errands(), full }
  return { status: 200, body }
}

const isRefused = (stub: StubController, id: number, attempt: number) =>
  stub.told('refused').some((message) => message.order === id && message.attempt === attempt)
