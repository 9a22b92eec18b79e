/**
 * How long it takes to say what would have to change so that a VM could be placed, on 2,000 hosts with 40 devices each, every host
 * equipped differently and full: 90 % of what can be given is with VMs of one to four devices, a tenth of the rest is drained or
 * quarantined. Also on one host with 2,048 virtual functions. `node bench/remedy.mjs`; exit 1 when a limit is passed.
 */
import { device, GPUS, hostsOf, NICS, VF_OF } from './plan/hosts.mjs'
import { failures, limit, milliseconds } from './plan/limit.mjs'
import { hex, random } from './plan/random.mjs'
import { bundle } from './plan/scheduler.mjs'
import { request } from './plan/vms.mjs'

const LIMIT_MS = 1000
const ROUNDS = 5
const scheduler = await bundle()
const vm = (requests, facts = {}) => ({
  ...{ id: 1, name: 'v', priority: 0, cpu: 800, memoryMiB: 32_768, requests, numaPolicy: 'none' },
  ...{ requirement: null, rank: null, onlyHost: null, ...facts },
})

function full(hosts, dice) {
  let next = 100
  const tenants = new Map()
  const filled = hosts.map((host) => {
    const here = []
    let left = 0
    const devices = host.devices.map((one) => {
      if (one.inUseByHost || one.bridge) return one
      if (!dice.chance(0.9)) return { ...one, health: dice.of(['ok', 'ok', 'drained', 'quarantined']) }
      if (left === 0) {
        next += 1
        left = dice.of([1, 1, 2, 4])
        here.push({ vm: next, cpu: 400, memoryMiB: 16_384, leaving: false })
      }
      left -= 1
      return { ...one, claimedBy: next }
    })
    tenants.set(host.id, here)
    const load = {
      usedCpu: Math.min(host.cpu, here.length * 400),
      usedMemoryMiB: Math.min(host.memoryMiB, here.length * 16_384),
    }
    return { ...host, ...load, devices }
  })
  return { hosts: filled, circumstances: { tenants, silent: new Set() } }
}

/** `stop-vm x 3, undrain`. */
function told(changes) {
  const counts = new Map()
  for (const { code } of changes) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, n]) => (n === 1 ? code : `${code} x ${n}`)).join(', ')
}

function lastOf(steps) {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

function measure(what, { hosts, circumstances }, wanted) {
  const { refusals, fitting } = scheduler.judgeHosts({ hosts }, wanted)
  const times = []
  let answer
  for (let n = 0; n < ROUNDS; n++) {
    const { result, cpuMs } = milliseconds(() =>
      lastOf(scheduler.remediesFor(hosts, wanted, refusals, circumstances)),
    )
    times.push(cpuMs)
    answer = result
  }
  const known = [...answer.byHost.values()].filter((one) => one !== null)
  const exact = known.filter((one) => one.exact).length
  const best = answer.smallest === null ? '-' : told(answer.byHost.get(answer.smallest).changes)
  limit(
    `${what}: ${fitting.length} fit, ${answer.byHost.size} of ${hosts.length - fitting.length} considered, ${known.length} helped, ${exact} exactly; ${best}; median`,
    times.sort((a, b) => a - b)[ROUNDS >> 1],
    LIMIT_MS,
    'ms',
  )
}

console.log('2,000 hosts with 40 devices each')
const cluster = full(hostsOf(2000, 2000, 'scarce', 7), random(3))
measure('one GPU', cluster, vm([request(0, GPUS[0])]))
measure('four GPUs on one node', cluster, vm([request(0, GPUS[1], { count: 4 })], { numaPolicy: 'required' }))
measure('any eight GPUs', cluster, vm([request(0, '10de::0302', { count: 8 })]))
measure('six VFs and a GPU', cluster, vm([request(0, VF_OF[NICS[1]], { count: 6 }), request(1, '10de::')]))
measure('a whole card', cluster, vm([request(0, '10de::', { allFunctions: true })]))
measure('what nobody has', cluster, vm([request(0, 'ffff::')]))

console.log('one host with 2,048 virtual functions, each with a VM of its own')
const vfs = Array.from({ length: 2048 }, (_, n) =>
  device(`0000:${hex(n >> 8, 2)}:${hex((n >> 3) & 31, 2)}.${n & 7}`, NICS[n % 3], {
    ...{ kind: 'vf', iommuGroup: n, numaNode: n & 1, claimedBy: 100 + n },
  }),
)
const one = {
  ...cluster.hosts[0],
  state: 'on',
  passthroughReady: true,
  cpu: null,
  memoryMiB: null,
  devices: vfs,
}
const alone = { hosts: [one], circumstances: { tenants: new Map(), silent: new Set() } }
measure('one', alone, vm([request(0, NICS[0])]))
measure('64 on one node', alone, vm([request(0, NICS[0], { count: 64 })], { numaPolicy: 'required' }))
if (failures.length > 0) {
  console.error(`over the limit: ${failures.join('; ')}`)
  process.exitCode = 1
}
