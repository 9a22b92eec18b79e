/** What a running VM loses when one of its devices is detached: all of the PCI block, and the mates that its groups hold. Pure. */
import type { HostGroups, VmView } from '../api/documents.ts'

export type VmDevice = VmView['devices'][number]

export function goesWith(vm: VmView, request: number, groups: HostGroups | undefined): readonly VmDevice[] {
  const passed = vm.devices.filter((device) => device.role === 'passed' && device.request === request)
  const groupOf = new Map(
    groups?.groups.flatMap(({ group, devices }) => devices.map(({ address }) => [address, group])),
  )
  const going = new Set(passed.map(({ address }) => groupOf.get(address) ?? null))
  const mates = vm.devices.filter(({ role, address }) => {
    const group = groupOf.get(address) ?? null
    return role === 'held' && group !== null && going.has(group)
  })
  return [...passed, ...mates]
}
