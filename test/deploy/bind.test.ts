/** A device moved between its host driver and vfio-pci by an order of its own: what is refused, and a crash at each call. */
import { expect, test } from 'vitest'
import type { BindOrder, DriverGoal } from '../../src/model/order.ts'
import type { MemoryHost } from '../support/memory-host.ts'
import { addressOf, promised } from '../support/orders.ts'
import { AUDIO, AUDIO_CLASS, DEPLOY, NIC, OTHER, run, runThrough, world } from './world.ts'

const TO_VFIO: DriverGoal = { kind: 'named', driver: 'vfio-pci' }

function order(address: string, to: DriverGoal, change: Partial<BindOrder['devices'][0]> = {}): BindOrder {
  const device = { ...promised(address), iommuGroup: null, identity: null, ...change }
  const { vendorId, deviceId, classId, identity, iommuGroup, allowed } = device
  const ordered = { address: device.address, vendorId, deviceId, classId, identity, iommuGroup }
  return {
    ...{ kind: 'bind', id: 50, host: 1, cluster: 'c', bootId: null, to },
    devices: [allowed === undefined ? ordered : { ...ordered, allowed }],
  }
}

const driverOf = (host: MemoryHost, address: string) => host.devices.get(addressOf(address))?.driver ?? null

test('to vfio-pci and back, the driver that it came from told', async () => {
  const host = world()
  expect(await run(host, order('02:00.0', TO_VFIO))).toMatchObject({
    ...{ kind: 'bound', address: OTHER, from: 'e1000e', driver: 'vfio-pci' },
  })
  expect(driverOf(host, OTHER)).toBe('vfio-pci')
  const back = { ...order('02:00.0', { kind: 'named', driver: 'e1000e' }), id: 51 }
  expect(await run(host, back)).toMatchObject({ kind: 'bound', from: 'vfio-pci', driver: 'e1000e' })
})

test('where nothing is written down, the kernel chooses', async () => {
  const host = world()
  await run(host, order('02:00.0', TO_VFIO))
  const back = { ...order('02:00.0', { kind: 'matching' }), id: 51 }
  expect(await run(host, back)).toMatchObject({ kind: 'bound', driver: 'e1000e' })
  expect(host.devices.get(OTHER)?.override).toBeNull()
})

test.each([
  ['the host uses it', 'in-use-by-host', { usage: 'mount' }],
  ['a process has it open', 'in-use-by-host', { usage: 'vfio' }],
] as const)('not taken where %s', async (_, code, { usage }) => {
  const host = world()
  host.usage = [{ address: OTHER, reason: usage, detail: 'x' }]
  expect(await run(host, order('02:00.0', TO_VFIO))).toMatchObject({ kind: 'bind-failed', code })
  expect(driverOf(host, OTHER)).toBe('e1000e')
})

test('taken all the same where an operator allowed it', async () => {
  const host = world()
  host.usage = [{ address: OTHER, reason: 'mount', detail: '/srv' }]
  expect(await run(host, order('02:00.0', TO_VFIO, { allowed: true }))).toMatchObject({ kind: 'bound' })
})

test.each([
  ['is another device by now', { identity: 'path:other' }, 'device-changed'],
  ['is not there', {}, 'device-missing'],
])('not touched where it %s', async (_, change, code) => {
  const host = world()
  const facts = host.devices.get(NIC)
  if (facts) host.devices.set(NIC, { ...facts, facts: { ...facts.facts, identity: 'path:0000:00/01.0' } })
  const address = code === 'device-missing' ? '77:00.0' : '01:00.0'
  expect(await run(host, order(address, TO_VFIO, change))).toMatchObject({ kind: 'bind-failed', code })
})

test('not given back to the host while a domain has a mate of its group', async () => {
  const host = world()
  await run(host, DEPLOY)
  const back = order('08:00.1', { kind: 'named', driver: 'snd_hda_intel' }, { classId: AUDIO_CLASS })
  expect(await run(host, back)).toMatchObject({ kind: 'bind-failed', code: 'device-in-domain' })
  expect(driverOf(host, AUDIO)).toBe('vfio-pci')
})

test('not given back to the host while a process has it open: unbinding would wait for that in the kernel', async () => {
  const host = world()
  await run(host, order('02:00.0', TO_VFIO))
  host.usage = [{ address: OTHER, reason: 'vfio', detail: 'process 812 (qemu)' }]
  const back = { ...order('02:00.0', { kind: 'named', driver: 'e1000e' }), id: 51 }
  const event = await run(host, back)
  expect(event).toMatchObject({ kind: 'bind-failed', code: 'vfio-open' })
  expect(event).toMatchObject({ message: expect.stringContaining('process 812 (qemu)') })
})

test('a device with virtual functions is not taken: they would be lost', async () => {
  const host = world()
  const device = host.devices.get(OTHER)
  if (device) host.devices.set(OTHER, { ...device, facts: { ...device.facts, numVfs: 2 } })
  expect(await run(host, order('02:00.0', TO_VFIO))).toMatchObject({ code: 'pf-has-vfs' })
})

test('a bind that the kernel calls a success and that did not bind is a failure, and the driver comes back', async () => {
  const host = world()
  host.broken.add(`${OTHER} bind vfio-pci`)
  expect(await run(host, order('02:00.0', TO_VFIO))).toMatchObject({ code: 'driver-not-bound', hangs: false })
  expect(driverOf(host, OTHER)).toBe('e1000e')
})

test.each([1, 2, 3, 4, 5])('killed at call %i, before or after it, it ends where it should', async (call) => {
  for (const when of ['before', 'after'] as const) {
    const host = world()
    await runThrough(host, order('02:00.0', TO_VFIO), [{ call, when }])
    expect([when, driverOf(host, OTHER)]).toEqual([when, 'vfio-pci'])
    const written = host.journals.get(50)?.find(({ step }) => step === 'original-drivers')
    expect(written?.facts.drivers).toEqual({ [OTHER]: 'e1000e' })
  }
})
