/** What an administrator set for OpenNebula's rank scheduler, which Berth's placer keeps to: etc/schedulers/rank.conf of 7.x. */
import { InvalidInput } from '../model/errors.ts'
import type { Rank } from '../model/expression.ts'
import { parseRank } from '../template/expression.ts'
import { parseTemplate } from '../template/parse.ts'
import type { TemplateTree } from '../template/tree.ts'
import { keyOf, singleOf, vectorsOf } from '../template/values.ts'

export interface Policy {
  /** VMs for one host in one cycle, and for all hosts; 0 = any number. */
  readonly mostPerHost: number
  readonly mostPerCycle: number
  /** Share of a VM's memory that is counted as used of the system datastore. */
  readonly memoryScale: number
  /** NICs of one VM get different networks. */
  readonly differentNetworks: boolean
  /** Null = all are alike. */
  readonly hostRank: Rank | null
  /** The rank is a predefined heuristic (packing, striping, load-aware), not an order that somebody wrote down. */
  readonly isHeuristic: boolean
  readonly datastoreRank: Rank | null
  readonly networkRank: Rank | null
}

/** Ranks by POLICY's number; undefined = its own RANK. */
const HOSTS = ['RUNNING_VMS', '- RUNNING_VMS', 'FREE_CPU', undefined, 'PRIORITY']
const DATASTORES = ['- FREE_MB', 'FREE_MB', undefined, 'PRIORITY']
const NETWORKS = ['USED_LEASES', '- USED_LEASES', undefined, 'PRIORITY']

/**
 * Reads the file's text; what it leaves out is as OpenNebula ships it (MAX_HOST = 1, striping). InvalidInput:
 * `template-syntax`, `expression-syntax`, or `scheduler-conf` for a value that cannot be meant.
 */
export function readPolicy(text: string): Policy {
  const tree = parseTemplate(text)
  const hosts = rankOf(tree, 'DEFAULT_SCHED', HOSTS)
  return {
    mostPerHost: amount(tree, 'MAX_HOST', 1),
    mostPerCycle: amount(tree, 'MAX_DISPATCH', 0),
    memoryScale: amount(tree, 'MEMORY_SYSTEM_DS_SCALE', 0),
    differentNetworks: (singleOf(tree, 'DIFFERENT_VNETS') ?? 'YES').toUpperCase() === 'YES',
    hostRank: hosts.rank,
    isHeuristic: hosts.policy <= 2,
    datastoreRank: rankOf(tree, 'DEFAULT_DS_SCHED', DATASTORES).rank,
    networkRank: rankOf(tree, 'DEFAULT_NIC_SCHED', NETWORKS).rank,
  }
}

function amount(tree: TemplateTree, name: string, usual: number): number {
  const text = singleOf(tree, name)
  const value = Number(text ?? usual)
  if (!Number.isFinite(value) || value < 0)
    throw new InvalidInput('scheduler-conf', `${name} = ${text}: expected a number of 0 or more`)
  return value
}

function rankOf(
  tree: TemplateTree,
  name: string,
  ranks: readonly (string | undefined)[],
): { readonly rank: Rank | null; readonly policy: number } {
  const [vector] = vectorsOf(tree, name)
  const text = keyOf(vector, 'POLICY') ?? '1'
  const policy = Number(text)
  if (!Number.isInteger(policy) || policy < 0 || policy >= ranks.length)
    throw new InvalidInput(
      'scheduler-conf',
      `${name}: POLICY = ${text}: expected a number from 0 to ${ranks.length - 1}`,
    )
  return { rank: parseRank(ranks[policy] ?? keyOf(vector, 'RANK') ?? ''), policy }
}
