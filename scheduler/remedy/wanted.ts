/** Which devices of a host a VM could use, free or not. */
import { slotOf } from '../../src/model/address.ts'
import { isBridge } from '../../src/model/assignable.ts'
import type { PendingVm, SnapshotDevice, SnapshotHost } from '../../src/model/snapshot.ts'
import { matches } from '../request/match.ts'

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
