/** IOMMU groups as people see them: `host groups`. What may be given is asked of the one rule, src/model/assignable.ts. */
import { arrangeDevices, groupObstacle, type HostDevices } from '../model/assignable.ts'
import { isChipset } from '../model/device.ts'
import type { Host } from '../model/host.ts'
import type { SnapshotHost } from '../model/snapshot.ts'
import { usageWords } from './device-state.ts'
import type { DeviceView, GroupDeviceView, GroupView, HostGroups, LibvirtCheck } from './documents.ts'
import { groupObstacleMessage, obstacleMessage } from './refusal.ts'
import { isoTime } from './time.ts'

/**
 * The groups that the inventory knows, by number, devices in no group last. `devices` are views of all devices of the
 * host, in address order; those that are missing are in no group. `libvirt` is null where it was not asked.
 */
export function hostGroups(
  host: Pick<Host, 'id' | 'name' | 'reportedAt'>,
  placed: SnapshotHost,
  devices: readonly DeviceView[],
  libvirt: LibvirtCheck | null,
): HostGroups {
  const arranged = arrangeDevices(placed.devices, placed.ungroupedAllowed)
  const members = new Map<number | null, DeviceView[]>()
  for (const device of devices) {
    if (device.state === 'missing') continue
    const same = members.get(device.iommuGroup)
    if (same) same.push(device)
    else members.set(device.iommuGroup, [device])
  }
  const groups = [...members]
    .sort(([a], [b]) => (a ?? Number.MAX_SAFE_INTEGER) - (b ?? Number.MAX_SAFE_INTEGER))
    .map(([group, list]) => (group === null ? ungrouped(list) : groupView(arranged, group, list)))
  return { host: host.id, hostName: host.name, reportedAt: isoTime(host.reportedAt), groups, libvirt }
}

/** Viable for the VM that holds it, or, where none does, for any. */
function groupView(host: HostDevices, group: number, devices: readonly DeviceView[]): GroupView {
  const vm = devices.find((device) => device.vm !== null)?.vm ?? null
  const obstacles = obstaclesOf(host, group, devices, vm)
  const viable = obstacles.length === 0
  const state = vm === null ? stateOf(host, group, devices) : 'held'
  const why = viable && state === 'unassignable' ? nothingToGive(devices) : obstacles.join('; ')
  return { group, state, viable, why: why || null, vm, devices: devices.map(memberView) }
}

function stateOf(host: HostDevices, group: number, devices: readonly DeviceView[]): GroupView['state'] {
  const endpoints = host.groups.get(group) ?? []
  if (endpoints.every(({ classId }) => isChipset(classId))) return 'never'
  return devices.some(({ state }) => state === 'free') ? 'free' : 'unassignable'
}

function obstaclesOf(
  host: HostDevices,
  group: number,
  devices: readonly DeviceView[],
  vm: number | null,
): readonly string[] {
  const inUse = new Map(devices.map(({ address, inUse }) => [address, inUse]))
  return (host.groups.get(group) ?? []).flatMap((mate) => {
    const why = groupObstacle(host, mate, vm)
    if (why === null) return []
    const uses = why.code === 'in-use-by-host' ? (inUse.get(mate.address) ?? []) : []
    const words = groupObstacleMessage(mate.address, why)
    return [uses.length === 0 ? words : `${words}: ${usageWords(uses)}`]
  })
}

/** Why a group is of no use to a VM although nothing in it stands in the way. */
function nothingToGive(devices: readonly DeviceView[]): string {
  return devices
    .filter(({ bridge }) => !bridge)
    .map(({ address, why, state }) => `${address}: ${why ?? state}`)
    .join('; ')
}

function ungrouped(devices: readonly DeviceView[]): GroupView {
  const why = obstacleMessage({ code: 'no-iommu-group' })
  return {
    ...{ group: null, state: 'unassignable', viable: false, why, vm: null },
    devices: devices.map(memberView),
  }
}

function memberView(device: DeviceView): GroupDeviceView {
  const { address, vendor, class: classId, deviceName, bridge, driver, offered, vm, state, why } = device
  const type = `${vendor}:${device.device}:${classId}`
  return { address, type, name: deviceName, bridge, driver, offered, vm, state, why }
}
