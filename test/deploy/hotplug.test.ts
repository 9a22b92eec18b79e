/** Devices plugged into a running domain and out of it: verified, undone, repeated after a crash at any call. */
import { expect, test } from 'vitest'
import type { AttachOrder, DetachOrder } from '../../src/model/order.ts'
import type { MemoryHost } from '../support/memory-host.ts'
import { deployOrder, promised, releaseOrder } from '../support/orders.ts'
import { AUDIO, AUDIO_CLASS, GPU, NIC, run, runThrough, SPARE, world } from './world.ts'

/** The VM has the NIC; the GPU with its mates is to come. */
const HAS = [promised('01:00.0', { iommuGroup: 20 })]
const MORE = [
  promised('08:00.0', { iommuGroup: 26, identity: 'path:0000:00/04.0', request: 1 }),
  promised('08:00.1', { iommuGroup: 26, role: 'held', classId: AUDIO_CLASS, request: null }),
  promised('08:00.2', { iommuGroup: 26, role: 'held', classId: AUDIO_CLASS, request: null }),
]
const { vm, host: hostId, epoch, cluster, bootId } = deployOrder({})
const about = { vm, host: hostId, epoch, cluster, bootId }
const ATTACH: AttachOrder = { kind: 'attach', id: 60, ...about, devices: MORE, holds: [NIC] }
const DETACH: DetachOrder = { kind: 'detach', id: 61, ...about, devices: MORE }
const RELEASE = releaseOrder({ devices: [...HAS, ...MORE] })

const drivers = (host: MemoryHost) =>
  [NIC, GPU, AUDIO, SPARE].map((address) => host.devices.get(address)?.driver ?? null)
const hostdevs = (host: MemoryHost) => [...host.domains.values()].flatMap((domain) => domain.hostdevs)
const BEFORE = ['vfio-pci', 'nvidia', 'snd_hda_intel', null]
const WITH = ['vfio-pci', 'vfio-pci', 'vfio-pci', null]

async function running(): Promise<MemoryHost> {
  const host = world()
  expect(await run(host, deployOrder({ devices: HAS }))).toMatchObject({ kind: 'running' })
  return host
}

async function attached(): Promise<MemoryHost> {
  const host = await running()
  expect(await run(host, ATTACH)).toMatchObject({ kind: 'attached' })
  return host
}

test('plugged in, the domain has the device, and the mates are on vfio-pci with it', async () => {
  const host = await attached()
  expect(hostdevs(host)).toEqual([NIC, GPU])
  expect(drivers(host)).toEqual(WITH)
})

test('plugged out, each is back on its own driver, and the rest stays', async () => {
  const host = await attached()
  expect(await run(host, DETACH)).toMatchObject({ kind: 'detached' })
  expect(hostdevs(host)).toEqual([NIC])
  expect(drivers(host)).toEqual(BEFORE)
})

test('the end of the VM brings back what was attached, too', async () => {
  const host = await attached()
  expect(await run(host, RELEASE)).toMatchObject({ kind: 'released' })
  expect(drivers(host)).toEqual(BEFORE)
})

test('an attach that libvirt refuses is undone whole', async () => {
  const host = await running()
  host.broken.add('attach')
  expect(await run(host, ATTACH)).toMatchObject({ kind: 'attach-failed', code: 'virsh-failed' })
  expect(hostdevs(host)).toEqual([NIC])
  expect(drivers(host)).toEqual(BEFORE)
})

test('an attach to a domain that has ended touches nothing', async () => {
  const host = await running()
  host.domains.clear()
  expect(await run(host, ATTACH)).toMatchObject({ kind: 'attach-failed', code: 'domain-gone' })
  expect(drivers(host)).toEqual(BEFORE)
})

test('a device that the host has taken into use meanwhile is not attached', async () => {
  const host = await running()
  host.usage = [{ address: GPU, reason: 'display', detail: 'screen' }]
  expect(await run(host, ATTACH)).toMatchObject({ kind: 'attach-failed', code: 'in-use-by-host' })
  expect(hostdevs(host)).toEqual([NIC])
})

test('a group mate that was not promised stops it', async () => {
  const host = await running()
  const short = { ...ATTACH, devices: MORE.slice(0, 2) }
  expect(await run(host, short)).toMatchObject({ kind: 'attach-failed', code: 'group-changed' })
})

test('a guest that does not answer keeps its device, whatever libvirt says, and the order is tried again', async () => {
  const host = await attached()
  host.guestLetsGo = false
  const kept = await run(host, DETACH)
  expect(kept).toMatchObject({ kind: 'release-failed', code: 'guest-keeps-device', faults: [] })
  expect(hostdevs(host)).toEqual([NIC, GPU])
  expect(drivers(host)).toEqual(WITH)
  host.guestLetsGo = true
  expect(await run(host, DETACH)).toMatchObject({ kind: 'detached' })
  expect(drivers(host)).toEqual(BEFORE)
})

test('a domain that ended by itself has let go of everything', async () => {
  const host = await attached()
  host.domains.clear()
  expect(await run(host, DETACH)).toMatchObject({ kind: 'detached' })
  expect(drivers(host).slice(1)).toEqual(BEFORE.slice(1))
})

test('unmanaged devices are bound by Berth, and reset on their way back', async () => {
  const unmanaged = MORE.map((device) => ({ ...device, managed: device.role === 'held' }))
  const host = await running()
  expect(await run(host, { ...ATTACH, devices: unmanaged })).toMatchObject({ kind: 'attached' })
  expect(await run(host, { ...DETACH, devices: unmanaged })).toMatchObject({ kind: 'detached' })
  expect(host.resets).toEqual([GPU])
  expect(drivers(host)).toEqual(BEFORE)
})

test('killed at any call of attach and of detach, both end where they should', async () => {
  for (let call = 1; call <= 14; call++)
    for (const when of ['before', 'after'] as const) {
      const host = await running()
      await runThrough(host, ATTACH, [{ call, when }])
      expect([call, when, hostdevs(host), drivers(host)]).toEqual([call, when, [NIC, GPU], WITH])
      await runThrough(host, DETACH, [{ call, when }])
      expect([call, when, hostdevs(host), drivers(host)]).toEqual([call, when, [NIC], BEFORE])
    }
})

test('an attach that fails and is killed at any call of its undoing ends undone', async () => {
  for (let call = 1; call <= 14; call++) {
    const host = await running()
    host.broken.add('attach')
    await runThrough(host, ATTACH, [{ call, when: 'after' }])
    expect([call, hostdevs(host), drivers(host)]).toEqual([call, [NIC], BEFORE])
  }
})
