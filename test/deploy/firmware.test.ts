/** UEFI guests on their host: firmware is found before anything is touched, variables outlive the domain and go with the VM. */
import { expect, test } from 'vitest'
import { domainUuid } from '../../src/libvirt/domain-name.ts'
import type { DeployOrder, ReleaseOrder } from '../../src/model/order.ts'
import type { MemoryHost } from '../support/memory-host.ts'
import { definition } from '../support/orders.ts'
import { Crash, DEPLOY, driversOf, ORIGINAL, RELEASE, run, runThrough, world } from './world.ts'

const UEFI: DeployOrder = { ...DEPLOY, definition: definition({ firmware: 'uefi' }) }
const FORGET: ReleaseOrder = { ...RELEASE, graceSeconds: 0, forgetFirmware: true }
/** By the database's and the VM's id. */
const FILE = `/nvram/berth-7-${domainUuid(DEPLOY)}_VARS.fd`

async function running(): Promise<MemoryHost> {
  const host = world()
  expect(await run(host, UEFI)).toMatchObject({ kind: 'running' })
  expect([...host.nvram.keys()]).toEqual([FILE])
  return host
}

test('a host without firmware: the deploy fails with what to install, and nothing was touched or asked', async () => {
  const host = world()
  host.uefi = false
  host.broken.add('create')
  const event = await run(host, UEFI)
  expect(event).toMatchObject({ kind: 'deploy-failed', code: 'no-firmware' })
  expect(event).not.toHaveProperty('faults')
  expect('message' in event && event.message).toContain('install ovmf')
  expect(driversOf(host)).toEqual(ORIGINAL)
  expect(host.journals.get(UEFI.id)?.map(({ step }) => step)).toEqual(['undo', 'undo'])
})

test('a BIOS guest needs none', async () => {
  const host = world()
  host.uefi = false
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'running' })
  expect(host.nvram.size).toBe(0)
})

test('a release keeps the variables, and the next start finds the same', async () => {
  const host = await running()
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(host.nvram.get(FILE)).toBe(3)
  expect(await run(host, { ...UEFI, id: 11, epoch: 4 })).toMatchObject({ kind: 'running' })
  expect([...host.nvram]).toEqual([[FILE, 3]])
})

test('a deploy that fails keeps them, too: they may be of an earlier start', async () => {
  const host = await running()
  await run(host, RELEASE)
  host.broken.add('create')
  expect(await run(host, { ...UEFI, id: 11, epoch: 4 })).toMatchObject({ kind: 'deploy-failed' })
  expect(host.nvram.has(FILE)).toBe(true)
})

test('the end of the VM takes them along, after the devices are back', async () => {
  const host = await running()
  expect(await run(host, FORGET)).toMatchObject({ kind: 'released' })
  expect(host.nvram.size).toBe(0)
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('an order that only forgets touches no device', async () => {
  const host = await running()
  await run(host, RELEASE)
  const only: ReleaseOrder = { ...FORGET, id: 12, devices: [] }
  expect(await run(host, only)).toMatchObject({ kind: 'released' })
  expect(host.nvram.size).toBe(0)
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('another VM, and the same number of another database, keep theirs', async () => {
  const host = await running()
  await run(host, RELEASE)
  await run(host, { ...FORGET, id: 12, devices: [], cluster: 'c2' })
  await run(host, { ...FORGET, id: 13, devices: [], vm: 70 })
  expect([...host.nvram.keys()]).toEqual([FILE])
})

test('what cannot be deleted fails the release, which ends once it can', async () => {
  const host = await running()
  host.broken.add('forget')
  expect(await run(host, FORGET)).toMatchObject({ kind: 'release-failed', code: 'nvram-remains', faults: [] })
  host.broken.clear()
  expect(await run(host, FORGET)).toMatchObject({ kind: 'released' })
  expect(host.nvram.size).toBe(0)
})

test('while a domain of an earlier epoch runs on them they are kept', async () => {
  const host = await running()
  const later: ReleaseOrder = { ...FORGET, id: 12, devices: [], epoch: 4 }
  expect(await run(host, later)).toMatchObject({ kind: 'release-failed', code: 'nvram-in-use' })
  expect(host.nvram.has(FILE)).toBe(true)
  expect(host.domains.size).toBe(1)
})

/** As many calls as an order makes. */
async function calls(prepare: () => Promise<MemoryHost>, order: DeployOrder | ReleaseOrder): Promise<number> {
  for (let call = 1; ; call++) {
    try {
      await run(await prepare(), order, { call, when: 'before' })
      return call - 1
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
  }
}

test('killed before and after each of its calls, the last release ends with devices back and variables gone', async () => {
  const count = await calls(running, FORGET)
  expect(count).toBeGreaterThan(3)
  for (let call = 1; call <= count; call++)
    for (const when of ['before', 'after'] as const) {
      const host = await running()
      expect(await runThrough(host, FORGET, [{ call, when }])).toMatchObject({ kind: 'released' })
      expect(host.nvram.size).toBe(0)
      expect(driversOf(host)).toEqual(ORIGINAL)
    }
})

test('killed before and after each of its calls, a deploy ends with one file', async () => {
  const count = await calls(async () => world(), UEFI)
  for (let call = 1; call <= count; call++)
    for (const when of ['before', 'after'] as const) {
      const host = world()
      expect(await runThrough(host, UEFI, [{ call, when }])).toMatchObject({ kind: 'running' })
      expect([...host.nvram.keys()]).toEqual([FILE])
    }
})
