/** "How many more of it?" asked of the scheduler itself: `template fit`. */
import { planCopies } from '../../../scheduler/plan/copies.ts'
import type { Queries } from '../../database/tables.ts'
import { readSnapshot } from '../../inventory/snapshot.ts'
import { recordedState } from '../../model/host.ts'
import type { PlacementPolicy } from '../../model/snapshot.ts'
import { requireDeployable } from '../../template/deployable.ts'
import { pendingVm } from '../../template/pending.ts'
import { readTemplate } from '../../template/validate.ts'
import type { TemplateFit } from '../../view/documents.ts'
import { templateFit } from '../../view/explanation.ts'

/** No VM's: ids in the database begin at 1. The copies get their own. */
const NOBODY = 0

export interface FitQuestion {
  /** So many are counted at most. */
  readonly limit: number
  /** The VMs that wait are placed first; those on hold do not wait. */
  readonly afterWaiting: boolean
  readonly policy: PlacementPolicy
}

/**
 * How many VMs of the template the scheduler would place one after the other, and where; nothing is written. InvalidInput as
 * `readTemplate` and `requireDeployable`. Call it inside `Database.read`.
 */
export async function fitTemplate(q: Queries, text: string, question: FitQuestion): Promise<TemplateFit> {
  const { limit, afterWaiting, policy } = question
  const template = readTemplate(text)
  requireDeployable(template)
  const vm = pendingVm({ id: NOBODY, name: template.name ?? '', priority: 0, onlyHost: null }, template)
  // A VM whose next try is delayed waits, too.
  const now = Number.MAX_SAFE_INTEGER
  const { snapshot } = await readSnapshot(q, { policy, now, stateOf: recordedState })
  const vms = afterWaiting ? snapshot.vms : []
  return templateFit(snapshot.hosts, planCopies({ ...snapshot, vms }, vm, limit), { limit, afterWaiting })
}
