/** What an agent reports: all of it once, then what changed; healed where the two differ; dated by the controller's clock. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reportFromJson } from '../../src/inventory/document.ts'
import { type PollRequest, REPORT_SECTIONS, type ReportUpdate } from '../../src/model/agent-protocol.ts'
import { CommandFailed } from '../../src/model/errors.ts'
import { addressOf } from '../support/orders.ts'
import type { StubController } from './controller.ts'
import { DEPLOY, handed, startAgent, until, type World, world } from './world.ts'

const NIC = addressOf('00:03.0')

/** The names of the pieces of each report that brought some. */
const sent = ({ reports }: StubController) =>
  reports.map(({ sections }) => Object.keys(sections)).filter((names) => names.length > 0)

let errands = 0

/** A full pass now; its report is there when this resolves. */
async function lookNow({ controller }: World): Promise<void> {
  const id = ++errands
  controller.errands.push({ id, kind: 'probe', body: null })
  await until(() => expect(controller.told('errand').map(({ errand }) => errand)).toContain(id))
}

test('the first report has all pieces, and is one that the controller can take in', async () => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  await until(() => expect(controller.reports).not.toEqual([]))
  const [first] = controller.reports
  expect(Object.keys(first?.sections ?? {}).sort()).toEqual([...REPORT_SECTIONS].sort())
  const { host, bootId, sections } = first as ReportUpdate
  const report = reportFromJson({ schema: 'berth.host-report/1', host, bootId, ...sections })
  expect(report.devices.map(({ address }) => address)).toContain(NIC)
  expect(report.domains).toEqual([])
})

test('later ones have the pieces that changed, and no other', async () => {
  const at = await world()
  const { controller, host } = at
  startAgent(at)
  await lookNow(at)
  expect(sent(controller)).toHaveLength(1)
  await lookNow(at)
  expect(sent(controller)).toHaveLength(1)
  await host.sysfs.write(`bus/pci/devices/${NIC}/driver/unbind`, NIC)
  await lookNow(at)
  expect(sent(controller).slice(1)).toEqual([['devices']])
})

test('where the controller has another base, all pieces are sent again', async () => {
  const at = await world()
  const { controller, host } = at
  startAgent(at)
  await lookNow(at)
  controller.base.clear()
  await host.sysfs.write(`bus/pci/devices/${NIC}/driver/unbind`, NIC)
  await lookNow(at)
  expect(sent(controller).at(-1)).toHaveLength(REPORT_SECTIONS.length)
  expect(controller.reports.map(({ number }) => number)).toEqual(
    [...controller.reports.map(({ number }) => number)].sort((a, b) => a - b),
  )
})

test('a controller that asks for everything gets everything', async () => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  await lookNow(at)
  controller.full = true
  await until(() => expect(sent(controller)).toHaveLength(2))
  expect(sent(controller).at(-1)).toHaveLength(REPORT_SECTIONS.length)
})

test('the picture is there before the event, and once more after it', async () => {
  const at = await world()
  const { controller } = at
  startAgent(at)
  await lookNow(at)
  controller.orders.push(handed(DEPLOY))
  await until(() => expect(controller.told('event')).toHaveLength(1))
  const eventAt = controller.requests.findIndex(
    ({ path, body }) => path === 'messages' && JSON.stringify(body).includes('"running"'),
  )
  const before = controller.requests.slice(0, eventAt).filter(({ path }) => path === 'report')
  expect(JSON.stringify(before.at(-1)?.body)).toContain('berth-7')
  await until(() =>
    expect(controller.requests.slice(eventAt).filter(({ path }) => path === 'report')).not.toEqual([]),
  )
  expect(controller.reports.at(-1)?.sections).toEqual({})
})

test('settings from the controller change the filter and the periods, and are kept for a start without it', async () => {
  const at = await world()
  const { controller, host } = at
  let asked = 0
  const list = async () => {
    asked++
    return host.hypervisor.list()
  }
  const hypervisor = { ...host.hypervisor, list }
  const counted = { ...at, host: { ...host, hypervisor } }
  const agent = startAgent(counted)
  await lookNow(at)
  const { periods } = controller.settings
  controller.settings = { filter: '8086:', periods: { ...periods, domains: 0.03 } }
  await until(() => expect(JSON.stringify(sent(controller).at(-1))).toContain('devices'))
  const offered = () =>
    controller.reports
      .flatMap(({ sections }) => (sections.devices ? [sections.devices] : []))
      .at(-1)
      ?.filter((device) => device.offered)
      .map(({ vendor }) => vendor)
  await until(() => expect(offered()).toEqual(['8086']))
  const before = asked
  await until(() => expect(asked).toBeGreaterThan(before + 5))
  await agent.stop()
  await controller.stop()
  const offline = startAgent(counted)
  const after = asked
  await until(() => expect(asked).toBeGreaterThan(after + 5))
  await offline.stop()
})

const HOUR = 3_600_000

test.each([
  ["the host's clock is hours ahead", 5 * HOUR, 0],
  ["the host's clock is hours behind", -5 * HOUR, 0],
  ["the controller's clock is years behind", 0, -20_000 * HOUR],
])('%s: what was seen is dated by the controller all the same', async (_, hostAhead, controllerAhead) => {
  const at = await world()
  const { controller } = at
  const began = Date.now() + controllerAhead
  controller.now = () => Date.now() + controllerAhead
  startAgent(at, {
    clock: {
      monotonic: () => performance.now() + 77_777_777,
      now: () => Date.now() + hostAhead,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
  })
  await lookNow(at)
  controller.orders.push(handed(DEPLOY))
  await until(() => expect(controller.told('event')).toHaveLength(1))
  for (const { observedAt } of controller.reports) {
    // The first look was before the first word from the controller.
    expect(observedAt).toBeGreaterThan(began - 60_000)
    expect(observedAt).toBeLessThanOrEqual(controller.now())
  }
  expect(controller.told('event')[0]?.event.kind).toBe('running')
})

test('a report that the controller does not take in is said once, and orders are carried out all the same', async () => {
  const at = await world()
  const { controller } = at
  controller.mishap = ({ path }) => (path === 'report' ? { status: 422, code: 'report-invalid' } : null)
  const agent = startAgent(at)
  controller.orders.push(handed(DEPLOY))
  await until(() => expect(controller.told('event')).toHaveLength(1))
  expect(agent.log.filter((line) => line.includes('report'))).toEqual([
    "the controller does not take this host's report in: refused: report-invalid",
  ])
  controller.mishap = () => null
  await until(() => expect(controller.reports).not.toEqual([]))
  await until(() => expect(agent.log).toContain("the controller takes this host's report in again"))
})

test('a libvirt that cannot be asked leaves the domains unknown, and says why', async () => {
  const at = await world()
  const { controller, host } = at
  const list = async () => {
    throw new CommandFailed('libvirt-unreachable', 'no connection')
  }
  startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, list } } })
  await until(() => expect(controller.reports).not.toEqual([]))
  const [report] = controller.reports
  expect(report?.sections.domains).toBeNull()
  expect(report?.warnings.at(-1)).toBe('running domains are not known: no connection')
})

test('a host whose devices cannot be read any more is not compared, and says why', async () => {
  const at = await world()
  const { controller, host } = at
  startAgent(at)
  await lookNow(at)
  renameSync(join(host.sysfsRoot, 'bus/pci'), join(host.sysfsRoot, 'bus/gone'))
  await lookNow(at)
  const last = controller.reports.at(-1)
  expect(last?.sections).toEqual({ domains: null })
  expect(last?.warnings.at(-1)).toContain(host.sysfsRoot)
  renameSync(join(host.sysfsRoot, 'bus/gone'), join(host.sysfsRoot, 'bus/pci'))
  await lookNow(at)
  expect(controller.reports.at(-1)?.sections).toEqual({ domains: [] })
})

test('a host whose devices could never be read says why in place of a report, until they can be', async () => {
  const at = await world()
  const { controller, host } = at
  renameSync(join(host.sysfsRoot, 'bus/pci'), join(host.sysfsRoot, 'bus/gone'))
  startAgent(at)
  const trouble = () => {
    const asked = controller.requests.filter(({ path }) => path === 'poll').at(-1)?.body
    return (asked as PollRequest | undefined)?.trouble
  }
  await until(() => expect(trouble()).toContain(host.sysfsRoot))
  expect(controller.reports).toEqual([])
  renameSync(join(host.sysfsRoot, 'bus/gone'), join(host.sysfsRoot, 'bus/pci'))
  await lookNow(at)
  expect(controller.reports).toHaveLength(1)
  await until(() => expect(trouble()).toBeNull())
})

test("a report that never gets through keeps no order's end back for ever", async () => {
  const at = await world()
  const { controller } = at
  controller.mishap = ({ path }) => (path === 'report' ? 'lost' : null)
  startAgent(at)
  controller.orders.push(handed(DEPLOY))
  await until(() => expect(controller.told('event')).toHaveLength(1))
})

test('a host that takes long to look at reports all the same, however often all of it is asked for', async () => {
  const at = await world()
  const { controller, host } = at
  const list = async () => {
    await new Promise((resolve) => setTimeout(resolve, 150))
    return host.hypervisor.list()
  }
  startAgent({ ...at, host: { ...host, hypervisor: { ...host.hypervisor, list } } })
  // It is asked for all of it at each of many polls until the first report is there.
  await until(() => expect(controller.reports).not.toEqual([]))
  expect(Object.keys(controller.reports[0]?.sections ?? {})).toHaveLength(6)
})
