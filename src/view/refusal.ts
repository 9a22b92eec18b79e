/** Refusals in words: why a VM cannot go to a host, what stands in a device's way, and a VM's hosts summed up in one line. */
import type { Address } from '../model/address.ts'
import type { GroupObstacle, Obstacle, Refusal, RefusalCode, RequestShortage } from '../model/refusal.ts'
import { REASONS } from '../model/refusal-words.ts'
import type { Rejection } from '../model/snapshot.ts'
import { listVms, nameVm } from './list-vms.ts'
import { usbShortageMessage } from './usb-refusal.ts'

/** One sentence without a full stop, to stand beside the host's name. PCI blocks are counted from 0, as everywhere. */
export function refusalMessage(refusal: Refusal): string {
  switch (refusal.code) {
    case 'host-state':
      return hostStateMessage(refusal.state)
    case 'other-host':
      return 'the VM was sent to another host'
    case 'not-ready':
      return notReadyMessage(refusal.missing)
    case 'no-firmware':
      return 'the host has no UEFI firmware, which the VM boots from; "berth doctor" there tells what to install'
    case 'requirements':
      return 'SCHED_REQUIREMENTS does not hold for this host'
    case 'cpu':
      return `CPU: wants ${cores(refusal.wanted)} ${refusal.wanted === 100 ? 'core' : 'cores'}, ${cores(refusal.free)} free`
    case 'memory':
      return `MEMORY: wants ${refusal.wanted} MiB, ${Math.max(0, refusal.free)} MiB free`
    case 'combination':
      return combinationMessage(refusal)
    case 'numa':
      return 'the devices are free, but not on one NUMA node (PCI_NUMA_POLICY = "REQUIRED")'
    case 'search-limit':
      return 'the search for whole slots (FUNCTIONS = "ALL") was given up at its limit; ask for fewer slots or name more attributes'
    case 'no-such-usb-device':
      return `USB ${refusal.request}: the host has no such device`
    case 'usb-not-free':
      return usbShortageMessage(refusal)
    case 'usb-and-pci':
      return 'the USB devices and the PCI devices could be given each alone, but not together: what a PCI block takes is the controller of a USB device that is wanted'
    default:
      return shortageMessage(refusal)
  }
}

export function notReadyMessage(missing: readonly string[] | undefined): string {
  const words = 'the host is not ready to pass PCI devices'
  return missing === undefined
    ? `${words}: none of its devices is in an IOMMU group`
    : `${words}: missing ${missing.join(', ')}; "berth doctor" there tells what to do`
}

/** Enough devices may be there, and some block still without one: whole slots take functions along. */
function combinationMessage({ wanted, free }: { readonly wanted: number; readonly free: number }): string {
  const words = 'each PCI block could be served alone, but not all together'
  return free < wanted
    ? `${words}: they want ${wanted} devices, at most ${free} can be given`
    : `${words}: what one takes, another needs`
}

/** What keeps a device from being given, to follow its address: `in use by the host`, `claimed by VM 3`. */
export function obstacleMessage(obstacle: Obstacle): string {
  switch (obstacle.code) {
    case 'not-offered':
      return "not offered: the host's filter leaves it out"
    case 'bridge':
      return 'a bridge, never given to a VM'
    case 'chipset':
      return "part of the host's chipset, never given to a VM"
    case 'in-use-by-host':
      return 'in use by the host'
    case 'drained':
      return 'drained by an operator'
    case 'quarantined':
      return 'quarantined: not to be trusted'
    case 'claimed':
      return `claimed by ${nameVm(obstacle.vm)}`
    case 'pf-has-vfs':
      return obstacle.vf === null
        ? 'a physical function that is to have virtual functions; "berth sriov set HOST ADDRESS 0" takes that back'
        : `a physical function with virtual functions (${obstacle.vf}); give those, or remove them first`
    case 'parent-claimed':
      return `a virtual function of ${obstacle.parent}, which ${nameVm(obstacle.vm)} has claimed`
    case 'no-iommu-group':
      return 'in no IOMMU group; is the IOMMU switched on in firmware and kernel?'
    case 'usb-in-use':
      return `a USB controller: ${nameVm(obstacle.vm)} has the USB device ${obstacle.port} below it`
    case 'group-not-viable':
      return `its IOMMU group ${obstacle.group} cannot be given: ${groupObstacleMessage(obstacle.mate, obstacle.why)}`
  }
}

/** What one device keeps its whole group with: `0000:3b:00.1 in it is in use by the host`. */
export function groupObstacleMessage(mate: Address, why: GroupObstacle): string {
  return `${mate} in it is ${mateMessage(why)}`
}

function mateMessage(why: GroupObstacle): string {
  switch (why.code) {
    case 'in-use-by-host':
      return 'in use by the host'
    case 'quarantined':
      return 'quarantined'
    case 'pf-has-vfs':
      return 'a physical function with virtual functions'
    case 'claimed':
      return `claimed by ${nameVm(why.vm)}`
    case 'usb-in-use':
      return `a USB controller, and ${nameVm(why.vm)} has the USB device ${why.port} below it`
  }
}

function hostStateMessage(state: string): string {
  if (state === 'off') return 'the host is off'
  if (state === 'disabled') return 'the host is disabled; "berth host enable" lets it take VMs again'
  if (state === 'unknown')
    return 'the host is unknown: it has not been probed and compared, or does not answer; "berth host show" tells why'
  return `the host is ${state}`
}

/** `PCI 0: wants 2, 1 of 4 free; VMs 3 and 5 hold the others; 0000:3b:00.0: in use by the host` */
function shortageMessage(refusal: { readonly code: string } & RequestShortage): string {
  const { request, wanted, free, fitting, heldBy, example } = refusal
  if (fitting === 0) return `PCI ${request}: the host has no such device (wants ${wanted})`
  const unit = refusal.code === 'functions' ? ` whole slot${wanted === 1 ? '' : 's'}` : ''
  const parts = [`PCI ${request}: wants ${wanted}${unit}, ${free} of ${fitting} free`]
  if (heldBy.length > 0) parts.push(`held by ${listVms(heldBy)}`)
  if (example !== null) parts.push(`${example.address}: ${obstacleMessage(example.obstacle)}`)
  return parts.join('; ')
}

/** Hundredths of a core as cores: `0.5`, `4`. */
function cores(hundredths: number): string {
  return String(Math.max(0, hundredths) / 100)
}

/** In which a host is checked. */
const ORDER = Object.keys(REASONS)

/**
 * `Cannot dispatch VM: no host of 5 can take it: not enough free PCI devices (3), not enough CPU (2)`: most frequent reason
 * first. `hostCount` = hosts of the cluster.
 */
export function waitingMessage(rejection: Pick<Rejection, 'refusals'>, hostCount: number): string {
  return cannotDispatch(
    countReasons(rejection).map(([code, hosts]) => [REASONS[code], hosts]),
    hostCount,
  )
}

/** The code that `waitingMessage` begins with, or `no-hosts`. */
export function leadingReason(rejection: Pick<Rejection, 'refusals'>, hostCount: number): string {
  const [first] = [...countReasons(rejection)].sort(([, m], [, n]) => n - m)
  return hostCount === 0 ? 'no-hosts' : (first?.[0] ?? 'no-host-fits')
}

/** How many hosts each reason keeps the VM from, in the order in which a host is checked. */
function countReasons({
  refusals,
}: Pick<Rejection, 'refusals'>): readonly (readonly [RefusalCode, number])[] {
  const counts = new Map<RefusalCode, number>()
  for (const { hosts, refusal } of refusals)
    counts.set(refusal.code, (counts.get(refusal.code) ?? 0) + hosts.length)
  return [...counts].sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))
}

/** The same from reasons in words with the hosts that each keeps the VM from; of equally frequent ones the first given comes first. */
export function cannotDispatch(
  reasons: readonly (readonly [words: string, hosts: number])[],
  hostCount: number,
): string {
  if (hostCount === 0) return 'Cannot dispatch VM: there are no hosts'
  const sorted = [...reasons].sort(([, m], [, n]) => n - m)
  const hosts = hostCount === 1 ? 'the only host cannot' : `none of ${hostCount} hosts can`
  const [only] = sorted
  if (only === undefined) return `Cannot dispatch VM: ${hosts} take it`
  if (sorted.length === 1) return `Cannot dispatch VM: ${hosts} take it: ${only[0]}`
  return `Cannot dispatch VM: ${hosts} take it: ${sorted.map(([words, n]) => `${words} (${n})`).join(', ')}`
}
