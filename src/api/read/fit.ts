/** "How many more of it?" asked of the scheduler itself: `template fit`. */
import { planCopies } from '../../../scheduler/plan/copies.ts'
import type { Database } from '../../database/open.ts'
import type { Queries } from '../../database/tables.ts'
import { readSnapshot } from '../../inventory/snapshot.ts'
import { recordedState } from '../../model/host.ts'
import type { PlacementPolicy } from '../../model/snapshot.ts'
import { requireDeployable } from '../../template/deployable.ts'
import { pendingVm } from '../../template/pending.ts'
import { readTemplate } from '../../template/validate.ts'
import type { TemplateFit } from '../../view/documents.ts'
import { templateFit } from '../../view/explanation.ts'
import { inPieces } from '../long-work.ts'

export interface FitQuestion {
  readonly textOf: (q: Queries) => Promise<string>
  /** So many are counted at most. */
  readonly limit: number
  /** The VMs that wait are placed first; those on hold do not wait. */
  readonly afterWaiting: boolean
  readonly policy: PlacementPolicy
}

/** The copies get ids of their own. */
const NOBODY = 0

/**
 * How many VMs of the template the scheduler would place one after the other, and where; nothing is written. Null = whoever asked
 * has gone. InvalidInput as `readTemplate` and `requireDeployable`.
 */
export async function fitTemplate(
  database: Database,
  { textOf, limit, afterWaiting, policy }: FitQuestion,
  gone: AbortSignal,
): Promise<TemplateFit | null> {
  if (gone.aborted) return null
  // Planned outside of it: SQLite has one connection, and others want to read meanwhile.
  const { vm, snapshot } = await database.read(async (q) => {
    const template = readTemplate(await textOf(q))
    requireDeployable(template)
    // A VM whose next try is delayed waits, too.
    const now = Number.MAX_SAFE_INTEGER
    const picture = await readSnapshot(q, { policy, now, stateOf: recordedState })
    const named = { id: NOBODY, name: template.name ?? '', priority: 0, onlyHost: null }
    return { vm: pendingVm(named, template), snapshot: picture.snapshot }
  })
  const steps = planCopies({ ...snapshot, vms: afterWaiting ? snapshot.vms : [] }, vm, limit)
  const copies = await inPieces(steps, gone)
  return copies === null ? null : templateFit(snapshot.hosts, copies, { limit, afterWaiting })
}
