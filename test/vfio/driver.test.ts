import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BerthError } from '../../src/model/errors.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'
import type { MachineDescription } from '../../src/simulator/machine.ts'
import { at } from '../../src/simulator/machines/rows.ts'
import { bindToVfio, currentDriver, giveBack } from '../../src/vfio/driver.ts'
import type { Sysfs } from '../../src/vfio/sysfs.ts'
import { quickly, writeSmall } from '../simulator/small-machine.ts'

const GPU = at('01:00.0')
const AUDIO = at('01:00.1')
const EDU = at('00:06.0')
const SPARE = at('05:00.0')

async function kernel(
  faults: readonly Fault[] = [],
  changes: Partial<MachineDescription> = {},
): Promise<Sysfs> {
  return simulatedSysfs(join(await writeSmall(changes), 'sys'), faults)
}

const override = (sysfs: Sysfs, address: string) => sysfs.read(`bus/pci/devices/${address}/driver_override`)

async function failure(work: Promise<unknown>): Promise<BerthError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof BerthError) return error
  throw new Error(`expected a BerthError, got ${error}`)
}

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

describe('binding to vfio-pci', () => {
  test.each([
    ['a device on its driver', AUDIO, 'snd_hda_intel'],
    ['a device that no driver knows', EDU, null],
    ['a device left without its driver', SPARE, null],
  ] as const)('%s goes there and back', async (_title, address, original) => {
    const sysfs = await kernel()
    expect(await currentDriver(sysfs, address)).toBe(original)
    await bindToVfio(sysfs, address, quickly)
    expect(await currentDriver(sysfs, address)).toBe('vfio-pci')
    expect(await override(sysfs, address)).toBe('vfio-pci')
    await giveBack(sysfs, address, original, quickly)
    expect(await currentDriver(sysfs, address)).toBe(original)
    expect(await override(sysfs, address)).toBe('(null)')
  })

  test('a device that is there already is not touched', async () => {
    const sysfs = await kernel()
    await bindToVfio(sysfs, AUDIO, quickly)
    const untouched: Sysfs = { ...sysfs, write: () => Promise.reject(new Error('written to')) }
    await bindToVfio(untouched, AUDIO, quickly)
  })

  test('a device that is not there is NotFound', async () => {
    const error = await failure(bindToVfio(await kernel(), at('7b:01.0'), quickly))
    expect(error.code).toBe('device-not-found')
  })

  test.each([
    ['the override cannot be set', fault('override', 'EACCES'), 'driver-override-failed'],
    ['the driver refuses to let go', fault('unbind', 'EIO'), 'driver-unbind-failed'],
    [
      'the driver says that it let go and did not',
      fault('unbind', 'nothing', 'snd_hda_intel'),
      'driver-unbind-failed',
    ],
    [
      'vfio-pci refuses the device, and the probe reports success',
      fault('bind', 'EINVAL', 'vfio-pci'),
      'driver-not-bound',
    ],
  ] as const)(
    '%s: an error, the device back on its driver, the override cleared',
    async (_title, wrong, code) => {
      const sysfs = await kernel([wrong])
      const error = await failure(bindToVfio(sysfs, AUDIO, quickly))
      expect(error.code).toBe(code)
      expect(error.facts).toMatchObject({ address: AUDIO })
      expect(await currentDriver(sysfs, AUDIO)).toBe('snd_hda_intel')
      expect(await override(sysfs, AUDIO)).toBe('(null)')
    },
  )

  test('without an IOMMU the bind that "succeeds" is found out and undone', async () => {
    const sysfs = await kernel([], { iommu: null })
    const error = await failure(bindToVfio(sysfs, GPU, quickly))
    expect(error.code).toBe('driver-not-bound')
    expect(error.message).toContain('IOMMU')
    expect(await currentDriver(sysfs, GPU)).toBe('nouveau')
  })

  test('where the driver does not come back either, both failures are told', async () => {
    const sysfs = await kernel([fault('bind', 'EINVAL', 'vfio-pci'), fault('bind', 'EIO', 'nouveau')])
    const error = await failure(bindToVfio(sysfs, GPU, quickly))
    expect(error.code).toBe('driver-undo-failed')
    expect(error.facts).toMatchObject({ original: 'nouveau', driver: null })
    expect(error.message).toMatch(/vfio-pci.*nouveau/s)
  })

  test.each([
    ['an unbind that hangs', fault('unbind', 'hang'), 'driver-unbind-timeout', 'nouveau'],
    ['a probe that hangs', fault('bind', 'hang', 'vfio-pci'), 'driver-probe-timeout', null],
  ] as const)('%s is left alone: nothing more is written behind it', async (_title, wrong, code, driver) => {
    const sysfs = await kernel([wrong])
    const writes: string[] = []
    const watched: Sysfs = {
      ...sysfs,
      write: (path, text, options) => {
        writes.push(path)
        return sysfs.write(path, text, options)
      },
    }
    const error = await failure(bindToVfio(watched, GPU, quickly))
    expect(error.code).toBe(code)
    expect(writes.at(-1)).toMatch(driver === null ? /drivers_probe$/ : /unbind$/)
    expect(await currentDriver(sysfs, GPU)).toBe(driver)
  })
})

describe('the module of vfio-pci', () => {
  async function without(): Promise<Sysfs> {
    const sysfs = await kernel()
    rmSync(join(sysfs.root, 'bus/pci/drivers/vfio-pci'), { recursive: true })
    return sysfs
  }

  test('is loaded where the driver is missing, and its absence afterwards is an error', async () => {
    const sysfs = await without()
    const loaded: string[] = []
    const loadModule = async (name: string) => void loaded.push(name)
    const error = await failure(bindToVfio(sysfs, AUDIO, { ...quickly, loadModule }))
    expect(loaded).toEqual(['vfio-pci'])
    expect(error.code).toBe('vfio-pci-missing')
    expect(await currentDriver(sysfs, AUDIO)).toBe('snd_hda_intel')
  })

  test('is not asked for where the driver is there', async () => {
    const loadModule = () => Promise.reject(new Error('asked for'))
    await bindToVfio(await kernel(), AUDIO, { ...quickly, loadModule })
  })
})

describe('giving back', () => {
  test('vfio-pci as the original driver keeps the device there, its override as it is', async () => {
    const sysfs = await kernel()
    await sysfs.write('bus/pci/drivers/vfio-pci/new_id', '144d a80a')
    expect(await currentDriver(sysfs, SPARE)).toBe('vfio-pci')
    await giveBack(sysfs, SPARE, 'vfio-pci', quickly)
    expect(await currentDriver(sysfs, SPARE)).toBe('vfio-pci')
    expect(await override(sysfs, SPARE)).toBe('(null)')
  })

  test('no driver as the original ends without one, also where libvirt had probed one', async () => {
    const sysfs = await kernel()
    await sysfs.write('bus/pci/drivers_probe', SPARE)
    expect(await currentDriver(sysfs, SPARE)).toBe('nvme')
    await giveBack(sysfs, SPARE, null, quickly)
    expect(await currentDriver(sysfs, SPARE)).toBeNull()
  })

  test('can be repeated, and clears an override that an interrupted run left', async () => {
    const sysfs = await kernel()
    await sysfs.write(`bus/pci/devices/${GPU}/driver_override`, 'nouveau')
    await giveBack(sysfs, GPU, 'nouveau', quickly)
    await giveBack(sysfs, GPU, 'nouveau', quickly)
    expect(await override(sysfs, GPU)).toBe('(null)')
  })

  test('of two drivers that match, the one that was written down binds', async () => {
    const sysfs = await kernel()
    await sysfs.write('bus/pci/drivers/igb/new_id', '10de 2204')
    await bindToVfio(sysfs, GPU, quickly)
    await giveBack(sysfs, GPU, 'igb', quickly)
    expect(await currentDriver(sysfs, GPU)).toBe('igb')
    expect(await override(sysfs, GPU)).toBe('(null)')
  })

  test('a driver that is not loaded any more is named', async () => {
    const sysfs = await kernel()
    await bindToVfio(sysfs, GPU, quickly)
    rmSync(join(sysfs.root, 'bus/pci/drivers/nouveau'), { recursive: true })
    const error = await failure(giveBack(sysfs, GPU, 'nouveau', quickly))
    expect(error.code).toBe('driver-not-bound')
    expect(error.message).toContain('driver nouveau')
    expect(await override(sysfs, GPU)).toBe('(null)')
  })

  test('a mate whose group a VM still holds is refused, its override cleared, and comes back later', async () => {
    const sysfs = await kernel()
    await bindToVfio(sysfs, GPU, quickly)
    await bindToVfio(sysfs, AUDIO, quickly)
    const refusing: Sysfs = {
      ...sysfs,
      write: (path, text, options) =>
        path === 'bus/pci/drivers_probe'
          ? simulatedSysfs(sysfs.root, [fault('probe', 'EINVAL')]).write(path, text, options)
          : sysfs.write(path, text, options),
    }
    const error = await failure(giveBack(refusing, AUDIO, 'snd_hda_intel', quickly))
    expect(error.code).toBe('driver-probe-failed')
    expect(error.facts).toMatchObject({ errno: 'EINVAL' })
    expect(await currentDriver(sysfs, AUDIO)).toBeNull()
    expect(await override(sysfs, AUDIO)).toBe('(null)')
    await giveBack(sysfs, AUDIO, 'snd_hda_intel', quickly)
    expect(await currentDriver(sysfs, AUDIO)).toBe('snd_hda_intel')
  })
})
