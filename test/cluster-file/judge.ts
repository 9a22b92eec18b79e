/** Judges plans by contracts.md alone: exhaustive, slow, without a line of the scheduler. */
import type { JudgedCluster, JudgedDevice, JudgedHost, JudgedRequest, JudgedVm } from './clusters.ts'

export interface JudgedPlan {
  readonly placements: readonly {
    readonly vm: number
    readonly host: number
    readonly devices: readonly { readonly request: number; readonly address: string }[]
  }[]
  readonly rejections: readonly {
    readonly vm: number
    readonly message: string
    readonly reasons: readonly { readonly host: number; readonly code: string; readonly message: string }[]
  }[]
}

/** What earlier VMs of the plan have taken. */
interface Taken {
  readonly claims: Map<string, number>
  readonly cpu: Map<number, number>
  readonly memory: Map<number, number>
}

const claimKey = (host: JudgedHost, address: string) => `${host.id} ${address}`

/** Everything that is wrong with a plan, as sentences; none = the plan is right. */
export function judge(cluster: JudgedCluster, plan: JudgedPlan): string[] {
  const wrong: string[] = []
  const taken: Taken = { claims: new Map(), cpu: new Map(), memory: new Map() }
  const order = [...cluster.vms].sort((a, b) => b.priority - a.priority || a.id - b.id)
  for (const vm of order) {
    const placement = plan.placements.find((other) => other.vm === vm.id)
    const rejection = plan.rejections.find((other) => other.vm === vm.id)
    if ((placement === undefined) === (rejection === undefined))
      wrong.push(`VM ${vm.id}: placed or rejected?`)
    const best = new Map(cluster.hosts.map((host) => [host, judgeHost(host, vm, taken)]))
    if (rejection) wrong.push(...judgeRejection(vm, rejection, best))
    const host = cluster.hosts.find(({ id }) => id === placement?.host)
    if (placement === undefined) continue
    if (host === undefined) wrong.push(`VM ${vm.id}: on a host that is none`)
    else {
      wrong.push(...judgePlacement(vm, host, placement.devices, best, taken))
      for (const { address } of placement.devices) taken.claims.set(claimKey(host, address), vm.id)
      taken.cpu.set(host.id, (taken.cpu.get(host.id) ?? 0) + Math.ceil(vm.cpu / 10))
      taken.memory.set(host.id, (taken.memory.get(host.id) ?? 0) + vm.memoryMiB)
    }
  }
  return wrong
}

/** The optional devices of each block that a host can give at best, or the class of reasons why it cannot take the VM. */
type Verdict = readonly number[] | 'host-state' | 'requirements' | 'cpu' | 'memory' | 'pci'

function judgeHost(host: JudgedHost, vm: JudgedVm, taken: Taken): Verdict {
  if (host.state !== 'on') return 'host-state'
  if (!vm.requirement.value(host)) return 'requirements'
  const cpu = host.usedCpu + (taken.cpu.get(host.id) ?? 0) + Math.ceil(vm.cpu / 10)
  if (vm.cpu > 0 && host.cpu !== null && cpu > host.cpu) return 'cpu'
  const memory = host.usedMemoryMiB + (taken.memory.get(host.id) ?? 0) + vm.memoryMiB
  if (vm.memoryMiB > 0 && host.memoryMiB !== null && memory > host.memoryMiB) return 'memory'
  return bestOf(host, vm, taken) ?? 'pci'
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)

/** More devices first, then more of the earlier blocks. */
function better(a: readonly number[], b: readonly number[]): boolean {
  if (total(a) !== total(b)) return total(a) > total(b)
  for (const [index, count] of a.entries()) if (count !== b[index]) return count > (b[index] ?? 0)
  return false
}

function bestOf(host: JudgedHost, vm: JudgedVm, taken: Taken): readonly number[] | null {
  const nodes = vm.numa === 'REQUIRED' ? [0, 1] : [null]
  let best: readonly number[] | null = null
  for (const node of nodes) {
    const found = bestOnNode(host, vm, taken, node)
    if (found !== null && (best === null || better(found, best))) best = found
  }
  return best
}

/** All sets of devices that the blocks so far can take, each with the most optional devices that lead to it. */
function bestOnNode(
  host: JudgedHost,
  vm: JudgedVm,
  taken: Taken,
  node: number | null,
): readonly number[] | null {
  const usable = (device: JudgedDevice) =>
    node === null || device.numaNode === null || device.numaNode === node
  let states = new Map<number, readonly number[]>([[0, vm.requests.map(() => 0)]])
  for (const [index, request] of vm.requests.entries()) {
    const bundles = bundlesOf(host, vm, request, taken)
      .filter((bundle) => bundle.every(usable))
      .map((bundle) => bundle.reduce((mask, device) => mask | (1 << host.devices.indexOf(device)), 0))
    for (let unit = 0; unit < request.count; unit += 1) {
      const next = new Map(request.optional ? states : [])
      for (const [mask, counts] of states)
        for (const bundle of bundles) {
          if ((mask & bundle) !== 0) continue
          const size = request.optional ? bundle.toString(2).replaceAll('0', '').length : 0
          const grown = counts.with(index, (counts[index] ?? 0) + size)
          const known = next.get(mask | bundle)
          if (known === undefined || better(grown, known)) next.set(mask | bundle, grown)
        }
      states = next
    }
  }
  let best: readonly number[] | null = null
  for (const counts of states.values()) if (best === null || better(counts, best)) best = counts
  return best
}

/** The sets of devices, each of which is one unit of the request. */
function bundlesOf(host: JudgedHost, vm: JudgedVm, request: JudgedRequest, taken: Taken): JudgedDevice[][] {
  const found = host.devices.filter((device) => matches(host, device, request))
  if (!request.all)
    return found.filter((device) => assignable(host, device, vm, taken)).map((device) => [device])
  const slots = new Set(found.filter((device) => device.kind !== 'vf' && !isBridge(device)).map(slotOf))
  return [...slots]
    .map((slot) => functionsOf(host, slot))
    .filter((functions) => functions.every((device) => assignable(host, device, vm, taken)))
}

const slotOf = (device: JudgedDevice) => device.address.slice(0, -2)

const functionsOf = (host: JudgedHost, slot: string) =>
  host.devices.filter((device) => slotOf(device) === slot && device.kind !== 'vf' && !isBridge(device))

function matches(host: JudgedHost, device: JudgedDevice, request: JudgedRequest): boolean {
  const kinds = {
    ANY: true,
    VF: device.kind === 'vf',
    PLAIN: device.kind === 'plain',
    PF: device.kind === 'pf',
  }
  return (
    (request.vendor === null || request.vendor === device.vendor) &&
    (request.device === null || request.device === device.device) &&
    (request.class === null || request.class === device.class) &&
    (request.address === null || request.address === device.address) &&
    kinds[request.kind] &&
    !(request.kind === 'PF' && isParent(host, device))
  )
}

/** Host and ISA bridges are endpoints that are never assigned; with a driver they are in use by the host. */
const isChipset = (device: JudgedDevice) => ['0600', '0601'].includes(device.class)
const isBridge = (device: JudgedDevice) => device.bridge || ['0604', '0607', '0609'].includes(device.class)
const isParent = (host: JudgedHost, device: JudgedDevice) =>
  host.devices.some(({ parent }) => parent === device.address)
const usedByHost = (device: JudgedDevice) =>
  device.inUseByHost || (isChipset(device) && device.driver !== null)

/** design.md, invariant 3, as contracts.md spells it out. */
function assignable(host: JudgedHost, device: JudgedDevice, vm: JudgedVm, taken: Taken): boolean {
  const holder = (other: JudgedDevice) =>
    other.claimedBy ?? taken.claims.get(claimKey(host, other.address)) ?? null
  const parent = host.devices.find(({ address }) => address === device.parent)
  const blocking = (mate: JudgedDevice) =>
    usedByHost(mate) ||
    mate.health === 'quarantined' ||
    isParent(host, mate) ||
    ![null, vm.id].includes(holder(mate))
  const mates = host.devices.filter(
    (other) =>
      other !== device &&
      device.iommuGroup !== null &&
      other.iommuGroup === device.iommuGroup &&
      !isBridge(other),
  )
  return (
    !isBridge(device) &&
    !isChipset(device) &&
    holder(device) === null &&
    !device.inUseByHost &&
    device.health === 'ok' &&
    !isParent(host, device) &&
    (parent === undefined || holder(parent) === null) &&
    !mates.some(blocking)
  )
}

function judgeRejection(
  vm: JudgedVm,
  rejection: JudgedPlan['rejections'][number],
  best: ReadonlyMap<JudgedHost, Verdict>,
): string[] {
  const wrong: string[] = []
  const ids = [...best.keys()].map(({ id }) => id).sort((a, b) => a - b)
  if (rejection.reasons.map(({ host }) => host).join() !== ids.join())
    wrong.push(`VM ${vm.id}: not one reason for each host in id order`)
  for (const [host, verdict] of best) {
    if (typeof verdict !== 'string') {
      wrong.push(`VM ${vm.id}: rejected, but host ${host.id} can take it`)
      continue
    }
    const code = rejection.reasons.find((reason) => reason.host === host.id)?.code ?? ''
    const early = ['host-state', 'requirements', 'cpu', 'memory']
    if (verdict === 'pci' ? early.includes(code) : code !== verdict)
      wrong.push(`VM ${vm.id}: host ${host.id} refused because of ${code}, expected ${verdict}`)
  }
  return wrong
}

function judgePlacement(
  vm: JudgedVm,
  host: JudgedHost,
  rows: readonly { readonly request: number; readonly address: string }[],
  best: ReadonlyMap<JudgedHost, Verdict>,
  taken: Taken,
): string[] {
  const here = best.get(host)
  if (typeof here === 'string' || here === undefined) return [`VM ${vm.id}: host ${host.id} cannot: ${here}`]
  const wrong: string[] = []
  const counts = vm.requests.map((request, index) => {
    const addresses = rows.filter((row) => row.request === index).map(({ address }) => address)
    wrong.push(...judgeRows(vm, host, request, index, addresses, taken))
    return request.optional ? addresses.length : 0
  })
  const sorted = [...rows].sort((a, b) => a.request - b.request || (a.address < b.address ? -1 : 1))
  if (JSON.stringify(rows) !== JSON.stringify(sorted)) wrong.push(`VM ${vm.id}: rows not sorted`)
  if (new Set(rows.map(({ address }) => address)).size < rows.length)
    wrong.push(`VM ${vm.id}: a device twice`)
  if (rows.some(({ request }) => vm.requests[request] === undefined))
    wrong.push(`VM ${vm.id}: a row of no block`)
  const nodes = new Set(
    rows.map((row) => host.devices.find(({ address }) => address === row.address)?.numaNode),
  )
  nodes.delete(null)
  if (vm.numa === 'REQUIRED' && nodes.size > 1) wrong.push(`VM ${vm.id}: on several nodes`)
  if (better(here, counts)) wrong.push(`VM ${vm.id}: optional ${counts}, possible on its host ${here}`)
  return [...wrong, ...judgeHostChoice(vm, host, total(counts), best)]
}

/** More optional devices win before SCHED_RANK. */
function judgeHostChoice(
  vm: JudgedVm,
  host: JudgedHost,
  given: number,
  best: ReadonlyMap<JudgedHost, Verdict>,
): string[] {
  const wrong: string[] = []
  for (const [other, verdict] of best) {
    if (typeof verdict === 'string') continue
    if (total(verdict) > given) wrong.push(`VM ${vm.id}: host ${other.id} has more optional devices`)
    if (total(verdict) === given && vm.rank.value(other) > vm.rank.value(host))
      wrong.push(`VM ${vm.id}: host ${other.id} ranks higher`)
  }
  return wrong
}

function judgeRows(
  vm: JudgedVm,
  host: JudgedHost,
  request: JudgedRequest,
  index: number,
  addresses: readonly string[],
  taken: Taken,
): string[] {
  const bundles = bundlesOf(host, vm, request, taken).map((bundle) => bundle.map(({ address }) => address))
  const whole = bundles.filter((bundle) => bundle.every((address) => addresses.includes(address)))
  const covered = new Set(whole.flat())
  const wrong: string[] = []
  if (addresses.some((address) => !covered.has(address)))
    wrong.push(`VM ${vm.id}: block ${index} got what it may not have: ${addresses}`)
  if (request.optional ? whole.length > request.count : whole.length !== request.count)
    wrong.push(`VM ${vm.id}: block ${index} got ${whole.length} of ${request.count}`)
  return wrong
}
