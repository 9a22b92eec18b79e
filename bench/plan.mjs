/**
 * How long planning takes on 1,000 and 10,000 hosts with 40 devices each, and what a VM costs at either size:
 *
 * - `nearly all placed`: 10,000 small VMs with 1 to 4 requests, of which nearly all are placed at both sizes, so that the
 *   same work is compared;
 * - `scarce`: 10,000 VMs that ask for more than 1,000 hosts have: most are refused there, most are placed on 10,000,
 *   so seconds are limited and the two costs only told;
 * - `fit nowhere`: 10,000 VMs that no host can take, by the scheduler's result; their reasons are read and timed apart;
 * - a controller's cycle in which 1,000 VMs wait and all reasons are read.
 *
 * Each with clusters of 60 server models and with clusters where every host is equipped differently. Index building is
 * timed apart, each size in a process of its own. Seconds are wall time; costs are processor time (threads that collect
 * garbage included), which other work on the machine disturbs less. `node bench/plan.mjs`; exit 1 when a limit is passed.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { failures, LIMITS, limit } from './plan/limit.mjs'
import { oneHost } from './plan/one-host.mjs'

async function costsAt(count, models) {
  const child = fork(new URL('plan/cluster.mjs', import.meta.url), [count, models])
  const [{ costs, failures: passed }] = await Promise.race([once(child, 'message'), failed(child)])
  failures.push(...passed)
  return costs
}

async function failed(child) {
  const [code] = await once(child, 'exit')
  throw new Error(`the process that measures a cluster ended with ${code} and told nothing`)
}

async function compare(models) {
  const few = await costsAt(1000, Math.min(models, 1000))
  const many = await costsAt(10_000, models)
  for (const what of ['scarce, pack', 'scarce, spread'])
    console.log(
      `  ${what}: ${(many[what] / few[what]).toFixed(2)} x for a VM, not compared: twice as many VMs are placed`,
    )
  for (const what of [
    'nearly all placed, pack',
    'nearly all placed, spread',
    'fit nowhere, pack',
    'fit nowhere, spread',
  ])
    limit(
      `cost of a VM at 10,000 hosts over that at 1,000, ${what}`,
      many[what] / few[what],
      LIMITS.ratio,
      'x',
    )
}

oneHost()
console.log('\nclusters of 60 server models')
await compare(60)
console.log('\nclusters where every host is equipped differently')
await compare(10_000)
if (failures.length > 0) {
  console.error(`over the limit: ${failures.join('; ')}`)
  process.exitCode = 1
}
