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
  /** What was read otherwise than written. */
  readonly warnings: readonly string[]
}

/** Ranks by POLICY's number; undefined = its own RANK. */
const HOSTS = ['RUNNING_VMS', '- RUNNING_VMS', 'FREE_CPU', undefined, 'PRIORITY']
const DATASTORES = ['- FREE_MB', 'FREE_MB', undefined, 'PRIORITY']
const NETWORKS = ['USED_LEASES', '- USED_LEASES', undefined, 'PRIORITY']

/**
 * Reads the file's text; what it leaves out is as OpenNebula ships it (MAX_HOST = 1, striping). A value that OpenNebula takes
 * without a word does not stop all placing: it is told in `warnings`. InvalidInput `template-syntax`.
 */
export function readPolicy(text: string): Policy {
  const tree = parseTemplate(text)
  const warnings: string[] = []
  const amount = (name: string, usual: number, negative: string) =>
    amountOf(singleOf(tree, name), name, usual, negative, warnings)
  const rank = (name: string, ranks: readonly (string | undefined)[]) => rankOf(tree, name, ranks, warnings)
  const hosts = rank('DEFAULT_SCHED', HOSTS)
  return {
    mostPerHost: Math.floor(amount('MAX_HOST', 1, 'no limit')),
    mostPerCycle: Math.floor(amount('MAX_DISPATCH', 0, 'no limit')),
    memoryScale: amount('MEMORY_SYSTEM_DS_SCALE', 0, 'off'),
    differentNetworks: (singleOf(tree, 'DIFFERENT_VNETS') ?? 'YES').toUpperCase() === 'YES',
    hostRank: hosts.rank,
    isHeuristic: hosts.policy <= 2,
    datastoreRank: rank('DEFAULT_DS_SCHED', DATASTORES).rank,
    networkRank: rank('DEFAULT_NIC_SCHED', NETWORKS).rank,
    warnings,
  }
}

function amountOf(
  text: string | null,
  name: string,
  usual: number,
  negative: string,
  warnings: string[],
): number {
  const value = Number(text ?? usual)
  if (!Number.isFinite(value)) {
    warnings.push(`${name} = ${text} is no number and counts as ${usual}`)
    return usual
  }
  if (value >= 0) return value
  warnings.push(`${name} = ${text} counts as 0: ${negative}`)
  return 0
}

/** An unknown POLICY, and a RANK that cannot be read, rank all alike. */
function rankOf(
  tree: TemplateTree,
  name: string,
  ranks: readonly (string | undefined)[],
  warnings: string[],
): { readonly rank: Rank | null; readonly policy: number } {
  const [vector] = vectorsOf(tree, name)
  const text = keyOf(vector, 'POLICY') ?? '1'
  const policy = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(policy < ranks.length)) {
    warnings.push(
      `${name}: POLICY = ${text} is none of 0 to ${ranks.length - 1} and counts for nothing: all are alike`,
    )
    return { rank: null, policy: -1 }
  }
  try {
    return { rank: parseRank(ranks[policy] ?? keyOf(vector, 'RANK') ?? ''), policy }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    warnings.push(`${name}: RANK cannot be read and counts for nothing: ${error.message}`)
    return { rank: null, policy }
  }
}
