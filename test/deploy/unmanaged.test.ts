/** MANAGED = "NO": Berth binds what is passed, resets it after its guest and gives it back; libvirt rebinds nothing. */
import { expect, test } from 'vitest'
import type { MemoryHost } from '../support/memory-host.ts'
import {
  type CrashPoint,
  DEPLOY,
  driversOf,
  GPU,
  NIC,
  ORIGINAL,
  RELEASE,
  run,
  runThrough,
  world,
} from './world.ts'

const unmanaged = <O extends typeof DEPLOY | typeof RELEASE>(order: O): O => ({
  ...order,
  devices: order.devices.map((device) => ({ ...device, managed: device.role === 'held' })),
})
const ORDER = unmanaged(DEPLOY)
const BACK = unmanaged(RELEASE)

async function running(): Promise<MemoryHost> {
  const host = world()
  expect(await run(host, ORDER)).toMatchObject({ kind: 'running' })
  return host
}

test('the passed devices are on vfio-pci before the domain is made, which refuses others', async () => {
  const host = await running()
  expect(host.devices.get(GPU)?.driver).toBe('vfio-pci')
  expect([...host.unmanaged].sort()).toEqual([NIC, GPU])
})

test('after the guest each is reset once, and back on its own driver', async () => {
  const host = await running()
  expect(await run(host, BACK)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
  expect([...host.resets].sort()).toEqual([NIC, GPU])
})

test('one that cannot be reset does not go back to the host', async () => {
  const host = await running()
  host.broken.add(`${GPU} reset`)
  expect(await run(host, BACK)).toMatchObject({
    ...{ kind: 'release-failed', code: 'device-reset-failed', faults: [{ address: GPU }] },
  })
  expect(host.devices.get(GPU)?.driver).toBe('vfio-pci')
  host.broken.clear()
  expect(await run(host, BACK)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a deploy that fails gives them back too', async () => {
  const host = world()
  host.broken.add('start')
  expect(await run(host, ORDER)).toMatchObject({ kind: 'deploy-failed' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('killed at any call, of deploy and then of release, it ends where it should', async () => {
  for (let call = 1; call <= 20; call++)
    for (const when of ['before', 'after'] as const) {
      const point: CrashPoint = { call, when }
      const host = world()
      expect(await runThrough(host, ORDER, [point])).toMatchObject({ kind: 'running' })
      expect(await runThrough(host, BACK, [point])).toMatchObject({ kind: 'released' })
      expect(driversOf(host)).toEqual(ORIGINAL)
    }
})
