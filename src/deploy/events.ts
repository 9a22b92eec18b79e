/** The events that a host answers an order with. Pure. */
import type { BerthError } from '../model/errors.ts'
import type { DeviceFault, HostEvent } from '../model/event.ts'
import type { Order } from '../model/order.ts'

type Outcome = HostEvent extends infer E
  ? E extends HostEvent
    ? Omit<E, 'order' | 'vm' | 'host' | 'epoch'>
    : never
  : never

export function eventOf(order: Order, outcome: Outcome): HostEvent {
  return { order: order.id, vm: order.vm, host: order.host, epoch: order.epoch, ...outcome }
}

/** The domain is gone and nothing is missing. */
export function released(order: Order, distrusted: readonly DeviceFault[]): HostEvent {
  return eventOf(order, { kind: 'released', ...(distrusted.length > 0 && { distrusted }) })
}

/** Some devices are not back: the first one's code, everyone's message. That a domain holds one is not the device's fault. */
export function notReleased(order: Order, missing: readonly DeviceFault[]): HostEvent {
  return eventOf(order, {
    kind: 'release-failed',
    code: missing[0]?.code ?? 'release-failed',
    message: missing.map((one) => one.message).join('; '),
    faults: missing.filter(({ code }) => code !== 'device-in-domain'),
  })
}

/** It could not even be tried (libvirt does not answer, the domain does not end): that is no device's fault. */
export function releaseFailed(order: Order, error: BerthError): HostEvent {
  return eventOf(order, {
    kind: 'release-failed',
    code: error.code,
    message: error.message,
    faults: [],
  })
}
