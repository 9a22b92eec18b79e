/** The first stage: does this device satisfy this request? Ids and kind only; whether it is free is asked later. */
import type { Request } from '../../src/model/request.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'

/** True when every part of the selector that is given agrees, and the kind. FUNCTIONS = "ALL" never finds a VF. */
export function matches(request: Request, device: SnapshotDevice): boolean {
  const { vendorId, deviceId, classId, address } = request.selector
  return (
    (vendorId === null || vendorId === device.vendorId) &&
    (deviceId === null || deviceId === device.deviceId) &&
    (classId === null ? request.network === undefined || isNetwork(device) : classId === device.classId) &&
    (address === null || address === device.address) &&
    (request.kind === null || request.kind === device.kind) &&
    !(request.allFunctions && device.kind === 'vf')
  )
}

/** Base class 02: network controller. */
function isNetwork({ classId }: SnapshotDevice): boolean {
  return classId.startsWith('02')
}

/** Requests with equal keys find the same devices everywhere; count, policy and position are left out. */
export function selectorKey(request: Request): string {
  const { vendorId, deviceId, classId, address } = request.selector
  const functions = request.allFunctions ? 'all' : ''
  const anyClass = request.network === undefined ? '' : '02xx'
  return `${vendorId ?? ''}:${deviceId ?? ''}:${classId ?? anyClass}@${address ?? ''} ${request.kind ?? ''} ${functions}`
}
