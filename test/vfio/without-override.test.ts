/** A kernel without driver_override: bound by an id that means one device only, and back by the driver's name. */
import { expect, test } from 'vitest'
import { bindToVfio, currentDriver, giveBack, letKernelMatch } from '../../src/vfio/driver.ts'
import type { Sysfs } from '../../src/vfio/sysfs.ts'
import { at } from '../support/reports.ts'

const NIC = at('0000:01:00.0')
const TWIN = at('0000:02:00.0')
const options = { timeoutMs: 1000, sleep: async () => {}, loadModule: async () => {} }

interface Kernel {
  readonly sysfs: Sysfs
  readonly drivers: Map<string, string | null>
  readonly writes: string[]
}

/** Writing an id to `new_id` binds every device that has it and no driver. */
function oldKernel(ids: Readonly<Record<string, string>>): Kernel {
  const drivers = new Map<string, string | null>(Object.keys(ids).map((address) => [address, 'e1000e']))
  const writes: string[] = []
  const device = (path: string) => /^bus\/pci\/devices\/([^/]+)(?:\/(.+))?$/.exec(path) ?? []
  const sysfs: Sysfs = {
    root: '/old',
    list: async () => Object.keys(ids),
    bytes: async () => null,
    read: async (path) => {
      const [, address = '', file] = device(path)
      const [vendor, id] = (ids[address] ?? '').split(' ')
      return file === 'vendor' ? `0x${vendor}` : `0x${id}`
    },
    exists: async (path) => {
      const [, address, file] = device(path)
      return path === 'bus/pci/drivers/vfio-pci' || (address !== undefined && file === undefined)
    },
    link: async (path) => drivers.get(device(path)[1] ?? '') ?? null,
    write: async (path, text) => {
      writes.push(`${path} ${text}`)
      if (path.endsWith('/unbind')) drivers.set(text, null)
      if (path.endsWith('/bind') && !path.endsWith('/unbind')) drivers.set(text, path.split('/')[3] ?? null)
      if (path.endsWith('/drivers_probe')) drivers.set(text, 'e1000e')
      if (path.endsWith('/new_id'))
        for (const [address, driver] of drivers)
          if (driver === null && ids[address] === text) drivers.set(address, 'vfio-pci')
    },
  }
  return { sysfs, drivers, writes }
}

test('by its id, which is forgotten at once; back by the name of its driver', async () => {
  const { sysfs, writes } = oldKernel({ [NIC]: '8086 10d3', [TWIN]: '8086 1533' })
  await bindToVfio(sysfs, NIC, options)
  expect([await currentDriver(sysfs, NIC), await currentDriver(sysfs, TWIN)]).toEqual(['vfio-pci', 'e1000e'])
  expect(writes).toContain('bus/pci/drivers/vfio-pci/remove_id 8086 10d3')
  await giveBack(sysfs, NIC, 'e1000e', options)
  expect(await currentDriver(sysfs, NIC)).toBe('e1000e')
})

test('not where another device has the same id, free or not: nothing is written', async () => {
  const { sysfs, writes } = oldKernel({ [NIC]: '8086 10d3', [TWIN]: '8086 10d3' })
  await expect(bindToVfio(sysfs, NIC, options)).rejects.toMatchObject({ code: 'override-missing' })
  expect(writes).toEqual([])
})

test('back to no driver, and to the one that the kernel chooses', async () => {
  const { sysfs } = oldKernel({ [NIC]: '8086 10d3' })
  await bindToVfio(sysfs, NIC, options)
  await giveBack(sysfs, NIC, null, options)
  expect(await currentDriver(sysfs, NIC)).toBeNull()
  await letKernelMatch(sysfs, NIC, options)
  expect(await currentDriver(sysfs, NIC)).toBe('e1000e')
})
