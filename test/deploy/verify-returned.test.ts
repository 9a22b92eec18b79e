/** What a device must prove before it is free again, and what becomes of one that does not. */
import { describe, expect, test } from 'vitest'
import { carryOut } from '../../src/deploy/carry-out.ts'
import { CommandFailed } from '../../src/model/errors.ts'
import { hexId } from '../../src/model/ids.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { MemoryHost } from '../support/memory-host.ts'
import {
  AUDIO,
  DEPLOY,
  DEVICES,
  driversOf,
  GPU,
  NIC,
  ORIGINAL,
  portsOf,
  RELEASE,
  run,
  world,
} from './world.ts'

async function running(): Promise<MemoryHost> {
  const host = world()
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'running' })
  return host
}

function change(host: MemoryHost, facts: Partial<ReportedDevice>, silent = false): void {
  const device = host.devices.get(GPU)
  if (device) host.devices.set(GPU, { ...device, silent, facts: { ...device.facts, ...facts } })
}

test('devices that are what they were are free, and nothing is said of them', async () => {
  const host = await running()
  expect(await run(host, RELEASE)).not.toHaveProperty('distrusted')
})

test.each<[string, string, (host: MemoryHost) => void]>([
  ['does not answer', 'config-unreadable', (host) => change(host, {}, true)],
  ['has another device id', 'device-changed', (host) => change(host, { deviceId: hexId(0x2230) })],
  ['has another class', 'device-changed', (host) => change(host, { classId: hexId(0x0300) })],
  ['has another identity', 'device-changed', (host) => change(host, { identity: 'path:0000:00/05.0' })],
  ['is in another group', 'group-changed', (host) => change(host, { iommuGroup: 27 })],
  ['is in no group', 'group-changed', (host) => change(host, { iommuGroup: null })],
])('a device that %s is not trusted; the VM ends and the others are free', async (_, code, spoil) => {
  const host = await running()
  spoil(host)
  const event = await run(host, RELEASE)
  const message = expect.stringContaining(GPU)
  expect(event).toMatchObject({ kind: 'released', distrusted: [{ address: GPU, code, message }] })
  expect(driversOf(host)).toEqual(ORIGINAL)
  expect(await run(host, RELEASE), 'told again when the event was lost').toEqual(event)
})

test.each<[string, Partial<ReportedDevice>]>([
  ['an identity of another kind', { identity: 'serial:1/10de:20b0::/0' }],
  ['an identity that cannot be read', { identity: null }],
  ['another name', { deviceName: 'A100' }],
])('%s is no other device', async (_, facts) => {
  const host = await running()
  change(host, facts)
  expect(await run(host, RELEASE)).not.toHaveProperty('distrusted')
})

test('a VF has no vendor id in its config space, and is trusted all the same', async () => {
  const host = await running()
  change(host, { kind: 'vf', parent: NIC }, true)
  expect(await run(host, RELEASE)).not.toHaveProperty('distrusted')
})

test('a config space that the kernel refuses to read is one that does not answer', async () => {
  const host = await running()
  const ports = portsOf(host)
  const bytes = async (path: string, length: number) => {
    if (path.includes(GPU)) throw new CommandFailed('sysfs-unreadable', 'EIO', {})
    return ports.sysfs.bytes(path, length)
  }
  expect(await carryOut(RELEASE, { ...ports, sysfs: { ...ports.sysfs, bytes } })).toMatchObject({
    distrusted: [{ address: GPU, code: 'config-unreadable' }],
  })
})

test('the group of a card that was pulled and came back is not held against it', async () => {
  const host = await running()
  change(host, { iommuGroup: 30 })
  const devices = DEVICES.map((device) => (device.address === GPU ? { ...device, iommuGroup: null } : device))
  expect(await run(host, { ...RELEASE, devices })).not.toHaveProperty('distrusted')
})

describe('after a reboot', () => {
  async function rebooted(): Promise<MemoryHost> {
    const host = await running()
    host.domains.clear()
    for (const device of host.devices.values())
      Object.assign(device, { driver: device.natural, override: null })
    host.bootId = 'boot-2'
    change(host, { deviceId: hexId(0x2230), iommuGroup: 3 })
    return host
  }

  test('an order of the boot before says nothing of who is at its addresses now', async () => {
    expect(await run(await rebooted(), RELEASE)).not.toHaveProperty('distrusted')
  })

  test('an order of this boot does', async () => {
    expect(await run(await rebooted(), { ...RELEASE, bootId: 'boot-2' })).toMatchObject({
      distrusted: [{ address: GPU, code: 'device-changed' }],
    })
  })
})

describe('a device that does not answer and that its driver does not take', () => {
  test('is not waited for: it will not come', async () => {
    const host = await running()
    change(host, {}, true)
    host.broken.add(`${GPU} reattach`).add(`${GPU} bind nvidia`)
    expect(await run(host, RELEASE)).toMatchObject({
      ...{ kind: 'released', distrusted: [{ address: GPU, code: 'config-unreadable' }] },
    })
  })

  test('keeps no other from being waited for', async () => {
    const host = await running()
    change(host, {}, true)
    host.broken.add(`${GPU} reattach`).add(`${GPU} bind nvidia`).add(`${AUDIO} bind snd_hda_intel`)
    expect(await run(host, RELEASE)).toMatchObject({ kind: 'release-failed', faults: [{ address: AUDIO }] })
    host.broken.clear()
    expect(await run(host, RELEASE)).toMatchObject({ kind: 'released', distrusted: [{ address: GPU }] })
  })

  test('is not free while a domain has it', async () => {
    const host = await running()
    change(host, {}, true)
    const [uuid = '', domain] = [...host.domains][0] ?? []
    if (domain) host.domains.set(uuid, { ...domain, berth: null })
    expect(await run(host, RELEASE)).toMatchObject({ kind: 'release-failed', code: 'device-in-domain' })
  })

  test('is waited for while the kernel hangs in it', async () => {
    const host = await running()
    change(host, {}, true)
    host.broken.add(`${GPU} reattach`)
    const ports = portsOf(host)
    const write = async (path: string, text: string) => {
      if (text === GPU) throw new CommandFailed('sysfs-write-timeout', 'no answer', {})
      return ports.sysfs.write(path, text)
    }
    expect(await carryOut(RELEASE, { ...ports, sysfs: { ...ports.sysfs, write } })).toMatchObject({
      ...{ kind: 'release-failed', faults: [{ address: GPU, code: 'driver-probe-timeout' }] },
    })
  })
})

test('a deploy that was undone verifies its devices too, and tells it again', async () => {
  const host = world()
  host.broken.add('start')
  change(host, {}, true)
  const event = await run(host, DEPLOY)
  expect(event).toMatchObject({
    ...{ kind: 'deploy-failed', code: 'group-not-viable' },
    distrusted: [{ address: GPU, code: 'config-unreadable' }],
  })
  expect(await run(host, DEPLOY)).toEqual(event)
})

test('a deploy that had touched nothing has nothing to verify', async () => {
  const host = world()
  change(host, { deviceId: hexId(0x2230) }, true)
  expect(await run(host, DEPLOY)).not.toHaveProperty('distrusted')
})
