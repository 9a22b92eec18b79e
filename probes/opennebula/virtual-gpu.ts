/** What sysfs says of an NVIDIA VF's virtual GPU: read for OpenNebula's format only. */
import type { Address } from '../../src/model/address.ts'
import type { VirtualGpu } from '../format/opennebula.ts'
import { readDir, readText } from '../read.ts'

/**
 * `legacy` = a mediated device's parent (Documentation/driver-api/vfio-mediated-device.rst), profiles are its types;
 * otherwise NVIDIA's `creatable_vgpu_types`, lines `<id> : <name>` below a heading. CommandFailed `unreadable`.
 */
export function readVirtualGpu(sysfs: string, address: Address): VirtualGpu {
  const parent = `${sysfs}/class/mdev_bus/${address}`
  const legacy = readDir(parent) !== null
  const types = legacy ? (readDir(`${parent}/mdev_supported_types`) ?? []) : []
  if (types.length > 0) return { profiles: types, mode: 'legacy' }
  const text = readText(`${sysfs}/bus/pci/devices/${address}/nvidia/creatable_vgpu_types`) ?? ''
  const profiles = text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s*:\s*(\S.*?)\s*$/.exec(line)
    return match ? [`${match[1]} (${match[2]})`] : []
  })
  return { profiles, mode: legacy ? 'legacy' : 'nvidia' }
}
