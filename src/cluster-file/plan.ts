/** `berth plan`'s whole way, without IO: cluster file -> snapshot -> the scheduler -> document. */
import { planCluster } from '../../scheduler/plan/plan.ts'
import type { PlacementPolicy } from '../model/snapshot.ts'
import { readClusterFile } from './document.ts'
import { type PlanDocument, planDocumentOf } from './output.ts'

/** Plans the cluster that `text` describes. Throws InvalidInput for a bad document (document.ts); refusals are part of the result. */
export function planDocument(text: string, policy: PlacementPolicy = 'pack'): PlanDocument {
  const { snapshot, unreadable } = readClusterFile(text, policy)
  return planDocumentOf(planCluster(snapshot), unreadable, snapshot.hosts.length)
}
