/** GPUs and accelerators that a process has open: reads sysfs and proc. */
import type { Address } from '../../src/model/address.ts'
import { type Device, VFIO_PCI } from '../../src/model/device.ts'
import type { Usage } from '../../src/model/usage.ts'
import { lastPart, readDir, readText } from '../read.ts'
import { mergeUsage } from './evidence.ts'
import type { OpenFiles } from './open-files.ts'

type Gpu = Pick<Device, 'address' | 'classId' | 'driver'>

/**
 * One usage a device, its detail names device files and processes. NVIDIA's driver does not come off a GPU that is open: unbinding
 * waits in the kernel, often for good (`nv_pci_remove`, "non-zero usage count"); others come off and fail the process. To be on a
 * driver is not to be used. Processes are only looked through where a GPU has device files.
 */
export function gpuUsage(
  sysfs: string,
  proc: string,
  devices: readonly Gpu[],
  openFiles: OpenFiles,
): readonly Usage[] {
  const owners = new Map<string, Address>(
    devices
      .filter(isDriven)
      .flatMap((gpu) => deviceFiles(sysfs, proc, gpu).map((file) => [file, gpu.address])),
  )
  if (owners.size === 0) return []
  return mergeUsage(
    openFiles().flatMap(({ file, process }) => {
      const address = owners.get(file)
      const detail = `${lastPart(file)} is open by `
      return address === undefined ? [] : [{ address, reason: 'open', detail: detail + process() }]
    }),
  )
}

/** Display controllers (03) and processing accelerators (12) on a driver of the host. */
function isDriven({ classId, driver }: Gpu): boolean {
  return /^(03|12)/.test(classId) && driver !== null && driver !== VFIO_PCI
}

/** DRM's and the accel subsystem's nodes hang below the device in sysfs; NVIDIA's own file is known to proc alone. */
function deviceFiles(sysfs: string, proc: string, { address, driver }: Gpu): readonly string[] {
  const nodes = (folder: string) => readDir(`${sysfs}/bus/pci/devices/${address}/${folder}`) ?? []
  return [
    ...nodes('drm').map((name) => `/dev/dri/${name}`),
    ...nodes('accel').map((name) => `/dev/accel/${name}`),
    ...(driver === 'nvidia' ? nvidiaFile(proc, address) : []),
  ]
}

function nvidiaFile(proc: string, address: Address): readonly string[] {
  const text = readText(`${proc}/driver/nvidia/gpus/${address}/information`)
  const [, minor] = /^Device Minor:\s*(\d+)$/m.exec(text ?? '') ?? []
  return minor === undefined ? [] : [`/dev/nvidia${minor}`]
}
