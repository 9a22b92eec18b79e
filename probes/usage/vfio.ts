/** Devices on vfio-pci that a process of no libvirt domain has open (QEMU by hand, DPDK, another VMM): reads sysfs and proc. */
import type { Address } from '../../src/model/address.ts'
import type { Device } from '../../src/model/device.ts'
import type { RunningDomain, Usage } from '../../src/model/usage.ts'
import { lastPart, readDir } from '../read.ts'
import type { OpenFiles } from './open-files.ts'

type VfioDevice = Pick<Device, 'address' | 'driver' | 'iommuGroup'>

/**
 * One usage a device, its detail names the process. What hangs on a group that a domain holds is the domain's. Processes are
 * only looked through where a device is on a VFIO driver without a domain.
 */
export function vfioUsage(
  sysfs: string,
  devices: readonly VfioDevice[],
  domains: readonly RunningDomain[],
  openFiles: OpenFiles,
): readonly Usage[] {
  const held = new Set(domains.flatMap(({ hostdevs }) => hostdevs))
  const heldGroups = new Set(
    devices.filter(({ address }) => held.has(address)).map(({ iommuGroup }) => iommuGroup),
  )
  const suspects = devices.filter(
    ({ address, driver, iommuGroup }) =>
      driver !== null && /vfio/.test(driver) && !held.has(address) && !heldGroups.has(iommuGroup),
  )
  if (suspects.length === 0) return []
  const open = openVfioFiles(openFiles)
  if (open.size === 0) return []
  return suspects.flatMap(({ address, iommuGroup }) => {
    const files = [`/dev/vfio/${iommuGroup}`, ...deviceFiles(sysfs, address)]
    const process = files.map((file) => open.get(file)).find((one) => one !== undefined)
    return process === undefined ? [] : [{ address, reason: 'vfio', detail: process }]
  })
}

/** The device's own character device, where the kernel has one (Documentation/driver-api/vfio.rst, "VFIO Device cdev"). */
function deviceFiles(sysfs: string, address: Address): readonly string[] {
  const names = readDir(`${sysfs}/bus/pci/devices/${address}/vfio-dev`) ?? []
  return names.map((name) => `/dev/vfio/devices/${name}`)
}

/** Path -> the first process that has it open: `process 812 (qemu-system-x86)`. */
function openVfioFiles(open: OpenFiles): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  for (const { file, process } of open())
    if (file.startsWith('/dev/vfio/') && lastPart(file) !== 'vfio' && !first.has(file))
      first.set(file, process())
  return first
}
