/**
 * One cluster size in a process of its own, so that no other size leaves it memory or compiled code:
 * `node bench/plan/cluster.mjs HOSTS MODELS`. Sends the costs of a VM and what passed its limit to its parent.
 */
import { hostsOf } from './hosts.mjs'
import { failures, LIMITS, limit, milliseconds } from './limit.mjs'
import { bundle } from './scheduler.mjs'
import { hopelessVms, vmsOf } from './vms.mjs'

/** What takes long is measured fewer times. */
const RUNS = { least: 3, most: 12, enoughMs: 1500 }

const scheduler = await bundle()

const least = (values) => values.reduce((a, b) => Math.min(a, b))

const sumOf = (runs) => runs.reduce((sum, { ms }) => sum + ms, 0)

/** The best of some runs; a controller plans again and again in one process. */
function plan(label, index, vms, policy) {
  const runs = []
  while (runs.length < RUNS.least || (runs.length < RUNS.most && sumOf(runs) < RUNS.enoughMs))
    runs.push(milliseconds(() => scheduler.planWithIndex(index, vms, policy)))
  const ms = least(runs.map((run) => run.ms))
  const cost = (least(runs.map((run) => run.cpuMs)) * 1000) / vms.length
  const { result } = runs[0]
  const share = ((100 * result.placements.length) / vms.length).toFixed(0)
  console.log(`  ${label}: ${ms.toFixed(0)} ms, ${cost.toFixed(1)} us of processor a VM; ${share} % placed`)
  limit(label, ms / 1000, LIMITS.planSeconds, 's')
  return { cost, result }
}

function cluster(count, models, room) {
  const hosts = hostsOf(count, models, room, 3)
  const { result: index, ms } = milliseconds(() => scheduler.indexCluster(hosts))
  const states = index.catalog.states.size
  console.log(`  ${count} hosts (${room}, ${states} device states): index ${ms.toFixed(0)} ms`)
  return index
}

/** Hosts by reason, as the controller's message has them. */
function sumUp({ refusals }) {
  const hosts = {}
  for (const entry of refusals)
    hosts[entry.refusal.code] = (hosts[entry.refusal.code] ?? 0) + entry.hosts.length
  return hosts
}

/** A controller's cycle: 1,000 VMs of 8 shapes wait, refused one by one between 1,000 that are placed; every reason is read. */
function waiting(models) {
  const hosts = hostsOf(1000, models, 'roomy', 3)
  const placed = vmsOf(1000, 'roomy', 7)
  const shapes = hopelessVms(8, 11)
  const vms = placed.flatMap((vm, n) => [
    { ...vm, id: 2 * n },
    { ...shapes[n % 8], id: 2 * n + 1, priority: vm.priority },
  ])
  const index = scheduler.indexCluster(hosts)
  const { result } = milliseconds(() => scheduler.planWithIndex(index, vms, 'pack'))
  const read = milliseconds(() => result.rejections.map(sumUp))
  const { length } = result.rejections
  console.log(
    `  ${length} VMs wait for 1,000 hosts, every reason read: ${read.cpuMs.toFixed(0)} ms of processor`,
  )
  limit('reading', read.ms / 1000, LIMITS.readSeconds, 's')
}

function readReasons({ rejections }) {
  const read = (some) => milliseconds(() => some.map(sumUp)).ms.toFixed(0)
  console.log(
    `  reasons read: ${read(rejections.slice(0, 1))} ms of one, ${read(rejections.slice(0, 100))} ms of 100`,
  )
}

function measure(count, models) {
  const roomy = cluster(count, models, 'roomy')
  const small = vmsOf(10_000, 'roomy', 7)
  const pack = plan('nearly all placed, pack', roomy, small, 'pack')
  const spread = plan('nearly all placed, spread', roomy, small, 'spread')
  const scarce = cluster(count, models, 'scarce')
  const vms = vmsOf(10_000, 'scarce', 7)
  const scarcePack = plan('scarce, pack', scarce, vms, 'pack')
  const scarceSpread = plan('scarce, spread', scarce, vms, 'spread')
  const none = hopelessVms(10_000, 11)
  const refused = plan('fit nowhere, pack', scarce, none, 'pack')
  const refusedSpread = plan('fit nowhere, spread', scarce, none, 'spread')
  readReasons(refused.result)
  return {
    'nearly all placed, pack': pack.cost,
    'nearly all placed, spread': spread.cost,
    'scarce, pack': scarcePack.cost,
    'scarce, spread': scarceSpread.cost,
    'fit nowhere, pack': refused.cost,
    'fit nowhere, spread': refusedSpread.cost,
  }
}

const [count, models] = process.argv.slice(2).map(Number)
if (count <= 1000) waiting(models)
const costs = measure(count, models)
limit('resident memory at its highest', process.resourceUsage().maxRSS / 2 ** 20, LIMITS.residentGiB, 'GiB')
process.send?.({ costs, failures })
