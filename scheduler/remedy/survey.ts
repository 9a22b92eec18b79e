/**
 * Which changes could matter for this VM on this host: the obstacle in the way of each wanted device, taken away, then the
 * next one behind it, until nothing is in the way or nothing can be done. The rule itself is asked (src/model/assignable.ts,
 * the host's own checks), so no obstacle is known here that is not known there.
 */
import type { Address } from '../../src/model/address.ts'
import { arrangeDevices, type HostDevices, obstacle } from '../../src/model/assignable.ts'
import type { Change } from '../../src/model/remedy.ts'
import { usbObstacle } from '../../src/model/usb-assignable.ts'
import { usbMatches } from '../request/match-usb.ts'
import { type Cure, cure, usbCure } from './cure.ts'
import { hostChange } from './host-change.ts'
import { changed, nameOf, type Situation } from './situation.ts'
import { wantedDevices } from './wanted.ts'

export interface Survey {
  /** Changes beside those that were given, in no particular order. */
  readonly steps: readonly Change[]
  /** Wanted devices, or mates of such, that have virtual functions: to remove these takes devices away, too. */
  readonly withVfs: readonly Address[]
  /** Something keeps the VM from the host that no change can help. */
  readonly hopeless: boolean
}

/** Obstacles behind obstacles; neither a host nor a device has more kinds of them. */
const MOST_LAYERS = 12

/** `given` = changes that are made anyway; `spend` is told of each look at all devices. */
export function survey(situation: Situation, given: readonly Change[], spend: () => void): Survey {
  const known = new Map(given.map((change) => [nameOf(change), change]))
  // Before any VM is thought to end: what of cores and memory is missing now can be had in another way.
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    const next = hostChange(changed(situation, [...known.values()]))
    if (next === 'hopeless') return { steps: [], withVfs: [], hopeless: true }
    if (next === null) break
    known.set(nameOf(next), next)
  }
  const withVfs = new Set<Address>()
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    spend()
    const now = changed(situation, [...known.values()])
    const before = known.size
    for (const one of [...pciCures(now), ...usbCures(now)])
      if (typeof one === 'string') withVfs.add(one)
      else if (!isAbout(one, situation.vm.id)) known.set(nameOf(one), one)
    if (known.size === before) break
  }
  return { steps: [...known.values()].slice(given.length), withVfs: [...withVfs], hopeless: false }
}

/** A VM that waits and holds something here already is not to give it up. */
function isAbout(change: Change, vm: number): boolean {
  return 'vm' in change && change.vm === vm
}

function pciCures({ host, vm, tenants }: Situation): Cure[] {
  const arranged: HostDevices = arrangeDevices(host.devices, host.ungroupedAllowed)
  return wantedDevices(host, vm).flatMap((device) => {
    const why = obstacle(arranged, device, vm.id)
    if (why === null) return []
    const cured = cure(arranged, device, why, tenants) ?? []
    return why.code === 'group-not-viable' ? [cured, parentOf(arranged, why.mate)].flat() : cured
  })
}

/** A virtual function in the way goes with the others of its physical function, too. */
function parentOf({ byAddress }: HostDevices, mate: Address): Address | [] {
  return byAddress.get(mate)?.parent ?? []
}

function usbCures({ host, vm, tenants }: Situation): Change[] {
  const { usb = [] } = host
  if (vm.usb === undefined) return []
  const holders = new Map(host.devices.map(({ address, claimedBy }) => [address, claimedBy]))
  return usb
    .filter((device) => vm.usb?.some((request) => usbMatches(request, device)))
    .flatMap((device) => {
      const why = usbObstacle(device, (controller) => holders.get(controller) ?? null)
      return why === null ? [] : (usbCure(device, why, tenants) ?? [])
    })
}
