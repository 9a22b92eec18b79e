/** `/metrics` in Prometheus' text format: of the database at the moment of the question, and of this process since it began. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  type Count,
  countDevices,
  countOrders,
  countVms,
  type HostFigures,
  listPending,
  readHostFigures,
} from '../database/figures.ts'
import type { Database } from '../database/open.ts'
import { recordedState } from '../model/host.ts'
import type { Pulse } from './pulse.ts'

export interface Metrics {
  readonly contentType: string
  /** The document; throws what the database throws. */
  scrape(): Promise<string>
  /** A request was answered; `seconds` null = how long that took says nothing (it waited on purpose). */
  answered(request: Answered): void
}

export interface Answered {
  readonly method: string
  /** As it is registered: `/v1/vms/:vm`; `none` = there is no such route. */
  readonly route: string
  readonly status: number
  readonly seconds: number | null
}

export interface MetricsSources {
  readonly database: Database
  readonly pulse: Pulse
  /** An agent that was not heard for so long is silent. */
  readonly silentAfterMs: number
  now(): number
}

/** Of more hosts only the oldest report's age is told, not each one's. */
const MOST_HOSTS = 2000

const gauge = (registers: Registry[], name: string, help: string, labelNames: readonly string[] = []) =>
  new Gauge({ name: `berth_${name}`, help, labelNames, registers })

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry()
  const fill = gauges(registry, sources)
  observeCycles(registry, sources.pulse)
  const answered = requestCounters(registry)
  return {
    contentType: registry.contentType,
    scrape: async () => {
      await fill()
      return registry.metrics()
    },
    answered,
  }
}

function observeCycles(registry: Registry, pulse: Pulse): void {
  const cycles = new Histogram({
    name: 'berth_cycle_seconds',
    help: 'How long the parts of a cycle took in this process',
    labelNames: ['part'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers: [registry],
  })
  pulse.listen({
    took: (part, seconds) => cycles.observe({ part }, seconds),
    waiting: () => {},
    standingBy: () => {},
  })
}

function requestCounters(registry: Registry): Metrics['answered'] {
  const labelNames = ['method', 'route']
  const total = new Counter({
    name: 'berth_http_requests_total',
    help: 'Requests that were answered',
    labelNames: [...labelNames, 'status'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'berth_http_request_seconds',
    help: 'How long answers took, without event streams and long waits',
    labelNames,
    buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  })
  return ({ method, route, status, seconds }) => {
    total.inc({ method, route, status })
    if (seconds !== null) duration.observe({ method, route }, seconds)
  }
}

/** Gives what reads them all anew. */
function gauges(registry: Registry, { database, pulse, silentAfterMs, now }: MetricsSources) {
  const to = [registry]
  const devices = gauge(to, 'devices', 'Devices by state and vendor:device:class', ['state', 'type'])
  const vms = gauge(to, 'vms', 'VMs by state', ['state'])
  const pending = gauge(
    to,
    'vms_pending',
    'VMs that wait, by the code of the refusal (docs/errors.md) that keeps each from the most hosts; not-planned = none of the last plan of this process',
    ['reason'],
  )
  const orders = gauge(to, 'orders', 'Orders that are open', ['state', 'kind'])
  const hosts = gauge(to, 'hosts', 'Hosts by state', ['state'])
  const agents = gauge(to, 'agents', "Hosts' agents by state", ['state'])
  const age = gauge(to, 'report_age_seconds', "Since each host's last report was taken in", ['host'])
  const oldest = gauge(
    to,
    'report_age_seconds_max',
    "Since the oldest of the hosts' last reports was taken in",
  )
  return async () => {
    const found = await database.read(async (q) => ({
      devices: await countDevices(q),
      vms: await countVms(q),
      orders: await countOrders(q),
      hosts: await readHostFigures(q),
      pending: await listPending(q),
    }))
    set(devices, found.devices)
    set(vms, found.vms)
    set(orders, found.orders)
    set(
      pending,
      tally(found.pending, (vm) => ({ reason: pulse.reasons.get(vm) ?? 'not-planned' })),
    )
    set(
      hosts,
      tally(found.hosts, (host) => ({ state: recordedState(host) })),
    )
    const behind = found.hosts.filter(({ hasAgent }) => hasAgent)
    set(
      agents,
      tally(behind, (host) => ({ state: agentState(host, now() - silentAfterMs) })),
    )
    const ages = found.hosts.flatMap(({ name, reportedAt }) =>
      reportedAt === null ? [] : [{ labels: { host: name }, count: Math.max(0, now() - reportedAt) / 1000 }],
    )
    set(age, ages.length > MOST_HOSTS ? [] : ages)
    oldest.set(ages.reduce((most, { count }) => Math.max(most, count), 0))
  }
}

/** What there is none of any more is not told of. */
function set(figure: Gauge, counts: readonly Count[]): void {
  figure.reset()
  for (const { labels, count } of counts) figure.set(labels, count)
}

function tally<T>(rows: readonly T[], labelsOf: (row: T) => Count['labels']): Count[] {
  const counts = new Map<string, { labels: Count['labels']; count: number }>()
  for (const row of rows) {
    const labels = labelsOf(row)
    const key = JSON.stringify(labels)
    counts.set(key, { labels, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()]
}

function agentState({ agent }: HostFigures, heardSince: number): string {
  if (agent === null) return 'not-joined'
  if (agent.heardAt === null || agent.heardAt < heardSince) return 'silent'
  return agent.compared ? 'compared' : 'not-compared'
}
