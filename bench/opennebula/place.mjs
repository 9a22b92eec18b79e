/** A placer's cycle in a process of its own: standard input read, parsed, planned, printed; tells how long each took. */
import { performance } from 'node:perf_hooks'

const { readInput, readAction, planPools, readPolicy, planXml } = await import(process.argv[2])
const policy = readPolicy('MAX_HOST = 0')
const start = performance.now()
const text = await readInput(process.stdin)
const read = performance.now()
const action = readAction(text)
const parsed = performance.now()
const plan = planPools(action, policy)
const planned = performance.now()
const output = planXml(plan.placements).length
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
console.log(
  JSON.stringify({
    megabytes: text.length / 1e6,
    read: read - start,
    parse: parsed - read,
    plan: planned - parsed,
    cpu: (userCPUTime + systemCPUTime) / 1000,
    mebibytes: maxRSS / 1024,
    placed: plan.placements.length,
    waiting: plan.waiting.length,
    output,
  }),
)
