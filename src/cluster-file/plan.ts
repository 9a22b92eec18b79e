/** `berth plan`'s whole way, without IO: cluster file -> snapshot -> the scheduler -> document. */
import { planCluster } from '../../scheduler/plan/plan.ts'
import type { PlacementPolicy } from '../model/snapshot.ts'
import { readClusterFile } from './document.ts'
import { type PlanDocument, type PlanOutput, planOutput } from './output.ts'

/** Plans the cluster that `text` describes. Throws InvalidInput for a bad document (document.ts); refusals are part of the result. */
export function planFile(text: string, policy: PlacementPolicy = 'pack'): PlanOutput {
  const { snapshot, unreadable } = readClusterFile(text, policy)
  return planOutput(planCluster(snapshot), unreadable, snapshot.hosts.length)
}

/** The same as one document, every reason of every VM in memory. */
export function planDocument(text: string, policy: PlacementPolicy = 'pack'): PlanDocument {
  const { placements, rejections } = planFile(text, policy)
  return { placements, rejections: [...rejections] }
}
