/** More devices for a VM: for one that runs, found by the allocator on its host and committed as an order; else in its template. */
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitAttach } from '../claims/attach.ts'
import type { RequestPart } from '../claims/rows.ts'
import { listClaims } from '../database/claims.ts'
import { getHost } from '../database/hosts.ts'
import { openOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { getVm, type StoredVm } from '../database/vms.ts'
import { readSnapshot } from '../inventory/snapshot.ts'
import { busy, changeTemplate } from '../lifecycle/hotplug.ts'
import { requireQuota } from '../lifecycle/quota.ts'
import { requireState } from '../lifecycle/states.ts'
import { Conflict } from '../model/errors.ts'
import type { PendingVm, Placement, SnapshotDevice, SnapshotHost } from '../model/snapshot.ts'
import { appendBlock, type DeviceBlock } from '../template/edit.ts'
import { readTemplate } from '../template/validate.ts'
import { refusalMessage } from '../view/refusal.ts'
import { takeInReports } from './intake.ts'
import type { ControllerDeps } from './ports.ts'

/** Another program was first: as often as a plan is made again. */
const ATTEMPTS = 3

/**
 * Gives the order that plugs them in; null where the VM does not run and only its template changed. InvalidInput as `readTemplate`;
 * Conflict `vm-state`, `vm-busy`, `cannot-attach` with the refusal in words; Forbidden `quota-exceeded`: nothing was changed.
 */
export async function attachBlock(
  deps: ControllerDeps,
  id: number,
  block: DeviceBlock,
): Promise<number | null> {
  const { database, clock } = deps
  for (let attempt = 1; ; attempt++) {
    const vm = await getVm(database.kysely, id)
    requireState(vm, 'attach')
    const template = appendBlock(vm.template, block)
    const wanted = wantedBy(template, block.name)
    if (vm.host === null) {
      await changeTemplate(database, id, (text) => appendBlock(text, block), clock.now())
      return null
    }
    if ((await openOrder(database.kysely, id)) !== null) throw busy(vm)
    const { placement, generation } = await find(deps, vm, vm.host, wanted)
    const [request] = wanted.requests
    const part: RequestPart = {
      managed: request?.managed ?? true,
      ...(request?.network && { network: request.network }),
    }
    const { requests } = readTemplate(template)
    const check = (q: Tx, { owner }: StoredVm) => requireQuota(q, { owner, requests, vm })
    const order = await commitAttach(
      database,
      { vm, placement, part, generation, template, check },
      clock.now(),
    )
    if (order !== null) return order
    if (attempt === ATTEMPTS) throw cannotAttach(vm, 'another program changed the host meanwhile; try again')
  }
}

type Wanted = Pick<PendingVm, 'requests' | 'usb'>

/** The template's last block of that name alone. */
function wantedBy(text: string, name: DeviceBlock['name']): Wanted {
  const { requests, usb } = readTemplate(text)
  return name === 'PCI' ? { requests: requests.slice(-1) } : { requests: [], usb: usb.slice(-1) }
}

async function find(
  deps: ControllerDeps,
  vm: StoredVm,
  hostId: number,
  wanted: Wanted,
): Promise<{ placement: Placement; generation: number }> {
  const { database, clock, policy } = deps
  const { failed } = await takeInReports(deps, [hostId])
  if (failed[0]) throw cannotAttach(vm, failed[0].message)
  // A disabled host takes no further VMs; those that run there may have more.
  const picture = await database.read((q) =>
    readSnapshot(q, { policy, now: clock.now(), hosts: [hostId], stateOf: () => 'on' }),
  )
  const [host] = picture.snapshot.hosts
  const generation = picture.generations.get(hostId)
  if (host === undefined || generation === undefined) throw new Error(`host ${hostId} has no picture`)
  const { numaPolicy } = readTemplate(vm.template)
  const nodes = numaPolicy === 'required' ? await nodesOf(deps, vm, host) : new Set<number>()
  const plan = planCluster({
    policy,
    hosts: [{ ...host, devices: host.devices.map((device) => offeredOn(device, nodes)) }],
    vms: [{ ...bare(vm), ...wanted, numaPolicy }],
  })
  const [placement] = plan.placements
  const given = (placement?.devices.length ?? 0) + (placement?.usb?.length ?? 0)
  if (placement !== undefined && given > 0) return { placement, generation }
  const refusal = plan.rejections[0]?.refusals[0]?.refusal
  const { name } = await getHost(database.kysely, hostId)
  const node = nodes.size === 0 ? '' : ` (only NUMA node ${[...nodes].join(', ')} will do: PCI_NUMA_POLICY)`
  const why = refusal === undefined ? 'no device of it is free' : refusalMessage(refusal)
  throw cannotAttach(vm, `on ${name}, where it runs: ${why}${node}`)
}

/** What it has of cores, memory and requirements is settled: it runs. */
function bare({ id, name }: StoredVm) {
  return { id, name, priority: 0, cpu: 0, memoryMiB: 0, requirement: null, rank: null, onlyHost: null }
}

/** Where the devices are that it was given. */
async function nodesOf(
  { database }: ControllerDeps,
  vm: StoredVm,
  host: SnapshotHost,
): Promise<ReadonlySet<number>> {
  const claims = await listClaims(database.kysely, { vm: vm.id })
  const passed = new Set(claims.filter(({ role }) => role === 'passed').map(({ address }) => address))
  const nodes = host.devices.filter(({ address }) => passed.has(address)).map(({ numaNode }) => numaNode)
  return new Set(nodes.filter((node) => node !== null))
}

/** A device of another node is no candidate, and still a group mate. */
function offeredOn(device: SnapshotDevice, nodes: ReadonlySet<number>): SnapshotDevice {
  const fits = nodes.size === 0 || device.numaNode === null || nodes.has(device.numaNode)
  return fits ? device : { ...device, offered: false }
}

function cannotAttach({ id }: StoredVm, why: string): Conflict {
  return new Conflict('cannot-attach', `VM ${id} can be given no such device: ${why}`, { vm: id })
}
