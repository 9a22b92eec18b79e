/** Virtual functions on a simulated server, from the operator's wish to a VM's network interface and back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAgent } from '../../src/agent/agent.ts'
import { createController } from '../../src/controller/controller.ts'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { getDevice } from '../../src/database/devices.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { getVm } from '../../src/database/vms.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { wishVfs } from '../../src/lifecycle/sriov.ts'
import { writeFaults } from '../../src/simulator/faults.ts'
import { createSimulatedHost, openSimulatedHost } from '../../src/simulator/host.ts'
import { pfState } from '../../src/vfio/sriov.ts'
import { addressOf } from '../support/orders.ts'

const PF = addressOf('af:00.0')
const NIC = 'MEMORY = 64\nPCI = [ TYPE = "NIC", VENDOR = "15b3", MAC = "02:00:0A:00:00:01", VLAN_ID = 42 ]'

let dir: string
let db: Database
let deps: ControllerDeps
let host: number

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'berth-sriov-'))
  db = await openDatabase(join(dir, 'berth.db'), { migrate: true })
  await createSimulatedHost(join(dir, 'nic'), 'sim-nic')
  deps = {
    database: db,
    connect: async ({ uri }) => {
      const { hypervisor, sysfs, firmware, procRoot, loadModule, vfSettings } = openSimulatedHost(uri)
      return createAgent({
        hypervisor,
        sysfs,
        firmware,
        proc: procRoot,
        pciIds: null,
        loadModule,
        vfSettings,
      })
    },
    clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))) },
    policy: 'pack',
    holder: 'test',
    log: () => {},
  }
  const wish = { name: 'nic', cluster: 'default', driver: 'simulator', uri: join(dir, 'nic') } as const
  host = (await addHost(db, { ...wish, enabled: true, filter: null, attributes: {} })).id
  await createController(deps).probe(host)
})

afterEach(async () => {
  await db.close()
  rmSync(dir, { recursive: true })
})

const set = async (numVfs: number) => {
  const order = await wishVfs(db, host, PF, { numVfs, autoprobe: false }, Date.now())
  const state = order === null ? 'done' : await createController(deps).carryOutOrder(order)
  await createController(deps).probe(host)
  return state
}
const kernel = async () => pfState(openSimulatedHost(join(dir, 'nic')).sysfs, PF)
const domainXml = () => {
  const folder = join(dir, 'nic/domains')
  const name = readdirSync(folder).find((file) => file.endsWith('.xml'))
  return name === undefined ? null : readFileSync(join(folder, name), 'utf8')
}

test('the number is changed on the host, and a host that refuses leaves wish and number as they were', async () => {
  expect(await set(2)).toBe('done')
  expect((await kernel())?.vfs).toHaveLength(2)
  writeFaults(join(dir, 'nic'), [{ operation: 'sriov', address: PF, driver: null, effect: 'ENOMEM' }])
  await expect(set(6)).rejects.toMatchObject({ code: 'order-failed' })
  expect((await kernel())?.vfs).toHaveLength(2)
  expect(await getDevice(db.kysely, host, PF)).toMatchObject({ wantedVfs: 2, health: 'ok' })
})

test('a VM has a VF as its network interface; while it has, the number stays; afterwards nothing is left on it', async () => {
  await set(2)
  const { id: vm } = await createVm(db, NIC, { name: 'router' }, Date.now())
  await createController(deps).cycle()
  expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'RUNNING', message: null })
  const [claim] = await listClaims(db.kysely, { vm })
  expect((await kernel())?.vfs).toContain(claim?.address)
  expect(domainXml()).toContain('<mac address="02:00:0a:00:00:01"/>')
  expect(domainXml()).toContain('<tag id="42"/>')
  await expect(set(4)).rejects.toMatchObject({ code: 'vf-claimed', facts: { vm } })
  const { vfSettings } = openSimulatedHost(join(dir, 'nic'))
  expect([...(await vfSettings('ens5f0np0')).values()]).toContainEqual({ mac: '02:00:0a:00:00:01', vlan: 42 })

  await terminateVm(db, vm, { graceSeconds: 0 }, Date.now())
  await createController(deps).carryOut(vm)
  expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'DONE' })
  expect(new Set([...(await vfSettings('ens5f0np0')).values()].map(({ mac }) => mac))).toEqual(
    new Set(['00:00:00:00:00:00']),
  )
  expect(await set(4)).toBe('done')
  expect(await db.read((q) => checkDatabase(q))).toEqual([])
})

test('a VF that keeps its VM’s address is quarantined, not given to the next', async () => {
  const { id: vm } = await createVm(db, NIC, { name: 'router' }, Date.now())
  await createController(deps).cycle()
  const [claim] = await listClaims(db.kysely, { vm })
  if (claim === undefined) throw new Error('no claim')
  writeFaults(join(dir, 'nic'), [{ operation: 'vf-network', address: null, driver: null, effect: 'nothing' }])
  await terminateVm(db, vm, { graceSeconds: 0 }, Date.now())
  for (const later of [0, 60_000]) {
    const clock = { ...deps.clock, now: () => Date.now() + later }
    await createController({ ...deps, clock }).carryOut(vm)
  }
  expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'SHUTDOWN' })
  expect(await getDevice(db.kysely, host, claim.address)).toMatchObject({
    ...{ health: 'quarantined', healthReason: expect.stringContaining('still has MAC 02:00:0a:00:00:01') },
  })
}, 60_000)
