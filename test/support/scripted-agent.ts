/** A controller on a real database and agents that a test tells what to do: they speak the protocol to its API, in this process. */
import { createHash, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { buildApi } from '../../src/api/app.ts'
import { type AgentPort, createAgentPort } from '../../src/controller/agents/port.ts'
import { createController } from '../../src/controller/controller.ts'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { insertAgent } from '../../src/database/agents.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import {
  type AgentMessage,
  DEFAULT_PERIODS,
  type HandedOrder,
  type PollAnswer,
  REPORT_SECTIONS,
  type ReportSection,
} from '../../src/model/agent-protocol.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { hostReportToDocument } from '../../src/model/host-report-document.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import { carryOut, type FakeHost, fakeHost } from '../api/world.ts'
import { CAPACITY, report } from './reports.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what it is, is what the tests check
  readonly body: any
}

export interface AgentWorld {
  readonly database: Database
  readonly deps: ControllerDeps
  readonly app: FastifyInstance
  readonly port: AgentPort
  readonly logged: string[]
  /** On the controller's clock, which goes on by 1 ms whenever it is asked. */
  now: number
  /** Whatever sleeps in the controller lets this happen. */
  meanwhile: (() => Promise<unknown>) | null
  /** What was heard last is written down now. */
  listen(): Promise<void>
  /** As an operator. */
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown): Promise<Answer>
  /** A host that its agent has joined, and said nothing yet. */
  host(name: string, devices?: readonly ReportedDevice[]): Promise<ScriptedAgent>
  cycle(): Promise<unknown>
}

export interface ScriptedAgent {
  readonly id: number
  readonly name: string
  /** The machine as it is. */
  readonly machine: FakeHost
  incarnation: string
  /** Of the next message and report. */
  message: number
  report: number
  /** Attempts that it has under way or has told the end of, by order. */
  readonly known: Map<number, number>
  call(path: string, body: unknown, method?: 'POST' | 'PUT'): Promise<Answer>
  hello(facts?: Readonly<Record<string, unknown>>): Promise<Answer>
  /** What changed since the controller took something in; `facts` go over it. */
  send(facts?: Readonly<Record<string, unknown>>): Promise<Answer>
  poll(wait?: number, trouble?: string): Promise<PollAnswer>
  tell(...messages: readonly AgentMessage[]): Promise<Answer>
  /** Does it on the machine, and tells nothing. */
  carryOut(handed: HandedOrder): HostEvent
  /** Asks what there is to do, does it, tells it and reports, as a live agent does again and again. */
  work(): Promise<PollAnswer>
  /** Starts and is compared. */
  start(): Promise<void>
}

const START = Date.UTC(2026, 10, 26, 12)
const hash = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
const SETTINGS = hash({ filter: null, periods: DEFAULT_PERIODS })

/** `beside`: another API server on the same database, with the same clock. */
export async function agentWorld(url: string, beside: AgentWorld | null = null): Promise<AgentWorld> {
  const database = await openDatabase(url, { migrate: true })
  const logged: string[] = []
  const clock = {
    now: () => (beside === null ? here.now++ : beside.now++),
    sleep: async (ms: number) => {
      here.now += ms
      await here.meanwhile?.()
    },
  }
  const deps: ControllerDeps = {
    ...{ database, clock, policy: 'pack', holder: `controller-${randomUUID()}` },
    connect: () => Promise.reject(new Error('no host here is reached in this process')),
    log: (line) => logged.push(line),
  }
  const port = createAgentPort(deps)
  const app = await buildApi({
    ...{ database, controller: createController(deps), agents: port, now: clock.now },
    hosts: {
      createSimulatedHost: () => Promise.reject(new Error('none')),
      checkFilter: () => {},
      readFilter: () => () => true,
    },
    identify: async ({ headers }) =>
      typeof headers['x-agent'] === 'string'
        ? { kind: 'agent', name: 'agent', host: Number(headers['x-agent']) }
        : { kind: 'person', name: 'operator', role: 'operator', owner: null },
    logger: { error: (message, cause) => logged.push(`${message}: ${cause}`) },
  })
  onTestFinished(async () => {
    await port.close()
    await app.close()
    await database.close()
  })
  const here: AgentWorld = {
    ...{ database, deps, app, port, logged, now: START, meanwhile: null },
    listen: () => port.settle(),
    ask: async (method, url, body) => {
      const payload = body === undefined ? {} : { payload: body as object }
      const answer = await app.inject({ method, url, ...payload })
      return { status: answer.statusCode, body: answer.payload === '' ? null : answer.json() }
    },
    host: async (name, devices = []) => {
      const { body } = await here.ask('POST', '/v1/hosts', { name, agent: true })
      const agent = { host: body.id, credentialHash: hash(`${name} ${randomUUID()}`), joinedAt: clock.now() }
      await insertAgent(database.kysely, agent)
      return scriptedAgent(here, body.id, name, fakeHost(devices))
    },
    cycle: () => createController(deps).cycle(),
  }
  return here
}

/** The same agent, as another API server hears it. */
export function elsewhere(agent: ScriptedAgent, world: AgentWorld): ScriptedAgent {
  const other = scriptedAgent(world, agent.id, agent.name, agent.machine)
  other.incarnation = agent.incarnation
  return other
}

function scriptedAgent(world: AgentWorld, id: number, name: string, machine: FakeHost): ScriptedAgent {
  let taken: Partial<Record<ReportSection, string>> = {}
  let heard = world.now
  const agent: ScriptedAgent = {
    ...{ id, name, machine, incarnation: randomUUID(), message: 1, report: 1, known: new Map() },
    call: async (path, body, method = 'POST') => {
      const url = `/v1/agents/${name}/${path}`
      const payload = body as object
      const answer = await world.app.inject({ method, url, payload, headers: { 'x-agent': String(id) } })
      return { status: answer.statusCode, body: answer.payload === '' ? null : answer.json() }
    },
    hello: async (facts = {}) => {
      agent.incarnation = randomUUID()
      agent.message = 1
      agent.report = 1
      taken = {}
      const { incarnation } = agent
      const hello = {
        incarnation,
        version: '0.1.0',
        driver: 'libvirt',
        uri: 'qemu:///system',
        highestOrder: 0,
      }
      const answer = await agent.call('hello', { ...hello, ...facts })
      heard = answer.body.now ?? heard
      return answer
    },
    send: async (facts = {}) => {
      const sections = sectionsOf(machine)
      const hashes = Object.fromEntries(REPORT_SECTIONS.map((section) => [section, hash(sections[section])]))
      const changed = REPORT_SECTIONS.filter((section) => taken[section] !== hashes[section])
      const { incarnation } = agent
      const update = {
        ...{ incarnation, number: agent.report++, observedAt: heard, host: name, bootId: machine.bootId },
        sections: Object.fromEntries(changed.map((section) => [section, sections[section]])),
        ...{ hashes, warnings: [] },
      }
      const answer = await agent.call('report', { ...update, ...facts }, 'PUT')
      if (answer.status === 204) taken = hashes
      if (answer.body?.code === 'report-base-unknown') taken = {}
      return answer
    },
    poll: async (wait = 0, trouble) => {
      const orders = [...agent.known].map(([order, attempt]) => ({ id: order, attempt }))
      const { incarnation } = agent
      const about = trouble === undefined ? {} : { trouble }
      const settings = SETTINGS
      const answer = await agent.call('poll', { incarnation, orders, errands: [], settings, wait, ...about })
      if (answer.status !== 200) throw new Error(`poll: ${answer.status} ${answer.body.detail}`)
      heard = answer.body.now
      return answer.body
    },
    tell: (...messages) => {
      const numbered = messages.map((message) => ({ number: agent.message++, message }))
      return agent.call('messages', { incarnation: agent.incarnation, messages: numbered })
    },
    carryOut: ({ order, attempt }) => {
      agent.known.set(order.id, attempt)
      return carryOut(machine, order)
    },
    work: async () => {
      const found = await agent.poll()
      for (const handed of found.orders) {
        const event = agent.carryOut(handed)
        const answer = await agent.tell({ kind: 'event', attempt: handed.attempt, event })
        if (answer.status !== 200) throw new Error(`messages: ${answer.status} ${answer.body.detail}`)
      }
      for (const { id: errand } of found.errands) {
        await agent.send()
        await agent.tell({ kind: 'errand', errand, ok: true, answer: null })
      }
      if (found.full) taken = {}
      if (found.full || found.orders.length > 0) {
        // What was seen before an order ended says nothing of what came of it.
        heard = world.now
        await agent.send()
      }
      return found
    },
    start: async () => {
      await agent.hello()
      await agent.work()
    },
  }
  return agent
}

function sectionsOf({ devices, usage, usb, domains, bootId }: FakeHost) {
  const readiness = { ready: true, checks: [] }
  const whole = report(devices, { usage, usb, domains, bootId, readiness, capacity: CAPACITY })
  const document = hostReportToDocument(whole)
  return Object.fromEntries(REPORT_SECTIONS.map((section) => [section, document[section]]))
}
