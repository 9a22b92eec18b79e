/** Every change there could be on a small host, and every set of them tried: what the search must agree with. */

import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import { costOf } from '../../../scheduler/remedy/cost.ts'
import { changed, type Situation } from '../../../scheduler/remedy/situation.ts'
import type { Change } from '../../../src/model/remedy.ts'
import type { SnapshotDevice } from '../../../src/model/snapshot.ts'

export function fits(situation: Situation, changes: readonly Change[]): boolean {
  const { host, vm } = changed(situation, changes)
  return judgeHosts({ hosts: [host] }, vm).fitting.length === 1
}

/** Of the host and the VM, whether they help or not. */
export function everyChange({ host, vm, tenants, answers }: Situation): readonly Change[] {
  const changes: Change[] = host.devices.flatMap((device) => changesOf(device, host.devices))
  const holders = host.devices.flatMap((d) => [d.claimedBy, d.usbUse?.vm ?? null])
  const vms = new Set([...holders, ...tenants.map((one) => one.vm)])
  for (const one of vms) {
    const leaving = tenants.find((tenant) => tenant.vm === one)?.leaving
    if (one !== null && one !== vm.id)
      changes.push({ code: leaving ? 'await-vm' : 'stop-vm', vm: one, addresses: [], ports: [] })
  }
  for (const { port, claimedBy } of host.usb ?? [])
    if (claimedBy !== null && claimedBy !== vm.id) changes.push({ code: 'detach-usb', vm: claimedBy, port })
  if (vm.numaPolicy === 'required') changes.push({ code: 'relax-numa' })
  if (vm.requirement !== null) changes.push({ code: 'relax-requirements' })
  if (vm.cpu <= (host.cpu ?? 0)) changes.push({ code: 'free-cpu', missing: 0 })
  if (vm.memoryMiB <= (host.memoryMiB ?? 0)) changes.push({ code: 'free-memory', missing: 0 })
  if (host.state === 'disabled') changes.push({ code: 'enable-host' })
  if (host.state === 'disabled' && !answers) changes.push({ code: 'revive-host' })
  if (!host.passthroughReady) changes.push({ code: 'prepare-host' })
  return changes
}

function changesOf(device: SnapshotDevice, all: readonly SnapshotDevice[]): Change[] {
  const { address, health } = device
  const vfs = all.filter(({ parent }) => parent === address)
  const changes: Change[] = []
  if (health === 'drained') changes.push({ code: 'undrain', address })
  if (health === 'quarantined') changes.push({ code: 'clear-quarantine', address })
  if (device.inUseByHost) changes.push({ code: 'allow-device', address })
  if (!device.offered) changes.push({ code: 'offer-device', address, type: '' })
  if ((vfs.length > 0 || device.wantedVfs !== null) && !vfs.some((vf) => vf.inUseByHost))
    changes.push({ code: 'remove-vfs', address, vfs: vfs.length })
  return changes
}

export function everyFewer({ vm }: Situation): readonly Change[] {
  return vm.requests.flatMap(({ index, optional, count }) =>
    Array.from(
      { length: optional ? 0 : count - 1 },
      (): Change => ({ code: 'ask-for-fewer', request: index, fewer: 1 }),
    ),
  )
}

export function costOfAll({ host }: Situation, changes: readonly Change[]): number {
  return changes.reduce((sum, change) => {
    const held = 'vm' in change ? host.devices.filter((d) => d.claimedBy === change.vm).length : 0
    return sum + costOf(change, held) * ('fewer' in change ? change.fewer : 1)
  }, 0)
}

/** The cost of the cheapest set that does; null = none does. */
export function cheapestOfAll(situation: Situation, changes: readonly Change[]): number | null {
  const sets = Array.from({ length: 2 ** changes.length }, (_, bits) =>
    changes.filter((_, n) => (bits & (1 << n)) !== 0),
  )
  const priced = sets.map((set) => ({ set, cost: costOfAll(situation, set) }))
  const found = priced.sort((a, b) => a.cost - b.cost).find(({ set }) => fits(situation, set))
  return found?.cost ?? null
}
