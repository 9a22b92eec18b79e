/**
 * One simulated agent: says what src/model/agent-protocol.ts has, keeps no disk, and carries each order out by waiting a moment. It is
 * honest where the controller looks: domains of what it was told to start, reports with hashes, numbered messages.
 */
import { createHash, randomUUID } from 'node:crypto'
import { hostReportToDocument } from './documents.mjs'

const SECTIONS = ['devices', 'usage', 'usb', 'domains', 'capacity', 'readiness']
/** As an agent looks at its domains. */
const DOMAINS_MS = 5000

const digest = (value) => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/**
 * `call(method, path, body)` gives `{ status, body, ms }`; `report`: the host's, as a value; `figures`: where what happens is counted;
 * `workMs()`: how long an order takes; `waitSeconds`: of a poll, which is the heartbeat.
 */
export function createSpeaker({ host, call, report, figures, workMs, waitSeconds }) {
  const incarnation = randomUUID()
  const at = `/v1/agents/${encodeURIComponent(host.name)}`
  const document = hostReportToDocument(report)
  const pieces = Object.fromEntries(SECTIONS.map((name) => [name, document[name] ?? []]))
  const hashes = Object.fromEntries(SECTIONS.map((name) => [name, digest(pieces[name])]))
  const domains = new Map(report.domains.map((domain) => [domain.berth.vm, domain]))
  const underWay = new Map()
  const told = []
  let known = {}
  const numbers = { report: 0, message: 0 }
  let settings = ''
  /** The controller's clock, less this process's. */
  let ahead = 0
  let sending = Promise.resolve()
  let compared = () => {}
  const ready = new Promise((resolve) => {
    compared = resolve
  })

  async function hello() {
    const body = { incarnation, version: '0.0.0-load', driver: 'simulator', uri: '/load', highestOrder: 0 }
    const answer = await call('POST', `${at}/hello`, body)
    settings = digest(answer.body.settings)
    ahead = answer.body.now - Date.now()
  }

  let reporting = Promise.resolve()
  /** One after the other: their numbers say in which order they were seen. */
  function sendReport(observedAt = Date.now() + ahead) {
    reporting = reporting.then(() => putReport(observedAt))
    return reporting
  }

  async function putReport(observedAt) {
    const changed = SECTIONS.filter((name) => known[name] !== hashes[name])
    const sent = { ...hashes }
    const body = {
      ...{ incarnation, number: ++numbers.report, observedAt, host: host.name, bootId: report.bootId },
      sections: Object.fromEntries(changed.map((name) => [name, pieces[name]])),
      ...{ hashes: sent, warnings: [] },
    }
    const { status, body: said, ms } = await call('PUT', `${at}/report`, body)
    figures.time(changed.length === SECTIONS.length ? 'whole report' : 'report of domains', ms)
    if (status < 300) known = sent
    else if (said?.code === 'report-base-unknown') known = {}
    else figures.refused('report', said)
  }

  /** One after the other, oldest first; kept until they were taken in. */
  function tell(message, onTaken) {
    told.push({ number: ++numbers.message, message, onTaken })
    sending = sending.then(async () => {
      if (told.length === 0) return
      const messages = told.map(({ number, message: one }) => ({ number, message: one }))
      const { status, body, ms } = await call('POST', `${at}/messages`, { incarnation, messages })
      if (status >= 300) return figures.refused('messages', body)
      figures.time('messages', ms)
      while (told.length > 0 && told[0].number <= body.taken) told.shift().onTaken()
    })
  }

  async function carryOut({ order, attempt }) {
    const { id, vm, kind } = order
    figures.handed(kind, vm)
    await new Promise((resolve) => setTimeout(resolve, workMs()))
    if (kind === 'release') domains.delete(vm)
    else if (vm !== undefined) domains.set(vm, domainAfter(order, domains.get(vm)))
    pieces.domains = [...domains.values()]
    hashes.domains = digest(pieces.domains)
    tell({ kind: 'event', attempt, event: eventOf(order) }, () => {
      underWay.delete(id)
      figures.ended(kind, vm)
    })
  }

  async function poll() {
    const orders = [...underWay.values()].map(({ order, attempt }) => ({ id: order.id, attempt }))
    const body = { incarnation, orders, errands: [], settings, wait: waitSeconds }
    const { status, body: answer, ms } = await call('POST', `${at}/poll`, body)
    if (status >= 300) {
      figures.refused('poll', answer)
      await new Promise((resolve) => setTimeout(resolve, 1000))
      return
    }
    ahead = answer.now - Date.now()
    if (answer.settings !== null) settings = digest(answer.settings)
    const isIdle = answer.orders.length === 0 && !answer.full && answer.settings === null
    if (isIdle && ms >= waitSeconds * 1000) figures.time('heartbeat', ms - waitSeconds * 1000)
    for (const handed of answer.orders) {
      if (underWay.get(handed.order.id)?.attempt === handed.attempt) continue
      underWay.set(handed.order.id, handed)
      void carryOut(handed)
    }
    if (answer.full) {
      known = {}
      await sendReport()
    } else compared()
  }

  return {
    /** Resolves when the controller has compared the host. */
    ready,
    async run(stop) {
      await hello()
      const looking = setInterval(() => {
        if (known.domains !== undefined && known.domains !== hashes.domains) void sendReport()
      }, DOMAINS_MS)
      while (!stop.aborted) await poll()
      clearInterval(looking)
      await sending
    },
  }
}

/** The VM's domain once the order is carried out; `before` undefined = it had none. */
function domainAfter({ vm, epoch, kind, devices, cluster }, before) {
  const named = devices.filter(({ role }) => role === 'passed').map(({ address }) => address)
  const kept = kind === 'deploy' ? [] : (before?.hostdevs ?? []).filter((address) => !named.includes(address))
  const hostdevs = kind === 'detach' ? kept : [...kept, ...named]
  const uuid = `00000000-0000-4000-8000-${vm.toString(16).padStart(12, '0')}`
  return { uuid, name: `berth-${vm}`, state: 'running', hostdevs, berth: { cluster, vm, epoch } }
}

const ENDS = { deploy: 'running', release: 'released', attach: 'attached', detach: 'detached' }

/** Orders that are no VM's (drivers, virtual functions) are refused. */
function eventOf({ id: order, host, vm, epoch, kind, devices }) {
  if (vm !== undefined) return { order, vm, host, epoch, kind: ENDS[kind] }
  const failed = { code: 'not-simulated', message: 'simulated agents have VMs only', hangs: false }
  const [{ address }] = devices
  return { order, host, address, kind: kind === 'bind' ? 'bind-failed' : 'vfs-failed', ...failed }
}
