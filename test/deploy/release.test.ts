/** How a release ends a domain and what it does about devices that do not come back. */
import { expect, test } from 'vitest'
import { carryOut } from '../../src/deploy/carry-out.ts'
import { type MemoryHost, memoryHypervisor } from '../support/memory-host.ts'
import { promised } from '../support/orders.ts'
import { AUDIO, DEPLOY, driversOf, GPU, ORIGINAL, portsOf, RELEASE, run, world } from './world.ts'

async function running(): Promise<MemoryHost> {
  const host = world()
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'running' })
  return host
}

test('a guest that heeds the shutdown is not destroyed', async () => {
  const host = await running()
  host.broken.add('destroy')
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a deaf guest is destroyed when its grace is over, not before', async () => {
  const host = await running()
  host.guestHeedsShutdown = false
  const before = host.now
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(host.now - before).toBeGreaterThanOrEqual(60_000)
  expect(host.now - before).toBeLessThan(62_000)
})

test('the grace is counted from the first try', async () => {
  const host = await running()
  host.guestHeedsShutdown = false
  host.broken.add('destroy')
  const before = host.now
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'release-failed', code: 'virsh-failed' })
  host.broken.clear()
  await run(host, RELEASE)
  expect(host.now - before).toBeLessThan(62_000)
})

test('without grace it is destroyed at once', async () => {
  const host = await running()
  host.broken.add('shutdown')
  expect(await run(host, { ...RELEASE, graceSeconds: 0 })).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a shutdown that libvirt refuses does not keep the domain from being ended', async () => {
  const host = await running()
  host.broken.add('shutdown')
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
})

test('a domain that cannot be ended keeps its devices, which are not to blame', async () => {
  const host = await running()
  host.guestHeedsShutdown = false
  host.broken.add('destroy')
  expect(await run(host, RELEASE)).toMatchObject({
    kind: 'release-failed',
    faults: [],
  })
  expect(host.domains.size).toBe(1)
})

test('a device that libvirt left driverless is probed back to its own driver', async () => {
  const host = await running()
  host.broken.add(`${GPU} reattach`)
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a device that does not come back is named, and keeps no other from coming', async () => {
  const host = await running()
  host.broken.add(`${GPU} reattach`).add(`${GPU} bind nvidia`)
  const event = await run(host, RELEASE)
  expect(event).toMatchObject({
    kind: 'release-failed',
    code: 'driver-not-bound',
    faults: [{ address: GPU }],
  })
  expect(driversOf(host)).toEqual({ ...ORIGINAL, [GPU]: null })
  host.broken.clear()
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a device that vanished has nothing to be given back to, and keeps no VM from ending', async () => {
  const host = await running()
  host.devices.delete(GPU)
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual({ ...ORIGINAL, [GPU]: null })
})

test('a device that another domain holds now is not touched', async () => {
  const host = await running()
  await memoryHypervisor(host).destroy([...host.domains.keys()][0] ?? '')
  await memoryHypervisor(host).create(
    `<domain><name>desktop</name><uuid>u</uuid><devices><hostdev type='pci'><source><address bus='1' slot='0' function='0'/></source></hostdev></devices></domain>`,
  )
  expect(await run(host, RELEASE)).toMatchObject({ code: 'device-in-domain', faults: [] })
  expect([...host.domains.values()].map((domain) => domain.name)).toEqual(['desktop'])
})

test('a device that the host has taken into use since is left to it', async () => {
  const host = await running()
  host.usage = [{ address: GPU, reason: 'display', detail: 'boot display' }]
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)[GPU]).toBe('nouveau')
})

test('after a reboot the drivers that the kernel bound are the answer', async () => {
  const host = await running()
  host.domains.clear()
  for (const device of host.devices.values())
    Object.assign(device, { driver: device.natural, override: null })
  host.bootId = 'boot-2'
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual({ ...ORIGINAL, [GPU]: 'nouveau' })
})

test.each([
  ['an older', 2],
  ['a newer', 4],
])('a domain of %s epoch is not ended', async (_, epoch) => {
  const host = await running()
  const event = await run(host, { ...RELEASE, epoch })
  expect(host.domains.size).toBe(1)
  expect(driversOf(host)[AUDIO]).toBe('vfio-pci')
  expect(event).toMatchObject({ kind: 'release-failed', code: 'device-in-domain' })
})

test('an order whose deploy never wrote a driver down has nothing to bring back', async () => {
  const host = world()
  expect(await run(host, { ...RELEASE, devices: [promised('01:00.0')] })).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('libvirt may take its time to give a device back: its probing is waited for, not raced', async () => {
  const host = await running()
  const ports = portsOf(host)
  const gpu = host.devices.get(GPU)
  let reattachAt = Number.POSITIVE_INFINITY
  const shutdown = async (uuid: string) => {
    host.domains.delete(uuid)
    reattachAt = host.now + 5_000
  }
  const sleep = async (ms: number) => {
    host.now += ms
    if (gpu === undefined || host.now < reattachAt) return
    reattachAt = Number.POSITIVE_INFINITY
    gpu.override = null
    gpu.driver = gpu.natural
  }
  const clock = { now: ports.clock.now, sleep }
  const event = await carryOut(RELEASE, { ...ports, clock, hypervisor: { ...ports.hypervisor, shutdown } })
  await sleep(60_000)
  expect(event).toMatchObject({ kind: 'released' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})
