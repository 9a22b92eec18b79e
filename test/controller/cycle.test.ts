/** The controller over simulated hosts and a real database: from pending VM to running domain and back. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAgent } from '../../src/agent/agent.ts'
import { createController } from '../../src/controller/controller.ts'
import { runCycle } from '../../src/controller/cycle.ts'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { getVm } from '../../src/database/vms.ts'
import { startVm, stopVm, terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost, setHostEnabled } from '../../src/lifecycle/hosts.ts'
import { createSimulatedHost, openSimulatedHost } from '../../src/simulator/host.ts'
import { currentDriver } from '../../src/vfio/driver.ts'

const GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de", CLASS = "0300" ]'

let dir: string
let db: Database
let deps: ControllerDeps

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'berth-controller-'))
  db = await openDatabase(join(dir, 'berth.db'), { migrate: true })
  deps = {
    database: db,
    connect: async (host) => {
      const { hypervisor, sysfs, firmware, procRoot, loadModule } = openSimulatedHost(host.uri)
      return createAgent({ hypervisor, sysfs, firmware, proc: procRoot, pciIds: null, loadModule })
    },
    clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))) },
    policy: 'pack',
    holder: 'test',
    log: () => {},
  }
})

afterEach(async () => {
  await db.close()
  rmSync(dir, { recursive: true })
})

async function host(name: string, machine = 'sim-gpu-render'): Promise<{ id: number; uri: string }> {
  const uri = join(dir, name)
  await createSimulatedHost(uri, machine)
  const wish = {
    name,
    cluster: 'default',
    driver: 'simulator',
    uri,
    enabled: true,
    filter: null,
    attributes: {},
  } as const
  return { id: (await addHost(db, wish)).id, uri }
}

const pending = async (template: string) => (await createVm(db, template, { name: 'vm' }, Date.now())).id

async function sound(): Promise<void> {
  expect(await db.read((q) => checkDatabase(q))).toEqual([])
}

describe('a cycle', () => {
  test('brings a VM up with its device and holds the group mates with it', async () => {
    const { id, uri } = await host('sim')
    const vm = await pending(GPU)
    const summary = await createController(deps).cycle()
    expect(summary.placed).toMatchObject([{ vm, host: id }])
    expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', host: id })
    const claims = await listClaims(db.kysely, { vm })
    expect(claims.map(({ role }) => role)).toContain('passed')
    expect(claims.map(({ role }) => role)).toContain('held')
    const { sysfs, hypervisor } = openSimulatedHost(uri)
    for (const { address } of claims) expect(await currentDriver(sysfs, address)).toBe('vfio-pci')
    const passed = claims.filter(({ role }) => role === 'passed').map(({ address }) => address)
    expect((await hypervisor.list()).map(({ hostdevs }) => hostdevs)).toEqual([passed])
    await sound()
  })

  test('leaves a VM waiting with the reason, says it in the log once, and places it when a device comes free', async () => {
    await host('sim')
    const controller = createController(deps)
    const all = 'MEMORY = 1024\nPCI = [ VENDOR = "10de", CLASS = "0300", COUNT = 4 ]'
    const first = await pending(all)
    const second = await pending(all)
    const told = [...(await runCycle(deps)).news, ...(await runCycle(deps)).news]
    const waiting = await getVm(db.kysely, second)
    expect(waiting.state).toBe('PENDING')
    expect(waiting.message).not.toBeNull()
    expect(told.filter((line) => line.startsWith(`VM ${second} waits`))).toHaveLength(1)
    await terminateVm(db, first, { graceSeconds: 0 }, Date.now())
    await controller.carryOut(first)
    await controller.cycle()
    expect((await getVm(db.kysely, second)).state).toBe('RUNNING')
    await sound()
  })

  test('gives a stopped VM its state back: POWEROFF without claims, devices on their drivers, startable', async () => {
    const { uri } = await host('sim')
    const { sysfs } = openSimulatedHost(uri)
    const controller = createController(deps)
    const vm = await pending(GPU)
    await controller.cycle()
    const claims = await listClaims(db.kysely, { vm })
    await stopVm(db, vm, { graceSeconds: 0 }, Date.now())
    await controller.carryOut(vm)
    expect((await getVm(db.kysely, vm)).state).toBe('POWEROFF')
    expect(await listClaims(db.kysely, { vm })).toEqual([])
    for (const { address } of claims) expect(await currentDriver(sysfs, address)).not.toBe('vfio-pci')
    await startVm(db, vm, Date.now())
    await controller.cycle()
    expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', epoch: 2 })
    await sound()
  })

  test('notices a domain destroyed behind its back and brings the devices home', async () => {
    const { uri } = await host('sim')
    const { hypervisor } = openSimulatedHost(uri)
    const controller = createController(deps)
    const vm = await pending(GPU)
    await controller.cycle()
    for (const { uuid } of await hypervisor.list()) await hypervisor.destroy(uuid)
    await new Promise((resolve) => setTimeout(resolve, 2))
    await controller.cycle()
    expect((await getVm(db.kysely, vm)).state).toBe('POWEROFF')
    expect(await listClaims(db.kysely, {})).toEqual([])
    await sound()
  })

  test('places nothing on a disabled host, or on one that does not answer', async () => {
    const disabled = await host('disabled')
    await setHostEnabled(db, disabled.id, false)
    const gone = await host('gone')
    rmSync(gone.uri, { recursive: true })
    const vm = await pending(GPU)
    const summary = await createController(deps).cycle()
    expect(summary.placed).toEqual([])
    expect(summary.failed.map((failure) => failure.host)).toEqual([gone.id])
    expect((await getVm(db.kysely, vm)).state).toBe('PENDING')
  })

  test('two controllers on one database never give a device twice', async () => {
    await host('sim')
    const vms = await Promise.all(Array.from({ length: 6 }, () => pending(GPU)))
    await Promise.all([
      createController(deps).cycle(),
      createController({ ...deps, holder: 'other' }).cycle(),
    ])
    const claims = await listClaims(db.kysely, {})
    expect(new Set(claims.map(({ address }) => address)).size).toBe(claims.length)
    const states = await Promise.all(vms.map(async (vm) => (await getVm(db.kysely, vm)).state))
    expect(states.filter((state) => state === 'RUNNING')).toHaveLength(4)
    await sound()
  })
})

describe('a forced deploy', () => {
  test('goes to the host named', async () => {
    await host('a')
    const b = await host('b')
    const vm = await pending(GPU)
    const controller = createController(deps)
    await controller.deploy(vm, b.id)
    await controller.carryOut(vm)
    expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', host: b.id })
  })

  test('that another program’s change of the host thwarts leaves the VM as it was', async () => {
    const { id } = await host('a')
    const vm = (await createVm(db, GPU, { name: 'held', hold: true }, Date.now())).id
    const before = await getVm(db.kysely, vm)
    const changedAfterwards: typeof db.read = async (work) => {
      const picture = await db.read(work)
      await setHostEnabled(db, id, true)
      return picture
    }
    const thwarted = createController({ ...deps, database: { ...db, read: changedAfterwards } })
    await expect(thwarted.deploy(vm, id)).rejects.toMatchObject({ code: 'cannot-deploy' })
    expect(await getVm(db.kysely, vm)).toEqual({ ...before, changedAt: expect.any(Number) })
  })

  test('that a cycle beside it was quicker to carry out is done', async () => {
    const { id } = await host('a')
    const vm = await pending(GPU)
    let pictured = false
    const quick: typeof db = {
      ...db,
      read: (work) =>
        db.read(work).finally(() => {
          pictured = true
        }),
      transaction: async (work) => {
        const done = await db.transaction(work)
        if (pictured) await createController({ ...deps, holder: 'serve' }).cycle()
        pictured = false
        return done
      },
    }
    await createController({ ...deps, database: quick }).deploy(vm, id)
    expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', host: id, epoch: 1 })
  })

  test('is refused in words where the host cannot take it, and changes nothing', async () => {
    const { id } = await host('storage', 'sim-storage')
    const vm = (await createVm(db, GPU, { name: 'held', hold: true }, Date.now())).id
    await expect(createController(deps).deploy(vm, id)).rejects.toMatchObject({ code: 'cannot-deploy' })
    expect((await getVm(db.kysely, vm)).state).toBe('HOLD')
    expect(await listClaims(db.kysely, {})).toEqual([])
  })
})
