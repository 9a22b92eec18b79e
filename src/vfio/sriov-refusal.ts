/** What the kernel means when it refuses a number of virtual functions (sriov_numvfs_store and sriov_enable in drivers/pci/iov.c). */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import { CommandFailed } from '../model/errors.ts'
import { currentDriver } from './driver.ts'
import { STEPS } from './kernel-write.ts'
import type { Sysfs } from './sysfs.ts'

interface Meaning {
  readonly code: string
  readonly words: string
}

/**
 * The error to throw for a write to sriov_numvfs that failed: `vfs-too-many`, `vfs-busy`, `sriov-no-driver`,
 * `sriov-not-supported`, `vfs-no-room`; anything else, time-outs too, as it came.
 */
export async function sriovRefusal(
  sysfs: Sysfs,
  address: Address,
  numVfs: number,
  totalVfs: number,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof CommandFailed) || error.code !== STEPS.vfs.failed) return error
  const driver = await currentDriver(sysfs, address)
  const meaning = meaningOf(error.facts.errno, totalVfs, driver)
  if (meaning === null) return error
  const message = `${address} cannot have ${numVfs} virtual functions: ${meaning.words} (${error.facts.reason}).`
  return new CommandFailed(
    meaning.code,
    message,
    { ...error.facts, address, numVfs, totalVfs, driver },
    error,
  )
}

function meaningOf(errno: unknown, totalVfs: number, driver: string | null): Meaning | null {
  switch (errno) {
    case 'ERANGE':
      return { code: 'vfs-too-many', words: `it supports ${totalVfs}` }
    case 'EBUSY':
      return {
        code: 'vfs-busy',
        words: 'it has another number already, or its driver uses them; set 0 first and see the kernel log',
      }
    // The file is there: this is the kernel's answer where no driver is bound, or one that cannot.
    case 'ENOENT':
    case 'ENOSYS':
    case 'EOPNOTSUPP':
      return unsupported(driver)
    case 'ENOMEM':
    case 'ENOSPC':
    case 'EIO':
      return {
        code: 'vfs-no-room',
        words:
          'there are not enough addresses or bus numbers for them; switch SR-IOV on in the firmware, or boot with pci=realloc',
      }
    default:
      return null
  }
}

function unsupported(driver: string | null): Meaning {
  if (driver === null) return { code: 'sriov-no-driver', words: 'no driver is bound to it; load its driver' }
  if (driver === VFIO_PCI)
    return {
      code: 'sriov-no-driver',
      words: 'it is on vfio-pci; give it back to its driver first (device unbind)',
    }
  return {
    code: 'sriov-not-supported',
    words: `its driver ${driver} cannot make any (it has no sriov_configure)`,
  }
}
