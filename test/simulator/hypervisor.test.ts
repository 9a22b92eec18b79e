import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Hypervisor } from '../../src/libvirt/hypervisor.ts'
import { type Address, addressParts } from '../../src/model/address.ts'
import { CommandFailed } from '../../src/model/errors.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { simulatedHypervisor } from '../../src/simulator/hypervisor.ts'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'
import type { MachineDescription } from '../../src/simulator/machine.ts'
import { at } from '../../src/simulator/machines/rows.ts'
import { bindToVfio, currentDriver } from '../../src/vfio/driver.ts'
import type { Sysfs } from '../../src/vfio/sysfs.ts'
import { quickly, writeSmall } from './small-machine.ts'

const GPU = at('01:00.0')
const AUDIO = at('01:00.1')
const NIC = at('02:00.0')
const SPARE = at('05:00.0')
const EDU = at('00:06.0')

const UUID = '52a0f10c-7c6f-44d5-b35f-dcdc003b9565'

function domain(name: string, uuid: string, hostdevs: readonly Address[]): string {
  const devices = hostdevs.map((address) => {
    const { domain, bus, slot, function: fn } = addressParts(address)
    return `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='${domain}' bus='${bus}' slot='${slot}' function='${fn}'/></source></hostdev>`
  })
  return `<domain type='kvm'><name>${name}</name><uuid>${uuid}</uuid><devices>${devices.join('')}</devices></domain>`
}

interface Host {
  readonly dir: string
  readonly sysfs: Sysfs
  readonly hypervisor: Hypervisor
}

async function host(faults: readonly Fault[] = [], changes: Partial<MachineDescription> = {}): Promise<Host> {
  const dir = await writeSmall(changes)
  const sysfs = simulatedSysfs(join(dir, 'sys'), faults)
  return { dir, sysfs, hypervisor: simulatedHypervisor(sysfs, faults, 30) }
}

async function failure(work: Promise<unknown>): Promise<CommandFailed> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof CommandFailed) return error
  throw new Error(`expected a CommandFailed, got ${error}`)
}

const drivers = (sysfs: Sysfs, addresses: readonly Address[]) =>
  Promise.all(addresses.map((address) => currentDriver(sysfs, address)))

test('a domain takes its devices, is found, keeps its XML, and gives them back when it ends', async () => {
  const { dir, sysfs, hypervisor } = await host()
  const xml = domain('one', UUID, [NIC, EDU])
  await hypervisor.create(xml)
  expect(await drivers(sysfs, [NIC, EDU])).toEqual(['vfio-pci', 'vfio-pci'])
  expect(await hypervisor.find('one')).toEqual({
    name: 'one',
    uuid: UUID,
    state: 'running',
    hostdevs: [NIC, EDU],
    berth: null,
  })
  expect(readFileSync(join(dir, 'domains/one.xml'), 'utf8')).toBe(xml)
  await hypervisor.destroy(UUID)
  expect(await hypervisor.find('one')).toBeNull()
  expect(await hypervisor.list()).toEqual([])
  expect(await drivers(sysfs, [NIC, EDU])).toEqual(['igb', null])
  expect(await sysfs.read(`bus/pci/devices/${NIC}/driver_override`)).toBe('(null)')
})

test('a shutdown is obeyed, and a domain that is gone already is fine', async () => {
  const { sysfs, hypervisor } = await host()
  await hypervisor.create(domain('one', UUID, [NIC]))
  await hypervisor.shutdown(UUID)
  await hypervisor.shutdown(UUID)
  await hypervisor.destroy(UUID)
  expect(await currentDriver(sysfs, NIC)).toBe('igb')
})

test('a device that stood on vfio-pci before stays there', async () => {
  const { sysfs, hypervisor } = await host()
  await bindToVfio(sysfs, NIC, quickly)
  await hypervisor.create(domain('one', UUID, [NIC]))
  await hypervisor.destroy(UUID)
  expect(await currentDriver(sysfs, NIC)).toBe('vfio-pci')
})

test('a device whose driver nobody had bound comes back with it: libvirt only probes', async () => {
  const { sysfs, hypervisor } = await host()
  await hypervisor.create(domain('one', UUID, [SPARE]))
  await hypervisor.destroy(UUID)
  expect(await currentDriver(sysfs, SPARE)).toBe('nvme')
})

test('domains outlive the process', async () => {
  const { sysfs, hypervisor } = await host()
  await hypervisor.create(domain('one', UUID, [NIC]))
  const second = simulatedHypervisor(simulatedSysfs(sysfs.root))
  expect((await second.list()).map(({ name }) => name)).toEqual(['one'])
  await second.destroy(UUID)
  expect(await currentDriver(sysfs, NIC)).toBe('igb')
})

describe('refusals, in libvirt’s words, that leave every device where it was', () => {
  const OTHER = '068247be-d30c-4751-a9db-6da93b9e4d4a'
  test.each<[string, readonly Address[], string, string]>([
    ['a mate on its host driver', [GPU], 'group-not-viable', 'group 2 is not viable'],
    [
      'a device that is not there',
      [at('7b:01.0')],
      'virsh-failed',
      'Device 0000:7b:01.0 not found: could not access /sys/bus/pci/devices/0000:7b:01.0/config',
    ],
    ['a bridge', [at('00:1c.0')], 'virsh-failed', 'Non-endpoint PCI devices cannot be assigned to guests'],
    [
      'a device of another domain',
      [SPARE, NIC],
      'device-in-domain',
      'PCI device 0000:02:00.0 is in use by driver QEMU, domain one',
    ],
  ])('%s', async (_title, hostdevs, code, words) => {
    const { dir, sysfs, hypervisor } = await host()
    await hypervisor.create(domain('one', UUID, [NIC]))
    const before = await drivers(sysfs, [GPU, AUDIO, NIC, SPARE])
    const error = await failure(hypervisor.create(domain('two', OTHER, hostdevs)))
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(await drivers(sysfs, [GPU, AUDIO, NIC])).toEqual(before.slice(0, 3))
    expect(existsSync(join(dir, 'domains/two.xml'))).toBe(false)
  })

  test('a name or uuid that runs already', async () => {
    const { hypervisor } = await host()
    await hypervisor.create(domain('one', UUID, []))
    for (const [name, uuid] of [
      ['one', OTHER],
      ['two', UUID],
    ] as const) {
      expect((await failure(hypervisor.create(domain(name, uuid, [])))).code).toBe('domain-exists')
    }
  })

  test('without an IOMMU', async () => {
    const { sysfs, hypervisor } = await host([], { iommu: null })
    expect((await failure(hypervisor.create(domain('one', UUID, [NIC])))).code).toBe('iommu-off')
    expect(await currentDriver(sysfs, NIC)).toBe('igb')
  })

  test('a group that another domain has open through a mate', async () => {
    const { sysfs, hypervisor } = await host()
    await bindToVfio(sysfs, AUDIO, quickly)
    await hypervisor.create(domain('one', UUID, [GPU]))
    const error = await failure(hypervisor.create(domain('two', OTHER, [AUDIO])))
    expect(error.message).toContain('failed to open /dev/vfio/2: Device or resource busy')
  })
})

test('a whole group goes along once its mate is on vfio-pci; the mate stays there afterwards', async () => {
  const { sysfs, hypervisor } = await host()
  await bindToVfio(sysfs, AUDIO, quickly)
  await hypervisor.create(domain('one', UUID, [GPU]))
  await hypervisor.destroy(UUID)
  expect(await drivers(sysfs, [GPU, AUDIO])).toEqual(['nouveau', 'vfio-pci'])
})

describe('told to fail', () => {
  const fault = (
    operation: Fault['operation'],
    effect: Fault['effect'],
    driver: string | null = null,
  ): Fault => ({
    operation,
    address: null,
    driver,
    effect,
  })

  test('create refuses, and nothing has been touched', async () => {
    const { sysfs, hypervisor } = await host([fault('create', 'EIO')])
    expect((await failure(hypervisor.create(domain('one', UUID, [NIC])))).code).toBe('virsh-failed')
    expect(await currentDriver(sysfs, NIC)).toBe('igb')
    expect(await hypervisor.list()).toEqual([])
  })

  test('create hangs and ends with virsh’s time-out', async () => {
    const { hypervisor } = await host([fault('create', 'hang')])
    expect((await failure(hypervisor.create(domain('one', UUID, [])))).code).toBe('virsh-timeout')
  })

  test('create says yes and starts nothing', async () => {
    const { hypervisor } = await host([fault('create', 'nothing')])
    await hypervisor.create(domain('one', UUID, [NIC]))
    expect(await hypervisor.find('one')).toBeNull()
  })

  test('the guest does not hear the shutdown; destroy ends it', async () => {
    const { sysfs, hypervisor } = await host([fault('shutdown', 'nothing')])
    await hypervisor.create(domain('one', UUID, [NIC]))
    await hypervisor.shutdown(UUID)
    expect(await hypervisor.find('one')).not.toBeNull()
    await hypervisor.destroy(UUID)
    expect(await currentDriver(sysfs, NIC)).toBe('igb')
  })

  test('the second device does not bind: the first is given back', async () => {
    const { sysfs, hypervisor } = await host([
      { operation: 'bind', address: SPARE, driver: 'vfio-pci', effect: 'EINVAL' },
    ])
    await failure(hypervisor.create(domain('one', UUID, [NIC, SPARE])))
    expect(await drivers(sysfs, [NIC, SPARE])).toEqual(['igb', null])
    expect(await hypervisor.list()).toEqual([])
  })

  test('the driver does not take its device back: the domain is gone, the device without driver', async () => {
    const { sysfs, hypervisor } = await host([fault('bind', 'EIO', 'igb')])
    await hypervisor.create(domain('one', UUID, [NIC]))
    await hypervisor.destroy(UUID)
    expect(await hypervisor.list()).toEqual([])
    expect(await currentDriver(sysfs, NIC)).toBeNull()
  })
})
