/** The second half of a cycle: pending VMs are planned on a snapshot and the plan committed; conflicts are planned again. */
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../claims/commit.ts'
import { setMessages } from '../database/vms.ts'
import { type ClusterPicture, readSnapshot } from '../inventory/snapshot.ts'
import type { Host, HostState } from '../model/host.ts'
import type { Placement, Plan } from '../model/snapshot.ts'
import { leadingReason, waitingMessage } from '../view/refusal.ts'
import type { ControllerDeps } from './ports.ts'

export interface Scheduled {
  readonly placed: readonly Placement[]
  /** One line a VM, in OpenNebula's manner. */
  readonly waiting: readonly { readonly vm: number; readonly message: string }[]
  /** What a log should say of it: only what was not so before. */
  readonly news: readonly string[]
}

/** A conflict means that another program committed meanwhile: by the third try the next cycle may as well do it. */
const ATTEMPTS = 3

/** Only hosts in `compared` get placements: what runs on the others is not known (invariant 10). */
export async function schedulePending(deps: ControllerDeps, compared: readonly number[]): Promise<Scheduled> {
  const placed: Placement[] = []
  for (let attempt = 1; ; attempt++) {
    const picture = await pictureNow(deps, compared)
    const plan = planCluster(picture.snapshot)
    const { committed, conflicted } = await commitPlan(
      deps.database,
      plan.placements,
      picture,
      deps.clock.now(),
    )
    placed.push(...plan.placements.filter(({ vm }) => committed.includes(vm)))
    if (conflicted.length === 0 || attempt === ATTEMPTS)
      return { placed, ...(await tell(deps, picture, plan)) }
  }
}

function pictureNow(deps: ControllerDeps, compared: readonly number[]): Promise<ClusterPicture> {
  const known = new Set(compared)
  const stateOf = (host: Host): HostState =>
    !host.enabled ? 'disabled' : known.has(host.id) && host.failure === null ? 'on' : 'unknown'
  const { policy, clock, kept } = deps
  const options = { policy, now: clock.now(), stateOf, ...(kept && { kept }) }
  return deps.database.read((q) => readSnapshot(q, options))
}

/** Writes down why VMs wait. */
async function tell(
  deps: ControllerDeps,
  picture: ClusterPicture,
  plan: Plan,
): Promise<Pick<Scheduled, 'waiting' | 'news'>> {
  const hosts = picture.snapshot.hosts.length
  const reasons = plan.rejections.map((rejection) => ({
    vm: rejection.vm,
    message: waitingMessage(rejection, hosts),
  }))
  const waiting = [...reasons, ...picture.unplannable]
  deps.observer?.waiting(
    new Map([
      ...plan.rejections.map((rejection) => [rejection.vm, leadingReason(rejection, hosts)] as const),
      ...picture.unplannable.map(({ vm }) => [vm, 'unplannable'] as const),
    ]),
  )
  const messages = new Map(waiting.map(({ vm, message }) => [vm, message]))
  const changed = await deps.database.transaction((q) => setMessages(q, messages))
  return { waiting, news: changed.map((vm) => `VM ${vm} waits: ${messages.get(vm)}`) }
}
