/** Drift in words: what differs, why it matters, what to do. */
import { type Drift, repairOf } from '../model/drift.ts'
import type { DriftView } from './documents.ts'

/** `repair` = how far mending it is; by default whether it can be. */
export function driftView(drift: Drift, repair?: DriftView['repair']): DriftView {
  return {
    code: drift.code,
    message: driftMessage(drift),
    vm: 'vm' in drift ? drift.vm : null,
    address: 'address' in drift ? drift.address : null,
    domain: 'domain' in drift ? drift.domain : null,
    repair: repair ?? (repairOf(drift) === null ? null : 'possible'),
  }
}

const driverText = (driver: string | null): string => (driver === null ? 'no driver' : `driver ${driver}`)

function driftMessage(drift: Drift): string {
  switch (drift.code) {
    case 'orphan-domain':
      return `domain ${drift.domain} says it is VM ${drift.vm}, epoch ${drift.epoch}, which is not on this host: it keeps its devices; look at it, and \`virsh destroy ${drift.domain}\` if nobody needs it`
    case 'device-not-in-domain':
      return `${drift.address} was passed to VM ${drift.vm}, and domain ${drift.domain} does not have it: detached behind Berth's back; stop and start the VM`
    case 'device-not-claimed':
      return drift.vm === null
        ? `domain ${drift.domain} holds ${drift.address}, which Berth did not give it: attached behind Berth's back; \`virsh detach-device\` it, or leave it: nobody else is given it meanwhile`
        : `domain ${drift.domain} holds ${drift.address}, which is VM ${drift.vm}'s: stop one of the two`
    case 'device-missing':
      return `${drift.address} of VM ${drift.vm} is not on the host any more: pulled, or fallen off the bus; stop the VM, look at the slot and the kernel log`
    case 'claimed-not-on-vfio':
      return drift.role === 'held'
        ? `${drift.address}, a group mate of a device of VM ${drift.vm}, is on ${driverText(drift.driver)} and not on vfio-pci`
        : `${drift.address} is VM ${drift.vm}'s and on ${driverText(drift.driver)}, not on vfio-pci: the guest has lost it; stop and start the VM`
    case 'not-given-back':
      return `${drift.address} is nobody's and on ${driverText(drift.driver)}; it was on ${driverText(drift.wanted)} before it was given`
    case 'reserved-not-on-vfio':
      return `${drift.address} is reserved and on ${driverText(drift.driver)}, not on vfio-pci`
    case 'vfs-not-as-wished':
      return `${drift.address} has ${drift.numVfs} virtual functions and is to have ${drift.wanted}: changed behind Berth's back, or its driver could not; \`berth sriov list\` says more, \`berth sriov set\` asks again`
    case 'vfio-open':
      return `${drift.address} is open by ${drift.process}, which is of no libvirt domain: end that process, or leave it: nobody else is given the device meanwhile`
  }
}
