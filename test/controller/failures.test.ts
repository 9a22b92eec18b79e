/** What goes wrong at night: one host's defect, a silent libvirt, a process that slept, two programs at once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Agent, createAgent, type HostAccess } from '../../src/agent/agent.ts'
import { createController } from '../../src/controller/controller.ts'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { serve } from '../../src/controller/serve.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listDevices } from '../../src/database/devices.ts'
import { listHistory } from '../../src/database/history.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { getVm } from '../../src/database/vms.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import type { Host } from '../../src/model/host.ts'
import { writeFaults } from '../../src/simulator/faults.ts'
import { createSimulatedHost, openSimulatedHost } from '../../src/simulator/host.ts'

const GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de", CLASS = "0300" ]'
const LEASES_RUN_OUT = 61_000

let dir: string
let db: Database
let deps: ControllerDeps
let ahead: number
let log: string[]

/** Of a simulated host, parts of it replaced. */
function agentOf(host: Host, change: Partial<HostAccess> = {}): Agent {
  const { hypervisor, sysfs, firmware, procRoot, loadModule } = openSimulatedHost(host.uri)
  return createAgent({ hypervisor, sysfs, firmware, proc: procRoot, pciIds: null, loadModule, ...change })
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'berth-failures-'))
  db = await openDatabase(join(dir, 'berth.db'), { migrate: true })
  ahead = 0
  log = []
  deps = {
    database: db,
    connect: async (host) => agentOf(host),
    clock: {
      now: () => Date.now() + ahead,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
    },
    policy: 'spread',
    holder: 'first',
    log: (line) => log.push(line),
  }
})

afterEach(async () => {
  expect(await db.read(checkDatabase)).toEqual([])
  await db.close()
  rmSync(dir, { recursive: true })
})

async function host(name: string): Promise<Host> {
  const uri = join(dir, name)
  await createSimulatedHost(uri, 'sim-gpu-render')
  const facts = { cluster: 'default', driver: 'simulator', enabled: true, filter: null } as const
  return addHost(db, { ...facts, name, uri, attributes: {} })
}

const pending = async () => (await createVm(db, GPU, { name: 'vm' }, deps.clock.now())).id
const stateOf = async (vm: number) => (await getVm(db.kysely, vm)).state

describe('a defect', () => {
  test('in the probe of one host keeps no VM from the others, and the log says where it is', async () => {
    const bad = await host('bad')
    const good = await host('good')
    const vm = await pending()
    const connect = async (one: Host) => {
      if (one.id !== bad.id) return agentOf(one)
      return { ...agentOf(one), report: () => Promise.reject(new TypeError('undefined is no function')) }
    }
    const summary = await createController({ ...deps, connect }).cycle()
    expect(summary.failed).toEqual([{ host: bad.id, message: 'undefined is no function' }])
    expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', host: good.id })
    expect(log.find((line) => line.startsWith('probe of host bad: '))).toContain('failures.test.ts')
  })

  test('in one order keeps no other from being carried out; it is tried again when its lease has run out', async () => {
    const bad = await host('bad')
    await host('good')
    const vms = [await pending(), await pending()]
    const connect = async (one: Host) => {
      if (one.id !== bad.id) return agentOf(one)
      return { ...agentOf(one), carryOut: () => Promise.reject(new TypeError('undefined is no function')) }
    }
    const summary = await createController({ ...deps, connect }).cycle()
    expect(summary).toMatchObject({ ordersDone: 1, ordersFailed: 1 })
    expect((await Promise.all(vms.map(stateOf))).sort()).toEqual(['BOOT', 'RUNNING'])
    expect(log.some((line) => line.includes('TypeError: undefined is no function'))).toBe(true)
    expect(await createController(deps).cycle()).toMatchObject({ ordersDone: 0, ordersFailed: 0 })
    ahead = LEASES_RUN_OUT
    await createController(deps).cycle()
    expect(await Promise.all(vms.map(stateOf))).toEqual(['RUNNING', 'RUNNING'])
  })

  test('in planning keeps no VM from being ended', async () => {
    await host('sim')
    const vm = await pending()
    await createController(deps).cycle()
    await terminateVm(db, vm, { graceSeconds: 0 }, deps.clock.now())
    const database = { ...db, read: () => Promise.reject(new TypeError('no plan')) }
    await expect(createController({ ...deps, database }).cycle()).rejects.toThrow('no plan')
    expect(await stateOf(vm)).toBe('DONE')
  })

  test('in a cycle does not end serve', async () => {
    await host('sim')
    const vm = await pending()
    let reads = 0
    const database: Database = {
      ...db,
      read: (work) => (reads++ === 0 ? Promise.reject(new TypeError('no plan')) : db.read(work)),
    }
    const stop = new AbortController()
    const serving = serve({ ...deps, database }, 5, stop.signal)
    await expect.poll(() => stateOf(vm), { timeout: 10_000 }).toBe('RUNNING')
    stop.abort()
    await serving
    expect(log.some((line) => line.startsWith('cycle failed: TypeError: no plan'))).toBe(true)
  })
})

test('serve goes through many cycles without a warning from Node', async () => {
  const warnings: string[] = []
  const hear = ({ message }: Error) => void warnings.push(message)
  process.on('warning', hear)
  let cycles = 0
  const database: Database = {
    ...db,
    read: (work) => {
      cycles++
      return db.read(work)
    },
  }
  const stop = new AbortController()
  const serving = serve({ ...deps, database }, 1, stop.signal)
  await expect.poll(() => cycles, { timeout: 10_000 }).toBeGreaterThan(15)
  stop.abort()
  await serving
  process.off('warning', hear)
  expect(warnings).toEqual([])
})

test('a libvirt that does not answer for a while costs no device its good name', async () => {
  const { id, uri } = await host('sim')
  const vm = await pending()
  const controller = createController(deps)
  await controller.cycle()
  writeFaults(uri, [{ operation: 'destroy', address: null, driver: null, effect: 'EIO' }])
  await terminateVm(db, vm, { graceSeconds: 0 }, deps.clock.now())
  for (let attempt = 0; attempt < 4; attempt++) {
    await controller.carryOut(vm)
    expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'SHUTDOWN' })
    ahead += 600_000
  }
  writeFaults(uri, [])
  await controller.carryOut(vm)
  expect(await stateOf(vm)).toBe('DONE')
  expect((await listDevices(db.kysely, id)).filter(({ health }) => health !== 'ok')).toEqual([])
})

test('a VM terminated in the middle of an interrupted deploy is gone after one command', async () => {
  await host('sim')
  const vm = await pending()
  const connect = async (one: Host) => ({
    ...agentOf(one),
    carryOut: () => Promise.reject(new Error('the process ends here')),
  })
  await createController({ ...deps, connect }).cycle()
  await terminateVm(db, vm, { graceSeconds: 0 }, deps.clock.now())
  expect(await stateOf(vm)).toBe('BOOT')
  ahead = LEASES_RUN_OUT
  await createController({ ...deps, holder: 'second' }).carryOut(vm)
  expect(await stateOf(vm)).toBe('DONE')
  expect(await listClaims(db.kysely)).toEqual([])
})

test('a controller that sleeps in a deploy while another one does it wakes up and touches nothing', async () => {
  const { uri } = await host('sim')
  const vm = await pending()
  let slept = false
  const connect = async (one: Host) => {
    const { hypervisor } = openSimulatedHost(one.uri)
    return agentOf(one, {
      hypervisor: {
        ...hypervisor,
        find: async (name) => {
          const seen = await hypervisor.find(name)
          if (slept) return seen
          slept = true
          ahead = LEASES_RUN_OUT
          await createController({ ...deps, holder: 'second' }).cycle()
          return seen
        },
      },
    })
  }
  expect(await createController({ ...deps, connect }).cycle()).toMatchObject({
    ordersDone: 0,
    ordersFailed: 1,
  })
  expect(log.some((line) => line.includes('taken over by another process'))).toBe(true)
  expect(await stateOf(vm)).toBe('RUNNING')
  const history = await listHistory(db.kysely, vm)
  expect(history.filter(({ what }) => what === 'RUNNING')).toHaveLength(1)
  expect(await openSimulatedHost(uri).hypervisor.list()).toHaveLength(1)
})

test('a forced deploy that a cycle beside it was faster with has succeeded', async () => {
  const { id } = await host('sim')
  const vm = await pending()
  let helped = false
  const database: Database = {
    ...db,
    transaction: async (work) => {
      if (!helped && (await getVm(db.kysely, vm)).onlyHost === id) {
        helped = true
        await createController({ ...deps, holder: 'second' }).cycle()
      }
      return db.transaction(work)
    },
  }
  await createController({ ...deps, database }).deploy(vm, id)
  expect(helped).toBe(true)
  expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', host: id })
})

test('a guest that takes its time keeps serve from nothing', async () => {
  await host('sim')
  const slow = await pending()
  const controller = createController(deps)
  await controller.cycle()
  let powerOff: () => void = () => {}
  const guest = new Promise<void>((resolve) => {
    powerOff = resolve
  })
  const connect = async (one: Host) => {
    const { hypervisor } = openSimulatedHost(one.uri)
    const shutdown = async (uuid: string) => void guest.then(() => hypervisor.destroy(uuid))
    return agentOf(one, { hypervisor: { ...hypervisor, shutdown } })
  }
  const stop = new AbortController()
  const serving = serve({ ...deps, connect }, 5, stop.signal)
  await terminateVm(db, slow, { graceSeconds: 3600 }, deps.clock.now())
  await expect.poll(() => log.some((line) => line.includes('to shut down')), { timeout: 10_000 }).toBe(true)
  const quick = await pending()
  await expect.poll(() => stateOf(quick), { timeout: 10_000 }).toBe('RUNNING')
  await terminateVm(db, quick, { graceSeconds: 0 }, deps.clock.now())
  await expect.poll(() => stateOf(quick), { timeout: 10_000 }).toBe('DONE')
  expect(await stateOf(slow)).toBe('SHUTDOWN')
  stop.abort()
  powerOff()
  await serving
  expect(await stateOf(slow)).toBe('DONE')
})
