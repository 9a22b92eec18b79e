/** Virtual functions made and removed on a kernel that behaves like Linux, and every way in which it says no. */
import { describe, expect, test } from 'vitest'
import { CommandFailed } from '../../src/model/errors.ts'
import type { VfWish } from '../../src/model/order.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'
import { bindToVfio, currentDriver } from '../../src/vfio/driver.ts'
import { pfState, setVfs } from '../../src/vfio/sriov.ts'
import type { Sysfs } from '../../src/vfio/sysfs.ts'
import { quickly, writeSmall } from '../simulator/small-machine.ts'
import { addressOf } from '../support/orders.ts'

const PF = addressOf('02:00.0')
const GPU = addressOf('01:00.0')
const FIRST = addressOf('02:10.0')
const SECOND = addressOf('02:10.1')
const NONE: VfWish = { numVfs: 0, autoprobe: true }

const kernel = async (faults: readonly Fault[] = []): Promise<Sysfs> =>
  simulatedSysfs(`${await writeSmall()}/sys`, faults)

const set = (sysfs: Sysfs, numVfs: number, before = NONE, autoprobe = false) =>
  setVfs(sysfs, PF, { numVfs, autoprobe }, before, quickly)

async function failure(work: Promise<unknown>): Promise<CommandFailed> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof CommandFailed) return error
  throw new Error(`expected a CommandFailed, got ${error}`)
}

/** A kernel in which some writes of `sriov_numvfs` go otherwise. */
function telling(sysfs: Sysfs, instead: (text: string) => Promise<string | null>): Sysfs {
  return {
    ...sysfs,
    write: async (path, text, options) => {
      const other = path.endsWith('sriov_numvfs') ? await instead(text) : null
      return sysfs.write(path, other ?? text, options)
    },
  }
}

describe('what a PF has', () => {
  test('its total, its VFs by index, whether drivers take new ones', async () => {
    const sysfs = await kernel()
    expect(await pfState(sysfs, PF)).toEqual({ totalVfs: 4, vfs: [], autoprobe: true })
    await set(sysfs, 2)
    expect(await pfState(sysfs, PF)).toEqual({ totalVfs: 4, vfs: [FIRST, SECOND], autoprobe: false })
  })

  test('nothing of a device without SR-IOV, or of one that is not there', async () => {
    const sysfs = await kernel()
    expect(await pfState(sysfs, GPU)).toBeNull()
    expect(await pfState(sysfs, addressOf('77:00.0'))).toBeNull()
  })
})

describe('setting the number', () => {
  test('new VFs have no driver of the host, unless that is asked for', async () => {
    const sysfs = await kernel()
    expect(await set(sysfs, 2)).toEqual([FIRST, SECOND])
    expect(await currentDriver(sysfs, FIRST)).toBeNull()
    await set(sysfs, 0)
    await set(sysfs, 1, NONE, true)
    expect(await currentDriver(sysfs, FIRST)).toBe('igbvf')
  })

  test('another number goes by way of 0, which the kernel wants', async () => {
    const sysfs = await kernel()
    const written: string[] = []
    const watched = telling(sysfs, async (text) => {
      written.push(text)
      return null
    })
    await set(watched, 2)
    expect(await set(watched, 4)).toHaveLength(4)
    expect(written).toEqual(['2', '0', '4'])
  })

  test('as many as there are: nothing is touched', async () => {
    const sysfs = await kernel()
    await set(sysfs, 2)
    await bindToVfio(sysfs, FIRST, quickly)
    expect(await set(sysfs, 2)).toEqual([FIRST, SECOND])
    expect(await currentDriver(sysfs, FIRST)).toBe('vfio-pci')
  })

  test('none: the kernel’s own way with new VFs is back', async () => {
    const sysfs = await kernel()
    await set(sysfs, 2)
    expect(await set(sysfs, 0)).toEqual([])
    expect(await pfState(sysfs, PF)).toMatchObject({ vfs: [], autoprobe: true })
  })
})

describe('what the kernel answers is told in words', () => {
  const fault = (effect: Fault['effect']): Fault => ({
    ...{ operation: 'sriov', address: PF, driver: null },
    effect,
  })

  test('more than there can be', async () => {
    const error = await failure(set(await kernel(), 99))
    expect(error).toMatchObject({ code: 'vfs-too-many', facts: { totalVfs: 4, errno: 'ERANGE' } })
    expect(error.message).toContain('it supports 4 (Numerical result out of range)')
  })

  test.each([
    ['EBUSY', 'vfs-busy', 'Device or resource busy'],
    ['ENOSYS', 'sriov-not-supported', 'its driver igb cannot make any'],
    ['EOPNOTSUPP', 'sriov-not-supported', 'sriov_configure'],
    ['ENOENT', 'sriov-not-supported', 'its driver igb cannot make any'],
    ['ENOMEM', 'vfs-no-room', 'pci=realloc'],
    ['EPERM', 'vfs-write-failed', 'Operation not permitted'],
    ['hang', 'vfs-write-timeout', 'did not answer'],
  ] as const)(
    '%s',
    async (effect, code, words) => {
      const error = await failure(set(await kernel([fault(effect)]), 2))
      expect(error.code).toBe(code)
      expect(error.message).toContain(words)
      expect(error.message).toContain(PF)
    },
    10_000,
  )

  test('no driver, and a driver that is vfio-pci', async () => {
    const sysfs = await kernel()
    await bindToVfio(sysfs, PF, quickly)
    expect(await failure(set(sysfs, 2))).toMatchObject({ code: 'sriov-no-driver' })
    await sysfs.write(`bus/pci/devices/${PF}/driver/unbind`, PF)
    const error = await failure(set(sysfs, 2))
    expect([error.code, error.message]).toEqual([
      'sriov-no-driver',
      expect.stringContaining('no driver is bound'),
    ])
  })

  test('a device without the file', async () => {
    const error = await failure(setVfs(await kernel(), GPU, { numVfs: 2, autoprobe: false }, NONE, quickly))
    expect(error.code).toBe('sriov-missing')
  })

  test('a success with fewer than asked for is none, and what was before is back', async () => {
    const sysfs = await kernel()
    const fewer = telling(sysfs, async (text) => (text === '4' ? '3' : null))
    const error = await failure(set(fewer, 4))
    expect(error).toMatchObject({ code: 'vfs-differ', facts: { wanted: 4, has: 3 } })
    expect(await pfState(sysfs, PF)).toMatchObject({ vfs: [], autoprobe: true })
  })
})

describe('a change that fails half way', () => {
  const refusing = (sysfs: Sysfs, which: string) =>
    telling(sysfs, async (text) => (text === which ? 'no number' : null))

  test('leaves as many as there were, driverless as they were', async () => {
    const sysfs = await kernel()
    await set(sysfs, 2)
    const before = { numVfs: 2, autoprobe: false }
    expect((await failure(set(refusing(sysfs, '4'), 4, before))).code).toBe('vfs-write-failed')
    expect(await pfState(sysfs, PF)).toMatchObject({ vfs: [FIRST, SECOND], autoprobe: false })
    expect(await currentDriver(sysfs, FIRST)).toBeNull()
  })

  test('and tells both where going back fails too', async () => {
    const sysfs = await kernel()
    await set(sysfs, 2)
    const never = telling(sysfs, async (text) => (text === '0' ? null : 'no number'))
    const error = await failure(set(never, 4, { numVfs: 2, autoprobe: false }))
    expect(error.code).toBe('vfs-undo-failed')
    expect(error.message).toContain('could not be brought back either')
  })

  test('a PF that had none and whose autoprobe was off has it off again', async () => {
    const sysfs = await kernel()
    await sysfs.write(`bus/pci/devices/${PF}/sriov_drivers_autoprobe`, '0')
    await failure(set(refusing(sysfs, '4'), 4, { numVfs: 0, autoprobe: false }, true))
    expect(await pfState(sysfs, PF)).toMatchObject({ vfs: [], autoprobe: false })
  })
})
