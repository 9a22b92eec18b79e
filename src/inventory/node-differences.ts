/** A host's devices as sysfs has them against libvirt's node devices: only what differs (pure). */
import { type Address, compareAddresses } from '../model/address.ts'
import type { Device } from '../model/device.ts'
import type { NodeDevice, NodeDifference } from '../model/node-device.ts'

/**
 * Group, driver, class and PF of each device that both know, and the devices that one of them does not know. In address
 * order; empty = they agree. Both must have been asked at about the same time, and about all devices of the host.
 */
export function nodeDifferences(
  devices: readonly Device[],
  nodes: readonly NodeDevice[],
): readonly NodeDifference[] {
  const sysfs = new Map(devices.map((device) => [device.address, device]))
  const libvirt = new Map(nodes.map((node) => [node.address, node]))
  return [...new Set([...sysfs.keys(), ...libvirt.keys()])]
    .sort(compareAddresses)
    .flatMap((address) => differences(address, sysfs.get(address), libvirt.get(address)))
}

function differences(
  address: Address,
  device: Device | undefined,
  node: NodeDevice | undefined,
): readonly NodeDifference[] {
  const shown = (one: unknown) => (one === undefined ? null : 'present')
  if (device === undefined || node === undefined)
    return [{ address, field: 'device', sysfs: shown(device), libvirt: shown(node) }]
  const { classCode } = node
  const pairs = [
    { field: 'iommuGroup', sysfs: device.iommuGroup, libvirt: node.iommuGroup?.number ?? null },
    { field: 'driver', sysfs: device.driver, libvirt: node.driver },
    // libvirt may not say.
    ...(classCode === null
      ? []
      : [{ field: 'class', sysfs: `${device.classId}${device.progIf}`, libvirt: classCode } as const]),
    { field: 'parent', sysfs: device.parent, libvirt: node.physicalFunction },
  ] as const
  return pairs.filter((pair) => pair.sysfs !== pair.libvirt).map((pair) => ({ address, ...pair }))
}
