/** Which devices of a host a VM could use, free or not. */
import { slotOf } from '../../src/model/address.ts'
import { isBridge } from '../../src/model/assignable.ts'
import type { PendingVm, SnapshotDevice, SnapshotHost } from '../../src/model/snapshot.ts'
import { matches } from '../request/match.ts'
import type { Situation } from './situation.ts'

/** Devices that a required request could use: those that it finds, and what FUNCTIONS = "ALL" takes along. */
export function wantedDevices(host: SnapshotHost, vm: PendingVm): readonly SnapshotDevice[] {
  const required = vm.requests.filter(({ optional }) => !optional)
  const slots = new Set(
    required.flatMap((request) =>
      request.allFunctions
        ? host.devices.flatMap((device) => (matches(request, device) ? [slotOf(device.address)] : []))
        : [],
    ),
  )
  return host.devices.filter(
    (device) =>
      required.some((request) => !request.allFunctions && matches(request, device)) ||
      (slots.has(slotOf(device.address)) && device.kind !== 'vf' && !isBridge(device)),
  )
}

/**
 * Are there devices, free or not, for each required request by itself? It only spares asking in vain: `nothing` = one has none at all,
 * `few` = one has fewer than it wants.
 */
export function whatIsThere({ host, vm }: Situation): 'nothing' | 'few' | 'enough' {
  let enough = true
  for (const request of vm.requests) {
    if (request.optional) continue
    const found = host.devices.filter((device) => matches(request, device))
    const count = request.allFunctions
      ? new Set(found.map(({ address }) => slotOf(address))).size
      : found.length
    if (count === 0) return 'nothing'
    if (count < request.count) enough = false
  }
  return enough ? 'enough' : 'few'
}
