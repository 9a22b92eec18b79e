/** The controller as the doors see it: a cycle, one VM's orders, a forced deploy, one host's probe. */
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../claims/commit.ts'
import { getHost } from '../database/hosts.ts'
import { findLease } from '../database/leases.ts'
import { getOrder } from '../database/orders.ts'
import { getVm } from '../database/vms.ts'
import { readSnapshot } from '../inventory/snapshot.ts'
import { readStrays } from '../inventory/strays.ts'
import { pinVm, unpinVm } from '../lifecycle/ask.ts'
import { CommandFailed, Conflict } from '../model/errors.ts'
import type { Host, HostState } from '../model/host.ts'
import { isVmOrder, type Order, type OrderState } from '../model/order.ts'
import type { DeviceBlock } from '../template/edit.ts'
import { pendingVm } from '../template/pending.ts'
import { readTemplate } from '../template/validate.ts'
import type { CycleSummary, LibvirtCheck } from '../view/documents.ts'
import { refusalMessage } from '../view/refusal.ts'
import { runErrand } from './agents/errand.ts'
import { attachBlock } from './attach.ts'
import { awaitOrder, awaitVmOrder } from './await-order.ts'
import { checkLibvirt } from './check-libvirt.ts'
import { runCycle } from './cycle.ts'
import { createDispatcher } from './dispatch.ts'
import { takeInReports } from './intake.ts'
import type { ControllerDeps } from './ports.ts'
import { SERVE_LEASE } from './serve.ts'

export interface Controller {
  cycle(): Promise<CycleSummary>
  /** The VM's waiting orders, in this process, unless a `serve` carries orders out; a host's agent is waited for. */
  carryOut(vm: number): Promise<void>
  /**
   * One order, likewise; a `serve`, or the host's agent, is waited for. Gives what became of it: `waiting` where nobody has done it in time, or it is to be
   * tried again. CommandFailed `order-failed` with the reason.
   */
  carryOutOrder(order: number): Promise<OrderState>
  /** See attach.ts. */
  attachBlock(vm: number, block: DeviceBlock): Promise<number | null>
  /**
   * Places the VM on that host now, or throws Conflict `cannot-deploy` with the refusal in words; it is as before then, or
   * waits for that host where another program changed the host meanwhile, as the message says.
   */
  deploy(vm: number, host: number): Promise<void>
  /**
   * Takes in a report of the host, or throws CommandFailed `probe-failed` with the reason; of a host behind an agent `agent-silent`,
   * `errand-unanswered`, too.
   */
  probe(host: number): Promise<void>
  /** What libvirt and the kernel say differently of the host's devices. */
  checkLibvirt(host: number): Promise<LibvirtCheck>
}

export function createController(deps: ControllerDeps): Controller {
  return {
    cycle: async () => (await runCycle(deps)).summary,
    carryOut: (id) => carryOutOfVm(deps, id),
    carryOutOrder: (order) => carryOutOneOrder(deps, order),
    attachBlock: (vm, block) => attachBlock(deps, vm, block),
    deploy: (vm, host) => deployOn(deps, vm, host),
    checkLibvirt: (host) => checkLibvirt(deps, host),
    probe: (id) => probe(deps, id),
  }
}

async function probe(deps: ControllerDeps, id: number): Promise<void> {
  const host = await getHost(deps.database.kysely, id)
  if (host.agent) await runErrand(deps, host, 'probe')
  const { failed } = await takeInReports(deps, [id])
  const [failure] = failed
  if (failure) throw new CommandFailed('probe-failed', failure.message, { host: id })
}

/** The end of a VM may lead from host to host: each deletes its UEFI variables. */
async function carryOutOfVm(deps: ControllerDeps, id: number): Promise<void> {
  const { kysely } = deps.database
  for (let before: number | null = null; ; ) {
    const { host } = await getVm(kysely, id)
    if (host === null || host === before) return
    if ((await getHost(kysely, host)).agent) await awaitVmOrder(deps, host, id)
    else await carryOutUnlessServed(deps, host, (order) => isVmOrder(order) && order.vm === id)
    before = host
  }
}

async function carryOutUnlessServed(
  deps: ControllerDeps,
  host: number,
  only: (order: Order) => boolean,
): Promise<void> {
  if (await findLease(deps.database.kysely, SERVE_LEASE, deps.clock.now())) return
  await createDispatcher(deps).dispatch([host], only)
}

async function carryOutOneOrder(deps: ControllerDeps, id: number): Promise<OrderState> {
  const { kysely } = deps.database
  const { order } = await getOrder(kysely, id)
  const { agent } = await getHost(kysely, order.host)
  if (agent) return awaitOrder(deps, id)
  return awaitOrder(deps, id, () => carryOutUnlessServed(deps, order.host, (one) => one.id === id))
}

/** Planned first and pinned only when it fits, so that a refusal changes nothing. */
async function deployOn(deps: ControllerDeps, id: number, host: number): Promise<void> {
  const { database, clock, policy } = deps
  const { name } = await getHost(database.kysely, host)
  const { failed } = await takeInReports(deps, [host])
  if (failed[0]) throw cannotDeploy(id, name, failed[0].message)
  const vm = await getVm(database.kysely, id)
  const stray = (await readStrays(database.kysely)).get(id)
  if (stray !== undefined) throw cannotDeploy(id, name, stray)
  const template = readTemplate(vm.template)
  const stateOf = ({ enabled }: Host): HostState => (enabled ? 'on' : 'disabled')
  const picture = await database.read((q) =>
    readSnapshot(q, { policy, now: clock.now(), hosts: [host], stateOf }),
  )
  const pending = pendingVm({ ...vm, onlyHost: host }, template)
  const plan = planCluster({ ...picture.snapshot, vms: [pending] })
  const refusal = plan.rejections[0]?.refusals[0]?.refusal
  if (refusal) throw cannotDeploy(id, name, refusalMessage(refusal))
  await pinVm(database, id, host, clock.now())
  const planned = {
    definition: { ...template.definition, name: vm.name },
    requests: template.requests,
    epoch: vm.epoch,
  }
  const basis = { generations: picture.generations, vms: new Map([[id, planned]]) }
  const { conflicted } = await commitPlan(database, plan.placements, basis, clock.now())
  if (conflicted.length === 0) return
  // Pinned, it may have been placed there by a cycle that runs beside this one: that is what was asked for.
  if (await unpinVm(database, vm, host, clock.now())) return
  throw cannotDeploy(id, name, 'another program changed the host meanwhile; try again')
}

function cannotDeploy(vm: number, host: string, why: string): Conflict {
  return new Conflict('cannot-deploy', `VM ${vm} cannot be deployed on ${host}: ${why}`, { vm, host })
}
