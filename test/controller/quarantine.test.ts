/** Devices that hang, do not bind or do not answer, on simulated hosts: quarantined with the reason, and nothing else is blocked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAgent } from '../../src/agent/agent.ts'
import { createController } from '../../src/controller/controller.ts'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listDeviceHistory } from '../../src/database/device-history.ts'
import { getDevice } from '../../src/database/devices.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { getVm } from '../../src/database/vms.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { changeHealth } from '../../src/lifecycle/devices.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import type { Address } from '../../src/model/address.ts'
import { type Fault, writeFaults } from '../../src/simulator/faults.ts'
import { createSimulatedHost, openSimulatedHost } from '../../src/simulator/host.ts'

const GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de", CLASS = "0300" ]'
/** Longer than an order waits for its next try. */
const LATER = 700_000

let dir: string
let db: Database
let deps: ControllerDeps
let ahead: number
let host: number

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'berth-quarantine-'))
  db = await openDatabase(join(dir, 'berth.db'), { migrate: true })
  ahead = 0
  deps = {
    database: db,
    connect: async ({ uri }) => {
      const { hypervisor, sysfs, firmware, procRoot, loadModule } = openSimulatedHost(uri, { timeoutMs: 50 })
      // A driver that hangs is waited for no longer than a test may take.
      const write: typeof sysfs.write = (path, text) => sysfs.write(path, text, { timeoutMs: 50 })
      return createAgent({
        hypervisor,
        sysfs: { ...sysfs, write },
        firmware,
        proc: procRoot,
        pciIds: null,
        loadModule,
      })
    },
    clock: {
      now: () => Date.now() + ahead,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
    },
    policy: 'pack',
    holder: 'test',
    log: () => {},
  }
  await createSimulatedHost(join(dir, 'sim'), 'sim-gpu-render')
  const facts = { cluster: 'default', driver: 'simulator', enabled: true, filter: null } as const
  host = (await addHost(db, { ...facts, name: 'sim', uri: join(dir, 'sim'), attributes: {} })).id
})

afterEach(async () => {
  expect(await db.read(checkDatabase)).toEqual([])
  await db.close()
  rmSync(dir, { recursive: true })
})

const cycle = async () => {
  ahead += LATER
  await createController(deps).cycle()
}
const pending = async (template = GPU) => (await createVm(db, template, {}, deps.clock.now())).id
const stateOf = async (vm: number) => (await getVm(db.kysely, vm)).state
const healthOf = async (address: Address) => (await getDevice(db.kysely, host, address)).health

/** A running VM's GPU and the mate that is held with it. */
async function running() {
  const vm = await pending()
  await cycle()
  expect(await stateOf(vm)).toBe('RUNNING')
  const claims = await listClaims(db.kysely, { vm })
  const gpu = claims.find(({ role }) => role === 'passed')?.address
  const mate = claims.find(({ role }) => role === 'held')?.address
  if (gpu === undefined || mate === undefined) throw new Error('the GPU has no mate')
  return { vm, gpu, mate }
}

async function end(vm: number): Promise<void> {
  await terminateVm(db, vm, { graceSeconds: 0 }, deps.clock.now())
  await createController(deps).carryOut(vm)
}

function spoil(
  operation: Fault['operation'],
  address: Address,
  driver: string | null,
  effect: Fault['effect'],
): void {
  writeFaults(join(dir, 'sim'), [{ operation, address, driver, effect }])
}

async function events(address: Address): Promise<string[]> {
  const { identity } = await getDevice(db.kysely, host, address)
  return (await listDeviceHistory(db.kysely, { host, address, identity })).map(({ event }) => event)
}

test('a device that does not answer after its VM is quarantined; the VM ends, the mate is free', async () => {
  const { vm, gpu, mate } = await running()
  writeFileSync(join(dir, 'sim/sys/bus/pci/devices', gpu, 'config'), Buffer.alloc(4096, 0xff))
  await end(vm)
  expect(await stateOf(vm)).toBe('DONE')
  expect(await listClaims(db.kysely)).toEqual([])
  expect(await getDevice(db.kysely, host, gpu)).toMatchObject({
    health: 'quarantined',
    healthReason: expect.stringContaining('does not answer any more'),
  })
  expect(await healthOf(mate)).toBe('ok')
  expect(await events(gpu)).toEqual(['claimed', 'failed', 'quarantined', 'released'])
  expect(await events(mate)).toEqual(['claimed', 'released'])
  await cycle()
  expect(await healthOf(gpu)).toBe('quarantined')
})

test('a device that does not bind three times in a row is quarantined, and its VM goes elsewhere', async () => {
  const { vm: first, gpu } = await running()
  await end(first)
  spoil('bind', gpu, 'vfio-pci', 'EIO')
  const wanted = `${GPU.replace(']', '')}, ADDRESS = "${gpu}" ]`
  const only = await pending(wanted)
  for (let time = 0; time < 3; time++) await cycle()
  expect(await stateOf(only)).toBe('BOOT_FAILURE')
  expect(await getDevice(db.kysely, host, gpu)).toMatchObject({
    ...{ health: 'quarantined', failures: 3 },
    healthReason: expect.stringContaining('3 failures in a row'),
  })
  const other = await running()
  expect(other.gpu).not.toBe(gpu)
  writeFaults(join(dir, 'sim'), [])
  await changeHealth(db, 'clear', { host, address: gpu, reason: 'reseated' }, deps.clock.now())
  const again = await pending(wanted)
  await cycle()
  expect(await stateOf(again)).toBe('RUNNING')
})

test('a mate whose driver hangs is quarantined at once, and the VM gets another device', async () => {
  const { vm: first, gpu, mate } = await running()
  await end(first)
  const driver = (await getDevice(db.kysely, host, mate)).driver
  spoil('unbind', mate, driver, 'hang')
  const vm = await pending()
  await cycle()
  expect(await stateOf(vm)).toBe('PENDING')
  expect(await getDevice(db.kysely, host, mate)).toMatchObject({
    health: 'quarantined',
    healthReason: expect.stringContaining('did not answer'),
  })
  await cycle()
  expect(await stateOf(vm)).toBe('RUNNING')
  expect((await listClaims(db.kysely, { vm })).map(({ address }) => address)).not.toContain(gpu)
})

test('a device that hangs on its way back is quarantined at once and stays with its VM, and others go on', async () => {
  const { vm, mate } = await running()
  spoil('unbind', mate, 'vfio-pci', 'hang')
  await end(vm)
  expect(await stateOf(vm)).toBe('SHUTDOWN')
  expect(await healthOf(mate)).toBe('quarantined')
  const other = await pending()
  await cycle()
  expect(await stateOf(other)).toBe('RUNNING')
  expect(await stateOf(vm)).toBe('SHUTDOWN')
  writeFaults(join(dir, 'sim'), [])
  await cycle()
  expect(await stateOf(vm)).toBe('DONE')
  expect(await healthOf(mate)).toBe('quarantined')
})

test('a drained device is not given and says so; undrained, the VM that waited for it starts', async () => {
  const { vm: first, gpu } = await running()
  await end(first)
  const at = { host, address: gpu, reason: 'firmware' }
  await changeHealth(db, 'drain', at, deps.clock.now())
  const vm = await pending(`${GPU.replace(']', '')}, ADDRESS = "${gpu}" ]`)
  await cycle()
  expect(await getVm(db.kysely, vm)).toMatchObject({
    state: 'PENDING',
    message: expect.stringContaining('drained'),
  })
  await changeHealth(db, 'undrain', { ...at, reason: null }, deps.clock.now())
  await cycle()
  expect(await stateOf(vm)).toBe('RUNNING')
})
