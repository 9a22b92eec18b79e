/** A set of changes as it is told: in the order to carry them out, and of each VM what it has that is wanted. */
import type { Address } from '../../src/model/address.ts'
import type { Change, ChangeCode, InTheWay } from '../../src/model/remedy.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { usbMatches } from '../request/match-usb.ts'
import type { Oracle } from './oracle.ts'
import { changed, nameOf, type Situation } from './situation.ts'

/** Virtual functions go once nobody has them; a host takes VMs once it is ready; the VM comes last. */
const ORDER: readonly ChangeCode[] = [
  ...(['await-vm', 'stop-vm', 'detach-usb', 'end-domain', 'free-cpu', 'free-memory'] as const),
  ...(['remove-vfs', 'undrain', 'clear-quarantine', 'allow-device', 'offer-device'] as const),
  ...(['install-firmware', 'prepare-host', 'revive-host', 'enable-host'] as const),
  ...(['relax-numa', 'relax-requirements', 'ask-for-fewer', 'send-here', 'release-vm'] as const),
]

export function inTheWay({ situation, gets }: Oracle, changes: readonly Change[]): readonly Change[] {
  const given = gets(changes) ?? new Set<string>()
  return merged(changes)
    .map((change) => told(change, situation, changes, given))
    .sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code) || byName(a, b))
}

/** PCI blocks last to first: with a block that goes, those behind it get other numbers. */
function byName(a: Change, b: Change): number {
  const order = nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true })
  return a.code === 'ask-for-fewer' ? -order : order
}

/** Devices fewer of one block are one change. */
function merged(changes: readonly Change[]): readonly Change[] {
  const byName = new Map<string, Change>()
  for (const change of changes) {
    const before = byName.get(nameOf(change))
    const more = before?.code === 'ask-for-fewer' && change.code === 'ask-for-fewer'
    byName.set(nameOf(change), more ? { ...change, fewer: change.fewer + before.fewer } : change)
  }
  return [...byName.values()]
}

function told(
  change: Change,
  situation: Situation,
  changes: readonly Change[],
  given: ReadonlySet<string>,
): Change {
  switch (change.code) {
    case 'stop-vm':
    case 'await-vm':
      return { ...change, ...wantedOf(situation, given, ({ claimedBy }) => claimedBy === change.vm) }
    case 'end-domain':
      return { ...change, ...wantedOf(situation, given, ({ domain }) => domain === change.domain) }
    case 'free-cpu':
    case 'free-memory':
      return { ...change, missing: missing(change.code, situation, changes) }
    default:
      return change
  }
}

type Holder = (device: Pick<SnapshotDevice, 'claimedBy'> & { readonly domain?: string }) => boolean

/** What the VM would get of it, or a part of which it would get. */
function wantedOf({ host, vm }: Situation, given: ReadonlySet<string>, isHeld: Holder): InTheWay {
  const parents = new Set<Address | null>(
    host.devices.flatMap(({ address, parent }) => (given.has(address) ? [parent] : [])),
  )
  const removed = host.devices.filter(({ parent }) => parent !== null && given.has(parent))
  const wanted = host.devices.filter((d) => given.has(d.address) || parents.has(d.address))
  const usb = (host.usb ?? []).filter((d) => vm.usb?.some((request) => usbMatches(request, d)))
  return {
    addresses: [...wanted, ...removed]
      .filter(isHeld)
      .map(({ address }) => address)
      .sort(),
    ports: usb.filter(isHeld).map(({ port }) => port),
  }
}

/** Beside what the other changes free. */
function missing(code: 'free-cpu' | 'free-memory', situation: Situation, changes: readonly Change[]): number {
  const others = changes.filter((one) => one.code !== 'free-cpu' && one.code !== 'free-memory')
  const { host, vm } = changed(situation, others)
  return code === 'free-cpu'
    ? vm.cpu + host.usedCpu - (host.cpu ?? 0)
    : vm.memoryMiB + host.usedMemoryMiB - (host.memoryMiB ?? 0)
}
