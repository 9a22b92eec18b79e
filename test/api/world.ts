/** An API on a real database in memory; its hosts report what the test says and carry orders out at once. */
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { parseFilter, passes } from '../../probes/pci/filter.ts'
import type { Agent } from '../../src/agent/agent.ts'
import { buildApi } from '../../src/api/app.ts'
import type { ApiDeps } from '../../src/api/ports.ts'
import { createController } from '../../src/controller/controller.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { CommandFailed, InvalidInput } from '../../src/model/errors.ts'
import type { HostEvent, VmEvent } from '../../src/model/event.ts'
import type { Host } from '../../src/model/host.ts'
import type { NodeDevice } from '../../src/model/node-device.ts'
import type { BindOrder, HotplugOrder, Order, SriovOrder } from '../../src/model/order.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { RunningDomain, Usage } from '../../src/model/usage.ts'
import type { ReportedUsbDevice } from '../../src/model/usb-device.ts'
import { reported } from '../support/reports.ts'
import { capacity } from '../view/build.ts'

export const NOW = Date.UTC(2026, 10, 21, 12)

/** A host as its next report will have it. */
export interface FakeHost {
  devices: ReportedDevice[]
  usage: Usage[]
  domains: RunningDomain[]
  usb: ReportedUsbDevice[]
  bootId: string
  /** What libvirt says of its devices; null = it has none. */
  nodes: NodeDevice[] | null
  /** What its probe says in place of a report. */
  broken: string | null
  /** Orders fail with this. */
  refuses: string | null
  /** Its guests do not answer an unplug. */
  keeps: boolean
}

export interface World {
  readonly database: Database
  readonly hosts: Map<string, FakeHost>
  readonly logged: string[]
  /** What the controller said. */
  readonly told: string[]
  now: number
  readonly app: FastifyInstance
  /** What it was built with: for another application on the same database. */
  readonly deps: ApiDeps
  /** The way to its hosts: for another controller. */
  connect(host: Pick<Host, 'name'>): Promise<Agent>
  request(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: what it is, is what the tests check
  readonly body: any
}

/** `hosts` by name: what they have when they are added. */
export async function world(hosts: Readonly<Record<string, readonly ReportedDevice[]>> = {}): Promise<World> {
  const database = await openDatabase(':memory:', { migrate: true })
  const fakes = new Map(Object.entries(hosts).map(([name, devices]) => [name, fakeHost(devices)]))
  const logged: string[] = []
  const told: string[] = []
  const clock = { now: () => here.now++, sleep: () => Promise.resolve() }
  const connect: World['connect'] = async ({ name }) => agentOf(name, fakes.get(name) ?? fakeHost([]))
  const controller = createController({
    database,
    connect,
    clock,
    policy: 'pack',
    holder: 'test',
    log: (line) => told.push(line),
  })
  const deps: ApiDeps = {
    database,
    controller,
    hosts: {
      createSimulatedHost: async (name, machine) => {
        if (machine !== 'gpu-server') throw new InvalidInput('unknown-machine', `no machine ${machine}`)
        return `/simulated/${name}`
      },
      checkFilter: (filter) => {
        if (filter.includes('zz')) throw new InvalidInput('invalid-filter', `${filter}: zz is no hexadecimal`)
      },
      readFilter: (text) => {
        const filter = parseFilter(text)
        return (device) => passes(filter, device)
      },
    },
    now: clock.now,
    logger: { error: (message, cause) => logged.push(`${message}: ${cause}`) },
  }
  const app = await buildApi(deps)
  onTestFinished(async () => {
    await app.close()
    await database.close()
  })
  const here: World = {
    database,
    hosts: fakes,
    logged,
    told,
    app,
    deps,
    connect,
    now: NOW,
    request: async (method, url, body) => {
      const payload = body === undefined ? {} : { payload: body as object }
      const answer = await app.inject({ method, url, ...payload })
      const type = `${answer.headers['content-type'] ?? ''}`
      return { status: answer.statusCode, type, body: answer.payload === '' ? null : answer.json() }
    },
  }
  return here
}

/** The world with each of its hosts added and probed. */
export async function worldWith(hosts: Readonly<Record<string, readonly ReportedDevice[]>>): Promise<World> {
  const here = await world(hosts)
  for (const name of here.hosts.keys())
    await must(here, 'POST', '/v1/hosts', { name, driver: 'simulator', machine: 'gpu-server' })
  return here
}

/** The document that a request answers with; a refusal fails the test with its words. */
// biome-ignore lint/suspicious/noExplicitAny: what it is, is what the tests check
export async function must(here: World, ...request: Parameters<World['request']>): Promise<any> {
  const { status, body } = await here.request(...request)
  if (status >= 300) throw new Error(`${request.slice(0, 2).join(' ')}: ${status} ${body?.detail}`)
  return body
}

export function fakeHost(devices: readonly ReportedDevice[]): FakeHost {
  const runs = { broken: null, refuses: null, keeps: false }
  return { devices: [...devices], usage: [], domains: [], usb: [], bootId: 'boot-1', nodes: null, ...runs }
}

function agentOf(name: string, host: FakeHost): Agent {
  return {
    report: async () => {
      if (host.broken !== null) throw new CommandFailed('probe-broken', host.broken)
      const { devices, usage, usb, domains, bootId } = host
      const schema = 'berth.host-report/1'
      return { schema, host: name, bootId, devices, usage, usb, capacity: capacity(), domains }
    },
    nodeDevices: async () => host.nodes,
    carryOut: async (order) => carryOut(host, order),
  }
}

/** The VM's running domain has the devices afterwards, or has them no more. */
function plug(host: FakeHost, order: HotplugOrder, event: VmEventBase): HostEvent {
  const passed = order.devices.filter(({ role }) => role === 'passed').map(({ address }) => address)
  if (order.kind === 'attach' && host.refuses !== null)
    return { ...event, kind: 'attach-failed', code: 'no-pci-slot', message: host.refuses }
  host.domains = host.domains.map((domain) => {
    if (domain.berth?.vm !== order.vm) return domain
    const rest = domain.hostdevs.filter((address) => !passed.includes(address))
    const usb = (order.usb ?? []).map(({ bus, device }) => ({ bus, device }))
    const numbers = (one: { bus: number; device: number }) => `${one.bus}:${one.device}`
    const others = (domain.usbHostdevs ?? []).filter(
      (one) => !usb.some((gone) => numbers(gone) === numbers(one)),
    )
    return order.kind === 'attach'
      ? { ...domain, hostdevs: [...rest, ...passed], usbHostdevs: [...others, ...usb] }
      : { ...domain, hostdevs: rest, usbHostdevs: others }
  })
  return { ...event, kind: order.kind === 'attach' ? 'attached' : 'detached' }
}

type VmEventBase = Pick<VmEvent, 'order' | 'vm' | 'host' | 'epoch'>

/** A driver of a device changes as it is told to, unless the host refuses. */
function moveDevice(host: FakeHost, { id, host: number, devices, to }: BindOrder): HostEvent {
  const [{ address }] = devices
  const event = { order: id, host: number, address }
  if (host.refuses !== null)
    return { ...event, kind: 'bind-failed', code: 'driver-not-bound', message: host.refuses, hangs: false }
  const from = host.devices.find((device) => device.address === address)?.driver ?? null
  const driver = to.kind === 'matching' ? 'e1000e' : to.driver
  host.devices = host.devices.map((device) => (device.address === address ? { ...device, driver } : device))
  return { ...event, kind: 'bound', from, driver }
}

/** A PF's VFs come and go, driverless and each in a group of its own, unless the host refuses. */
function setVfs(host: FakeHost, { id, host: number, devices, numVfs }: SriovOrder): HostEvent {
  const [{ address }] = devices
  const event = { order: id, host: number, address }
  if (host.refuses !== null)
    return { ...event, kind: 'vfs-failed', code: 'vfs-no-room', message: host.refuses, hangs: false }
  const vfs = Array.from({ length: numVfs }, (_, index) => vfOf(host, address, index))
  const others = host.devices.filter(({ parent }) => parent !== address)
  host.devices = [...others.map((one) => (one.address === address ? { ...one, numVfs } : one)), ...vfs]
  return { ...event, kind: 'vfs-set', numVfs, addresses: vfs.map((vf) => vf.address) }
}

/** 0000:3b:00.0 -> 0000:3b:10.0, 0000:3b:10.1, ... */
export function vfOf(host: Pick<FakeHost, 'devices'>, pf: string, index: number): ReportedDevice {
  const parent = host.devices.find(({ address }) => address === pf)
  if (parent === undefined) throw new Error(`no PF ${pf}`)
  const address = pf.replace(/00\.0$/, `10.${index}`)
  const identity = `${parent.identity}/vf${index}`
  return reported(address, {
    ...{ kind: 'vf', parent: parent.address, classId: parent.classId },
    iommuGroup: 50 + index,
    identity,
  })
}

/** What the host does at once. */
export function carryOut(host: FakeHost, order: Order): HostEvent {
  if (order.kind === 'bind') return moveDevice(host, order)
  if (order.kind === 'sriov') return setVfs(host, order)
  const { vm, epoch, cluster, devices } = order
  const event = { order: order.id, vm, host: order.host, epoch }
  const domains = host.domains.filter(({ berth }) => berth?.vm !== vm)
  if (order.kind === 'release') {
    host.domains = domains
    return { ...event, kind: 'released' }
  }
  if (order.kind === 'detach' && host.keeps)
    return { ...event, kind: 'release-failed', code: 'guest-keeps-device', message: 'kept', faults: [] }
  if (order.kind === 'attach' || order.kind === 'detach') return plug(host, order, event)
  if (host.refuses !== null)
    return { ...event, kind: 'deploy-failed', code: 'virsh-failed', message: host.refuses }
  const hostdevs = devices.filter(({ role }) => role === 'passed').map(({ address }) => address)
  const berth = { cluster, vm, epoch }
  const usbHostdevs = (order.usb ?? []).map(({ bus, device }) => ({ bus, device }))
  const domain = { name: `berth-${vm}`, uuid: `${vm}`, state: 'running', hostdevs, usbHostdevs, berth }
  host.domains = [...domains, domain]
  return { ...event, kind: 'running' }
}
