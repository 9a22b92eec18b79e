/** The pieces of the load test: a simulated agent that says what agents say, and figures that count right. */
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { reportFromJson } from '../../src/inventory/document.ts'
import { parseAddress } from '../../src/model/address.ts'
import {
  type AgentMessage,
  type HandedOrder,
  type MessagesRequest,
  type PollAnswer,
  type PollRequest,
  REPORT_SECTIONS,
  type ReportUpdate,
} from '../../src/model/agent-protocol.ts'

interface Figures {
  time(what: string, ms: number): void
  refused(where: string, body: unknown): void
  asked(kind: string, vm: number, at?: number): void
  handed(kind: string, vm: number): void
  ended(kind: string, vm: number): void
  open(kind: string): number
  count(what: string): number
  refusals(): [string, number][]
  table(): string
}
interface Answer {
  readonly status: number
  readonly body: unknown
  readonly ms: number
}
interface Pieces {
  createFigures(now?: () => number): Figures
  percentile(values: readonly number[], percent: number): number
  createSpeaker(options: {
    host: { id: number; name: string }
    call(method: string, path: string, body: unknown): Promise<Answer>
    report: unknown
    figures: Figures
    workMs(): number
    waitSeconds: number
  }): { ready: Promise<void>; run(stop: AbortSignal): Promise<void> }
  reportOf(berth: unknown, name: string, devices: number): { bootId: string }
}

const bench = resolve(import.meta.dirname, '../../bench')
const load = async (file: string): Promise<Pieces> => import(pathToFileURL(join(bench, file)).href)
const { createFigures, percentile } = await load('cluster/figures.mjs')
const { createSpeaker } = await load('cluster/speaker.mjs')
const { reportOf } = await load('cluster-controller/reports.mjs')

const ORDER = { id: 5, vm: 7, host: 3, epoch: 1, cluster: 'c1', kind: 'deploy' }
const DEVICES = [{ address: '0000:10:00.0', role: 'passed' }]
const handed = (order: object): HandedOrder =>
  JSON.parse(
    JSON.stringify({ order: { ...ORDER, devices: DEVICES, ...order }, attempt: 1, journal: [], giving: [] }),
  )

/** A controller that hands out one deploy, then its release, and ends the talk once both were told. */
function controller() {
  const asked: string[] = []
  const updates: ReportUpdate[] = []
  const polls: PollRequest[] = []
  const messages: AgentMessage[] = []
  const stop = new AbortController()
  const waiting = [handed({}), handed({ id: 6, kind: 'release' })]
  const answerPoll = (poll: PollRequest): PollAnswer => {
    polls.push(poll)
    const full = updates.length === 0
    const next = messages.length === 2 - waiting.length ? waiting.shift() : undefined
    if (messages.length === 2) stop.abort()
    const orders = full || next === undefined ? [] : [next]
    if (full && next !== undefined) waiting.unshift(next)
    return { now: 1000, settings: null, orders, errands: [], full }
  }
  const bodyOf = (path: string, body: unknown): unknown => {
    const text = JSON.stringify(body)
    if (path.endsWith('/hello')) return { cluster: 'c1', settings: { filter: null, periods: {} }, now: 1000 }
    if (path.endsWith('/poll')) return answerPoll(JSON.parse(text))
    if (path.endsWith('/report')) return void updates.push(JSON.parse(text))
    const request: MessagesRequest = JSON.parse(text)
    messages.push(...request.messages.map(({ message }) => message))
    return { taken: request.messages.at(-1)?.number }
  }
  const call = async (method: string, path: string, body: unknown): Promise<Answer> => {
    asked.push(`${method} ${path}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
    return { status: 200, body: bodyOf(path, body), ms: 1 }
  }
  return { asked, updates, polls, messages, stop, call }
}

describe('a simulated agent', () => {
  const run = async () => {
    const { call, stop, ...seen } = controller()
    const figures = createFigures()
    figures.asked('deploy', 7)
    figures.asked('release', 7)
    const report = reportOf({ parseAddress }, 'load-3', 4)
    const host = { id: 3, name: 'load-3' }
    await createSpeaker({ host, call, report, figures, workMs: () => 1, waitSeconds: 0 }).run(stop.signal)
    return { ...seen, figures, report }
  }

  test('says hello, then asks; told to report all it sends a report that Berth takes', async () => {
    const { asked, updates, report } = await run()
    expect(asked.slice(0, 3)).toEqual([
      'POST /v1/agents/load-3/hello',
      'POST /v1/agents/load-3/poll',
      'PUT /v1/agents/load-3/report',
    ])
    const [first] = updates
    expect(Object.keys(first?.sections ?? {}).sort()).toEqual([...REPORT_SECTIONS].sort())
    for (const section of REPORT_SECTIONS) expect(first?.hashes[section]).toMatch(/^[0-9a-f]{64}$/)
    const document = {
      schema: 'berth.host-report/1',
      host: 'load-3',
      bootId: report.bootId,
      ...first?.sections,
    }
    expect(reportFromJson(document).devices).toHaveLength(4)
  })

  test('carries orders out, tells the end of each once, and names those that are under way', async () => {
    const { messages, polls, figures } = await run()
    const event = { order: 5, vm: 7, host: 3, epoch: 1, kind: 'running' }
    expect(messages).toEqual([
      { kind: 'event', attempt: 1, event },
      { kind: 'event', attempt: 1, event: { ...event, order: 6, kind: 'released' } },
    ])
    expect(polls.some(({ orders }) => orders.some(({ id, attempt }) => id === 5 && attempt === 1))).toBe(true)
    expect([figures.count('RUNNING'), figures.count('DONE'), figures.open('deploy')]).toEqual([1, 1, 0])
  })
})

describe('figures', () => {
  test.each([
    [[], 50, Number.NaN],
    [[3], 99, 3],
    [[1, 2, 3, 4], 50, 2],
    [Array.from({ length: 200 }, (_, n) => 200 - n), 99, 198],
  ])('the nearest rank of %j at %i %% is %d', (values, percent, expected) => {
    expect(percentile(values, percent)).toBe(expected)
  })

  test('tell a VM’s way from its creation, and refusals by code', () => {
    let now = 100
    const figures = createFigures(() => now)
    figures.asked('deploy', 1)
    now = 150
    figures.handed('deploy', 1)
    now = 400
    figures.ended('deploy', 1)
    figures.ended('deploy', 2)
    figures.refused('create', { code: 'rate-limited' })
    figures.refused('create', null)
    expect(figures.table().split('\n').slice(2)).toEqual([
      '| deploy order handed | 1 | 50 | 50 | 50 |',
      '| RUNNING | 1 | 300 | 300 | 300 |',
    ])
    expect(figures.refusals()).toEqual([
      ['create: rate-limited', 1],
      ['create: unknown', 1],
    ])
  })
})
