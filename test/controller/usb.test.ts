/** USB through whole cycles on a simulated host: given, plugged in anew, swapped, kept from its controller, given back. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAgent } from '../../src/agent/agent.ts'
import { createController } from '../../src/controller/controller.ts'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { listUsbClaims } from '../../src/database/usb-claims.ts'
import { getVm } from '../../src/database/vms.ts'
import { startVm, stopVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { createSimulatedHost, openSimulatedHost } from '../../src/simulator/host.ts'

const DONGLE = 'MEMORY = 64\nUSB = [ VENDOR = "0529", PRODUCT = "0001" ]'
const CONTROLLER = 'MEMORY = 64\nPCI = [ ADDRESS = "0000:7e:00.3" ]'

let dir: string
let db: Database
let deps: ControllerDeps
let root: string

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'berth-usb-'))
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
  root = join(dir, 'host')
  await createSimulatedHost(root, 'sim-gpu-render')
  const wish = { name: 'h', cluster: 'default', driver: 'simulator', uri: root, enabled: true } as const
  await addHost(db, { ...wish, filter: null, attributes: {} })
})

afterEach(async () => {
  await db.close()
  rmSync(dir, { recursive: true })
})

const pending = async (template: string) => (await createVm(db, template, {}, Date.now())).id
const cycle = () => createController(deps).cycle()
const stateOf = async (vm: number) => (await getVm(db.kysely, vm)).state
const sound = async () => expect(await db.read((q) => checkDatabase(q))).toEqual([])
const given = async () =>
  (await openSimulatedHost(root).hypervisor.list()).map(({ usbHostdevs }) => usbHostdevs)
const write = (port: string, file: string, text: string) =>
  writeFileSync(join(root, `sys/bus/usb/devices/${port}/${file}`), `${text}\n`)

/** Nothing of the stick is mounted any more. */
function unmount(): void {
  for (const name of ['self', '1']) {
    const file = join(root, `proc/${name}/mountinfo`)
    const kept = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !line.includes('/srv/rescue'))
    writeFileSync(file, kept.join('\n'))
  }
}

test('two VMs get one dongle each, told by numbers; the third waits; a stop frees one', async () => {
  const vms = [await pending(DONGLE), await pending(DONGLE), await pending(DONGLE)]
  const [first = 0, , third = 0] = vms
  const summary = await cycle()
  expect(summary.placed.map(({ usb }) => usb)).toEqual([['1-3'], ['1-4']])
  expect(summary.waiting).toMatchObject([
    { vm: third, message: expect.stringContaining('USB device not free') },
  ])
  expect(await given()).toEqual([[{ bus: 1, device: 3 }], [{ bus: 1, device: 4 }]])
  await stopVm(db, first, { graceSeconds: 0 }, Date.now())
  await cycle()
  await cycle()
  expect([await stateOf(first), await stateOf(third)]).toEqual(['POWEROFF', 'RUNNING'])
  await sound()
})

test('plugged in anew under another number: the guest lost it, the VM says so, and its next start gets it again', async () => {
  const vm = await pending(DONGLE)
  await cycle()
  write('1-3', 'devnum', '9')
  await cycle()
  expect(await getVm(db.kysely, vm)).toMatchObject({
    state: 'RUNNING',
    message: expect.stringContaining('USB 1-3'),
  })
  await stopVm(db, vm, { graceSeconds: 0 }, Date.now())
  await cycle()
  await startVm(db, vm, Date.now())
  await cycle()
  expect(await given()).toEqual([[{ bus: 1, device: 9 }]])
  expect((await getVm(db.kysely, vm)).message).toBeNull()
  await sound()
})

test('another device in its port is nobody’s while the VM holds the one that was there', async () => {
  const vm = await pending(DONGLE)
  await cycle()
  write('1-3', 'idProduct', '0002')
  write('1-3', 'devnum', '9')
  const other = await pending('MEMORY = 64\nUSB = [ VENDOR = "0529", PRODUCT = "0002" ]')
  await cycle()
  expect(await stateOf(other)).toBe('PENDING')
  expect(await listUsbClaims(db.kysely)).toMatchObject([{ vm }])
  await stopVm(db, vm, { graceSeconds: 0 }, Date.now())
  await cycle()
  await cycle()
  expect(await stateOf(other)).toBe('RUNNING')
  await sound()
})

test('the controller stays while a VM has a device below it, and takes all of them along where it goes', async () => {
  unmount()
  const dongle = await pending(DONGLE)
  const controller = await pending(CONTROLLER)
  await cycle()
  expect([await stateOf(dongle), await stateOf(controller)]).toEqual(['RUNNING', 'PENDING'])
  expect((await getVm(db.kysely, controller)).message).toContain('USB controller in use')
  await stopVm(db, dongle, { graceSeconds: 0 }, Date.now())
  await cycle()
  await cycle()
  expect(await stateOf(controller)).toBe('RUNNING')
  await startVm(db, dongle, Date.now())
  await cycle()
  // On vfio-pci the controller has no USB devices.
  expect((await getVm(db.kysely, dongle)).message).toContain('no such USB device')
  await stopVm(db, controller, { graceSeconds: 0 }, Date.now())
  await cycle()
  await cycle()
  expect(await stateOf(dongle)).toBe('RUNNING')
  await sound()
})
