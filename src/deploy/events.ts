/** The events that a host answers a VM's order with. Pure. */
import type { BerthError } from '../model/errors.ts'
import type { DeviceFault, VmEvent } from '../model/event.ts'
import type { VmOrder } from '../model/order.ts'

type Outcome = VmEvent extends infer E
  ? E extends VmEvent
    ? Omit<E, 'order' | 'vm' | 'host' | 'epoch'>
    : never
  : never

export function eventOf(order: VmOrder, outcome: Outcome): VmEvent {
  return { order: order.id, vm: order.vm, host: order.host, epoch: order.epoch, ...outcome }
}

/** The domain is gone and nothing is missing. */
export function released(order: VmOrder, distrusted: readonly DeviceFault[]): VmEvent {
  return eventOf(order, { kind: 'released', ...(distrusted.length > 0 && { distrusted }) })
}

/** The domain does not have them any more and nothing is missing. */
export function detached(order: VmOrder, distrusted: readonly DeviceFault[]): VmEvent {
  return eventOf(order, { kind: 'detached', ...(distrusted.length > 0 && { distrusted }) })
}

/** Some devices are not back: the first one's code, everyone's message. That somebody holds one is not the device's fault. */
export function notReleased(order: VmOrder, missing: readonly DeviceFault[]): VmEvent {
  return eventOf(order, {
    kind: 'release-failed',
    code: missing[0]?.code ?? 'release-failed',
    message: missing.map((one) => one.message).join('; '),
    faults: missing.filter(({ code }) => code !== 'device-in-domain' && code !== 'vfio-open'),
  })
}

/** It could not even be tried (libvirt does not answer, the domain does not end): that is no device's fault. */
export function releaseFailed(order: VmOrder, error: BerthError): VmEvent {
  return eventOf(order, {
    kind: 'release-failed',
    code: error.code,
    message: error.message,
    faults: [],
  })
}
