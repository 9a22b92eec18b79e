import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { probePci } from '../../probes/pci/probe.ts'
import { hostEvidence, hostUsage } from '../../probes/usage/usage.ts'
import { CommandFailed } from '../../src/model/errors.ts'
import { writeFaults } from '../../src/simulator/faults.ts'
import { createSimulatedHost } from '../../src/simulator/host.ts'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'
import { at } from '../../src/simulator/machines/rows.ts'
import { machineState } from '../../src/simulator/state.ts'
import type { Sysfs } from '../../src/vfio/sysfs.ts'
import { scratch, smallMachine, writeSmall } from './small-machine.ts'

const GPU = '0000:01:00.0'
const AUDIO = '0000:01:00.1'
const PF = '0000:02:00.0'
const ROOT_NVME = '0000:04:00.0'
const SPARE = '0000:05:00.0'
const EDU = '0000:00:06.0'

const PROBE = 'bus/pci/drivers_probe'
const device = (address: string, file: string) => `bus/pci/devices/${address}/${file}`
const driverFile = (driver: string, file: string) => `bus/pci/drivers/${driver}/${file}`
const driverOf = (sysfs: Sysfs, address: string) => sysfs.link(device(address, 'driver'))

async function kernel() {
  const dir = await writeSmall()
  return { dir, sysfs: simulatedSysfs(join(dir, 'sys')) }
}

type Step = readonly [path: string, text: string]

/** Each step must work but the last, whose errno (or null) is the answer. */
async function answer(sysfs: Sysfs, steps: readonly Step[]): Promise<unknown> {
  for (const [path, text] of steps.slice(0, -1)) await sysfs.write(path, text)
  const [path, text] = steps.at(-1) ?? ['', '']
  try {
    await sysfs.write(path, text)
    return null
  } catch (error) {
    if (error instanceof CommandFailed) return error.facts.errno
    throw error
  }
}

describe('what the kernel answers', () => {
  test.each<[string, readonly Step[], string | null]>([
    ['unbind of the bound device', [[driverFile('nouveau', 'unbind'), GPU]], null],
    ['unbind with a newline, as echo writes it', [[driverFile('nouveau', 'unbind'), `${GPU}\n`]], null],
    ['unbind through the device', [[device(GPU, 'driver/unbind'), GPU]], null],
    ['unbind of a device that another driver has', [[driverFile('nvme', 'unbind'), GPU]], 'ENODEV'],
    [
      'unbind twice',
      [
        [driverFile('nouveau', 'unbind'), GPU],
        [driverFile('nouveau', 'unbind'), GPU],
      ],
      'ENODEV',
    ],
    ['unbind through a driverless device', [[device(EDU, 'driver/unbind'), EDU]], 'ENOENT'],
    ['unbind of nonsense', [[driverFile('nouveau', 'unbind'), 'nonsense']], 'ENODEV'],
    ['bind of a driver that does not know the ids', [[driverFile('vfio-pci', 'bind'), SPARE]], 'ENODEV'],
    ['bind of a bound device', [[driverFile('nouveau', 'bind'), GPU]], 'EBUSY'],
    ['bind of its driver', [[driverFile('nvme', 'bind'), SPARE]], null],
    [
      'bind of its driver while the override names another',
      [
        [device(SPARE, 'driver_override'), 'vfio-pci'],
        [driverFile('nvme', 'bind'), SPARE],
      ],
      'ENODEV',
    ],
    ['probe of an unknown device', [[PROBE, '0000:7b:00.0']], 'ENODEV'],
    ['probe of a bound device', [[PROBE, GPU]], null],
    ['probe of a device that no driver knows', [[PROBE, EDU]], null],
    ['an override longer than a page', [[device(GPU, 'driver_override'), 'x'.repeat(4096)]], 'EINVAL'],
    ['new_id without a device id', [[driverFile('vfio-pci', 'new_id'), '10de']], 'EINVAL'],
    [
      'new_id twice',
      [
        [driverFile('vfio-pci', 'new_id'), '10de 2204'],
        [driverFile('vfio-pci', 'new_id'), '10de 2204'],
      ],
      'EEXIST',
    ],
    ['remove_id of an id that was not given', [[driverFile('vfio-pci', 'remove_id'), '10de 2204']], 'ENODEV'],
    ['VFs above the total', [[device(PF, 'sriov_numvfs'), '5']], 'ERANGE'],
    ['VFs that are no number', [[device(PF, 'sriov_numvfs'), 'two']], 'EINVAL'],
    ['a negative number of VFs', [[device(PF, 'sriov_numvfs'), '-1']], 'EINVAL'],
    [
      'from 2 VFs to 4',
      [
        [device(PF, 'sriov_numvfs'), '2'],
        [device(PF, 'sriov_numvfs'), '4'],
      ],
      'EBUSY',
    ],
    [
      'from 2 VFs to 2',
      [
        [device(PF, 'sriov_numvfs'), '2'],
        [device(PF, 'sriov_numvfs'), '2'],
      ],
      null,
    ],
    [
      'from 2 VFs to 0 to 4',
      [
        [device(PF, 'sriov_numvfs'), '2'],
        [device(PF, 'sriov_numvfs'), '0'],
        [device(PF, 'sriov_numvfs'), '4'],
      ],
      null,
    ],
    [
      'VFs of a PF without driver',
      [
        [driverFile('igb', 'unbind'), PF],
        [device(PF, 'sriov_numvfs'), '2'],
      ],
      'ENOENT',
    ],
    ['VFs of a device that has none', [[device(GPU, 'sriov_numvfs'), '2']], 'ENOENT'],
    ['a write to a file that only tells', [[device(GPU, 'vendor'), '0x8086']], 'EACCES'],
    ['a write to a file that is not there', [[device(GPU, 'nothing'), '1']], 'ENOENT'],
  ])('%s', async (_title, steps, errno) => {
    const { sysfs } = await kernel()
    expect(await answer(sysfs, steps)).toBe(errno)
  })

  test("a refusal says what the kernel's errno says", async () => {
    const { sysfs } = await kernel()
    await expect(sysfs.write(device(PF, 'sriov_numvfs'), '99')).rejects.toThrow(
      'Numerical result out of range',
    )
  })
})

describe('which driver a probe binds', () => {
  test.each<[string, readonly Step[], string, string | null]>([
    ['the one that knows the device', [[PROBE, SPARE]], SPARE, 'nvme'],
    [
      'the one that driver_override names',
      [
        [device(SPARE, 'driver_override'), 'vfio-pci'],
        [PROBE, SPARE],
      ],
      SPARE,
      'vfio-pci',
    ],
    [
      'none where driver_override names an unknown one',
      [
        [device(SPARE, 'driver_override'), 'nonsense'],
        [PROBE, SPARE],
      ],
      SPARE,
      null,
    ],
    [
      'its own again once the override is cleared',
      [
        [device(SPARE, 'driver_override'), 'nonsense'],
        [device(SPARE, 'driver_override'), '\n'],
        [PROBE, SPARE],
      ],
      SPARE,
      'nvme',
    ],
    ['none where nobody knows the device: never vfio-pci by itself', [[PROBE, EDU]], EDU, null],
    [
      'vfio-pci where new_id taught it, without a probe',
      [[driverFile('vfio-pci', 'new_id'), '1234 11e8']],
      EDU,
      'vfio-pci',
    ],
    [
      'nothing else while it is bound',
      [
        [device(GPU, 'driver_override'), 'vfio-pci'],
        [PROBE, GPU],
      ],
      GPU,
      'nouveau',
    ],
  ])('%s', async (_title, steps, address, driver) => {
    const { sysfs } = await kernel()
    expect(await answer(sysfs, steps)).toBeNull()
    expect(await driverOf(sysfs, address)).toBe(driver)
  })
})

describe('what a driver brings and takes along', () => {
  test('a NIC has its interface only on its own driver; it comes back down', async () => {
    const { sysfs } = await kernel()
    expect(await sysfs.read('class/net/eth0/operstate')).toBe('up')
    await sysfs.write(device(PF, 'driver/unbind'), PF)
    expect(await sysfs.exists(device(PF, 'net'))).toBe(false)
    expect(await sysfs.list('class/net')).toEqual([])
    await sysfs.write(PROBE, PF)
    expect(await sysfs.read('class/net/eth0/operstate')).toBe('down')
    expect(await sysfs.list(device(PF, 'net'))).toEqual(['eth0'])
  })

  test('a disk and its partitions vanish with the driver, whatever is mounted', async () => {
    const { sysfs } = await kernel()
    expect(await sysfs.list('class/block')).toEqual(['nvme0n1', 'nvme0n1p1'])
    await sysfs.write(device(ROOT_NVME, 'driver/unbind'), ROOT_NVME)
    expect(await sysfs.list('class/block')).toEqual([])
    expect(await sysfs.list('dev/block')).toEqual([])
  })

  test('uevent names the driver while there is one', async () => {
    const { sysfs } = await kernel()
    expect(await sysfs.read(device(GPU, 'uevent'))).toMatch(
      /^DRIVER=nouveau\nPCI_CLASS=30000\nPCI_ID=10DE:2204/,
    )
    await sysfs.write(device(GPU, 'driver/unbind'), GPU)
    expect(await sysfs.read(device(GPU, 'uevent'))).toMatch(/^PCI_CLASS=/)
  })

  test('/dev/vfio/N is there while a device of the group is on vfio-pci', async () => {
    const { dir, sysfs } = await kernel()
    const group = await sysfs.link(device(GPU, 'iommu_group'))
    const file = join(dir, `dev/vfio/${group}`)
    for (const address of [GPU, AUDIO]) {
      await sysfs.write(device(address, 'driver/unbind'), address)
      await sysfs.write(device(address, 'driver_override'), 'vfio-pci')
      await sysfs.write(PROBE, address)
    }
    await sysfs.write(driverFile('vfio-pci', 'unbind'), GPU)
    expect(existsSync(file)).toBe(true)
    await sysfs.write(driverFile('vfio-pci', 'unbind'), AUDIO)
    expect(existsSync(file)).toBe(false)
  })
})

describe('virtual functions', () => {
  test('come bound, each in a group of its own, beside their PF, with ids and links', async () => {
    const { sysfs } = await kernel()
    await sysfs.write(device(PF, 'sriov_numvfs'), '3')
    const vfs = ['0000:02:10.0', '0000:02:10.1', '0000:02:10.2']
    const groups = await Promise.all(vfs.map((vf) => sysfs.link(device(vf, 'iommu_group'))))
    expect(new Set(groups).size).toBe(3)
    expect(groups).not.toContain(null)
    expect(await Promise.all([0, 1, 2, 3].map((index) => sysfs.link(device(PF, `virtfn${index}`))))).toEqual([
      ...vfs,
      null,
    ])
    for (const vf of vfs) {
      expect(await sysfs.link(device(vf, 'physfn'))).toBe(PF)
      expect(await sysfs.read(device(vf, 'device'))).toBe('0x10ca')
      expect(await driverOf(sysfs, vf)).toBe('igbvf')
    }
    expect(await sysfs.read(device(PF, 'sriov_numvfs'))).toBe('3')
  })

  test('stay without driver where sriov_drivers_autoprobe is off', async () => {
    const { sysfs } = await kernel()
    await sysfs.write(device(PF, 'sriov_drivers_autoprobe'), '0')
    await sysfs.write(device(PF, 'sriov_numvfs'), '1')
    expect(await driverOf(sysfs, '0000:02:10.0')).toBeNull()
  })

  test.each([
    ['0 in sriov_numvfs', [device(PF, 'sriov_numvfs'), '0']],
    ["its PF's driver unbound", [device(PF, 'driver/unbind'), PF]],
  ] as const)('leave nothing behind: %s', async (_title, [path, text]) => {
    const { sysfs } = await kernel()
    const before = [await sysfs.list('bus/pci/devices'), await sysfs.list('kernel/iommu_groups')]
    await sysfs.write(device(PF, 'sriov_numvfs'), '4')
    await sysfs.write(path, text)
    expect([await sysfs.list('bus/pci/devices'), await sysfs.list('kernel/iommu_groups')]).toEqual(before)
    expect(await sysfs.list(driverFile('igbvf', ''))).not.toContain('0000:02:10.0')
    expect(await sysfs.read(device(PF, 'sriov_numvfs'))).toBe('0')
  })
})

describe('a group that a VM has open', () => {
  async function opened() {
    const { dir, sysfs } = await kernel()
    for (const address of [GPU, AUDIO]) {
      await sysfs.write(device(address, 'driver_override'), 'vfio-pci')
      await sysfs.write(device(address, 'driver/unbind'), address)
      await sysfs.write(PROBE, address)
    }
    machineState(join(dir, 'sys')).setOpen([GPU])
    return sysfs
  }

  test('lets a mate leave vfio-pci but refuses it a host driver', async () => {
    const sysfs = await opened()
    await sysfs.write(driverFile('vfio-pci', 'unbind'), AUDIO)
    await sysfs.write(device(AUDIO, 'driver_override'), '\n')
    expect(await answer(sysfs, [[PROBE, AUDIO]])).toBe('EINVAL')
    expect(await answer(sysfs, [[driverFile('snd_hda_intel', 'bind'), AUDIO]])).toBe('EBUSY')
    expect(await driverOf(sysfs, AUDIO)).toBeNull()
  })

  test('makes an unbind of the opened device wait', async () => {
    const sysfs = await opened()
    await expect(sysfs.write(driverFile('vfio-pci', 'unbind'), GPU, { timeoutMs: 20 })).rejects.toMatchObject(
      {
        code: 'sysfs-write-timeout',
      },
    )
  })
})

describe('faults', () => {
  test('set by another process count from the next write on, and end when taken away', async () => {
    const { dir, sysfs } = await kernel()
    writeFaults(dir, [{ operation: 'bind', address: at('05:00.0'), driver: 'nvme', effect: 'EIO' }])
    expect(await answer(sysfs, [[driverFile('nvme', 'bind'), SPARE]])).toBe('EIO')
    expect(await answer(sysfs, [[PROBE, SPARE]])).toBeNull()
    expect(await driverOf(sysfs, SPARE)).toBeNull()
    writeFaults(dir, [])
    expect(await answer(sysfs, [[PROBE, SPARE]])).toBeNull()
    expect(await driverOf(sysfs, SPARE)).toBe('nvme')
  })
})

test('the state is the tree: a second kernel over it goes on where the first stopped', async () => {
  const { dir, sysfs } = await kernel()
  await sysfs.write(device(PF, 'sriov_numvfs'), '2')
  await sysfs.write(device(GPU, 'driver/unbind'), GPU)
  const second = simulatedSysfs(join(dir, 'sys'))
  expect(await answer(second, [[device(PF, 'sriov_numvfs'), '3']])).toBe('EBUSY')
  await second.write(driverFile('igbvf', 'unbind'), '0000:02:10.1')
  await second.write(PROBE, GPU)
  expect(await driverOf(sysfs, GPU)).toBe('nouveau')
  expect(await driverOf(sysfs, '0000:02:10.1')).toBeNull()
})

test('a folder without a simulated host is NotFound', () => {
  expect(() => simulatedSysfs(join(scratch(), 'sys'))).toThrow(/no simulated host/)
})

test('the tree says that it is simulated, and keeps what Berth knows out of the kernel’s files', async () => {
  const { dir } = await kernel()
  expect(readFileSync(join(dir, 'SIMULATED'), 'utf8')).toContain('SIMULATED')
  expect(readFileSync(join(dir, 'proc/version'), 'utf8')).toContain('simulated')
  expect(JSON.parse(readFileSync(join(dir, '.berth/machine.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(smallMachine)),
  )
  expect(existsSync(join(dir, 'sys/.berth'))).toBe(false)
})

test('an HBA takes all its disks along and brings them back, the probe of usage not minding', async () => {
  const dir = join(scratch(), 'storage')
  const { sysfs } = await createSimulatedHost(dir, 'sim-storage')
  const hba = '0000:18:00.0'
  const disks = ['sda', 'sdb', 'sdc', 'sdd', 'sde', 'sdf']
  const present = async () => (await sysfs.list('class/block')).filter((name) => name.startsWith('sd'))
  expect(await present()).toEqual(disks)
  await sysfs.write(device(hba, 'driver/unbind'), hba)
  expect(await present()).toEqual([])
  expect(await sysfs.list(device(hba, 'host0'))).toEqual([])
  const devices = probePci(sysfs.root, () => {})
  const usage = hostUsage(
    sysfs.root,
    devices,
    hostEvidence(sysfs.root, join(dir, 'proc'), () => []),
  )
  expect(usage.map(({ address }) => String(address))).not.toContain(hba)
  await sysfs.write(PROBE, hba)
  expect(await present()).toEqual(disks)
})

test('a NIC that lost its interface is not in use, whatever the routes say', async () => {
  const { dir, sysfs } = await kernel()
  await sysfs.write(device(PF, 'driver/unbind'), PF)
  const devices = probePci(sysfs.root, () => {})
  const usage = hostUsage(
    sysfs.root,
    devices,
    hostEvidence(sysfs.root, join(dir, 'proc'), () => []),
  )
  expect(usage.map(({ address }) => String(address))).not.toContain(PF)
})
