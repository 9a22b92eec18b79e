/** A UEFI guest from its template to its end, over a simulated host's files and a real database. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAgent } from '../../src/agent/agent.ts'
import { type Controller, createController } from '../../src/controller/controller.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listHistory } from '../../src/database/history.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { getVm } from '../../src/database/vms.ts'
import { domainUuid } from '../../src/libvirt/domain-name.ts'
import { startVm, stopVm, terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost, setHostEnabled } from '../../src/lifecycle/hosts.ts'
import { SIMULATED_DESCRIPTOR } from '../../src/simulator/firmware-files.ts'
import { createSimulatedHost, openSimulatedHost } from '../../src/simulator/host.ts'

const UEFI = 'MEMORY = 1024\nOS = [ FIRMWARE = "UEFI" ]\nPCI = [ VENDOR = "10de", CLASS = "0300" ]'

let dir: string
let db: Database
let controller: Controller
/** How far the clock is ahead: failed deploys wait. */
let ahead: number

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'berth-uefi-'))
  db = await openDatabase(join(dir, 'berth.db'), { migrate: true })
  ahead = 0
  controller = createController({
    database: db,
    connect: async ({ uri }) => {
      const { procRoot: proc, ...simulated } = openSimulatedHost(uri)
      return createAgent({ ...simulated, proc, pciIds: null })
    },
    clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))) },
    policy: 'pack',
    holder: 'test',
    log: () => {},
  })
})

afterEach(async () => {
  expect(await db.read((q) => checkDatabase(q))).toEqual([])
  await db.close()
  rmSync(dir, { recursive: true })
})

const now = (): number => Date.now() + ahead

async function host(name: string): Promise<{ id: number; dir: string }> {
  const uri = join(dir, name)
  await createSimulatedHost(uri, 'sim-gpu-render')
  const facts = { cluster: 'default', driver: 'simulator', uri, enabled: true } as const
  return { id: (await addHost(db, { name, ...facts, filter: null, attributes: {} })).id, dir: uri }
}

async function vmRunning(): Promise<number> {
  const { id } = await createVm(db, UEFI, { name: 'vm' }, now())
  await controller.cycle()
  expect(await getVm(db.kysely, id)).toMatchObject({ state: 'RUNNING' })
  return id
}

const nvramFolder = (hostDir: string) => join(hostDir, 'var/lib/libvirt/qemu/nvram')
const fileOf = (hostDir: string, vm: number) =>
  join(nvramFolder(hostDir), `berth-${vm}-${domainUuid({ cluster: db.cluster, vm })}_VARS.fd`)

async function stop(vm: number): Promise<void> {
  await stopVm(db, vm, { graceSeconds: 0 }, now())
  await controller.carryOut(vm)
}

test('its domain names the firmware; its variables outlive a stop, and are gone with it', async () => {
  const a = await host('a')
  const vm = await vmRunning()
  const file = fileOf(a.dir, vm)
  const xml = readFileSync(join(a.dir, `domains/berth-${vm}.xml`), 'utf8')
  expect(xml).toContain('<loader readonly="yes" type="pflash">/usr/share/simulated-firmware/CODE.fd</loader>')
  expect(xml).toContain(`>${file.slice(a.dir.length)}</nvram>`)
  appendFileSync(file, 'what the guest wrote')
  await stop(vm)
  expect(readFileSync(file, 'utf8')).toContain('what the guest wrote')
  await startVm(db, vm, now())
  await controller.cycle()
  expect((await getVm(db.kysely, vm)).state).toBe('RUNNING')
  expect(readFileSync(file, 'utf8')).toContain('what the guest wrote')
  await terminateVm(db, vm, { graceSeconds: 0 }, now())
  await controller.carryOut(vm)
  expect((await getVm(db.kysely, vm)).state).toBe('DONE')
  expect(readdirSync(nvramFolder(a.dir))).toEqual([])
})

test('terminated while it is off, it is gone from every host where it ran, in one go', async () => {
  const a = await host('a')
  const vm = await vmRunning()
  await stop(vm)
  const b = await host('b')
  await setHostEnabled(db, a.id, false)
  await startVm(db, vm, now())
  await controller.cycle()
  expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', host: b.id })
  await stop(vm)
  expect([a, b].map(({ dir: one }) => existsSync(fileOf(one, vm)))).toEqual([true, true])
  await terminateVm(db, vm, {}, now())
  await controller.carryOut(vm)
  expect((await getVm(db.kysely, vm)).state).toBe('DONE')
  expect([a, b].map(({ dir: one }) => readdirSync(nvramFolder(one)))).toEqual([[], []])
})

test('a VM of a new database with the same number starts with variables of its own', async () => {
  const a = await host('a')
  const vm = await vmRunning()
  await stop(vm)
  appendFileSync(fileOf(a.dir, vm), 'of the first')
  const first = fileOf(a.dir, vm)
  await db.close()
  db = await openDatabase(join(dir, 'other.db'), { migrate: true })
  expect(fileOf(a.dir, vm)).not.toBe(first)
})

test.each([
  ['its descriptor', SIMULATED_DESCRIPTOR],
  ['an image that the descriptor names', 'usr/share/simulated-firmware/CODE.fd'],
])('a host without %s gets no UEFI VM, and says so, until it is there', async (_, file) => {
  const a = await host('a')
  const text = readFileSync(join(a.dir, file))
  rmSync(join(a.dir, file))
  const { id: vm } = await createVm(db, UEFI, { name: 'vm' }, now())
  await controller.cycle()
  const waiting = await getVm(db.kysely, vm)
  expect([waiting.state, waiting.message]).toEqual([
    'PENDING',
    expect.stringContaining('host without UEFI firmware'),
  ])
  expect((await createVm(db, 'MEMORY = 1024', { name: 'bios' }, now())).id).toBe(vm + 1)
  writeFileSync(join(a.dir, file), text)
  await controller.cycle()
  const states = await Promise.all([vm, vm + 1].map(async (id) => (await getVm(db.kysely, id)).state))
  expect(states).toEqual(['RUNNING', 'RUNNING'])
})

test('a host whose firmware does not fit: back to PENDING with what to install, after three times BOOT_FAILURE; then DONE at once', async () => {
  await host('a')
  const secure = UEFI.replace('"UEFI"', '"UEFI", FIRMWARE_SECURE = "YES"')
  const { id: vm } = await createVm(db, secure, { name: 'vm' }, now())
  await controller.cycle()
  const waiting = await getVm(db.kysely, vm)
  expect(waiting.state).toBe('PENDING')
  expect(waiting.message).toMatch(
    /^deploy on host a failed: no UEFI firmware with Secure Boot and enrolled keys for x86_64, machine q35/,
  )
  expect(waiting.message).toContain('install ovmf')
  expect((await listHistory(db.kysely, vm)).at(-1)?.what).toContain('(no-firmware)')
  for (let times = 2; times <= 3; times++) {
    ahead += 60_000
    await controller.cycle()
  }
  expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'BOOT_FAILURE', failures: 3 })
  await terminateVm(db, vm, {}, now())
  expect((await getVm(db.kysely, vm)).state).toBe('DONE')
})
