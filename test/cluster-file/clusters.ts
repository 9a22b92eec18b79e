/** Random small clusters for `berth plan`: few addresses, ids, groups and nodes, so that everything collides with everything. */
import fc from 'fast-check'

export interface JudgedDevice {
  readonly address: string
  readonly vendor: string
  readonly device: string
  readonly class: string
  readonly numaNode: number | null
  readonly iommuGroup: number | null
  readonly kind: 'plain' | 'pf' | 'vf'
  readonly parent: string | null
  readonly driver: string | null
  readonly bridge: boolean
  readonly claimedBy: number | null
  readonly inUseByHost: boolean
  readonly health: 'ok' | 'drained' | 'quarantined'
}

export interface JudgedHost {
  readonly id: number
  readonly state: 'on' | 'off' | 'disabled' | 'unknown'
  /** Hundredths of a core. */
  readonly cpu: number | null
  readonly usedCpu: number
  readonly memoryMiB: number | null
  readonly usedMemoryMiB: number
  readonly attributes: Readonly<Record<string, string | number>>
  readonly devices: readonly JudgedDevice[]
}

export interface JudgedRequest {
  readonly vendor: string | null
  readonly device: string | null
  readonly class: string | null
  readonly address: string | null
  readonly count: number
  readonly kind: 'VF' | 'PF' | 'PLAIN' | 'ANY'
  readonly all: boolean
  readonly optional: boolean
}

export interface Expression<Value> {
  readonly text: string
  readonly value: (host: JudgedHost) => Value
}

export interface JudgedVm {
  readonly id: number
  readonly priority: number
  /** Thousandths of a core, so that rounding up matters. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly requests: readonly JudgedRequest[]
  readonly numa: 'REQUIRED' | 'PREFERRED' | 'NONE'
  readonly requirement: Expression<boolean>
  readonly rank: Expression<number>
}

export interface JudgedCluster {
  readonly hosts: readonly JudgedHost[]
  readonly vms: readonly JudgedVm[]
}

const VENDORS = ['10de', '10de', '8086']
const DEVICES = ['20b0', '20b0', '0001']
const CLASSES = ['0302', '0302', '0200']
const ADDRESSES = [
  '3b:00.0',
  '3b:00.1',
  '3b:00.2',
  '3b:01.0',
  '3b:01.1',
  'd8:00.0',
  'd8:00.1',
  'd8:02.3',
].map((address) => `0000:${address}`)

/** `usual` in 5 cases of 6. */
const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

/** Nothing in the way: what is left is the matching itself. */
const FREE = {
  numaNode: null,
  iommuGroup: null,
  kind: 'plain',
  parent: null,
  driver: null,
  bridge: false,
  claimedBy: null,
  inUseByHost: false,
  health: 'ok',
} satisfies Partial<JudgedDevice>

const freeDevice = (address: string): fc.Arbitrary<JudgedDevice> =>
  fc
    .record({
      address: fc.constant(address),
      vendor: fc.constantFrom(...VENDORS),
      device: fc.constantFrom(...DEVICES),
      class: fc.constantFrom(...CLASSES),
      numaNode: fc.constantFrom(null, 0, 1, 1),
      iommuGroup: fc.constantFrom(null, 0, 1, 2),
    })
    .map((device) => ({ ...FREE, ...device }))

const device = (address: string): fc.Arbitrary<JudgedDevice> =>
  fc.record({
    address: fc.constant(address),
    vendor: fc.constantFrom(...VENDORS),
    device: fc.constantFrom(...DEVICES),
    class: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...CLASSES) },
      { weight: 1, arbitrary: fc.constantFrom('0604', '0600') },
    ),
    numaNode: fc.constantFrom(null, 0, 1),
    iommuGroup: fc.constantFrom(null, null, 0, 1, 2, 3),
    kind: fc.constantFrom<('plain' | 'pf' | 'vf')[]>('plain', 'plain', 'pf', 'vf'),
    parent: fc.oneof(
      { weight: 6, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom(...ADDRESSES.filter((other) => other !== address)) },
    ),
    driver: mostly<string | null>(null, 'driver'),
    bridge: mostly(false, false, true),
    claimedBy: mostly<number | null>(null, 1, 99),
    inUseByHost: mostly(false, false, true),
    health: mostly<JudgedDevice['health']>('ok', 'drained', 'quarantined'),
  })

const host = (id: number): fc.Arbitrary<JudgedHost> =>
  fc.record({
    id: fc.constant(id),
    state: mostly<JudgedHost['state']>('on', 'off', 'disabled', 'unknown'),
    cpu: fc.constantFrom(null, 100, 158, 6400),
    usedCpu: fc.constantFrom(0, 29),
    memoryMiB: fc.constantFrom(null, 1024, 2048, 262144),
    usedMemoryMiB: fc.constantFrom(0, 512),
    attributes: fc.constantFrom({}, { RACK: 'a1' }, { RACK: 'b1', SPEED: 2 }, { RACK: 'a2', SPEED: 5 }),
    devices: fc
      .tuple(fc.subarray(ADDRESSES, { minLength: 3 }), fc.constantFrom(device, freeDevice))
      .chain(([addresses, make]) => fc.tuple(...addresses.map(make))),
  })

const request: fc.Arbitrary<JudgedRequest> = fc
  .record({
    vendor: fc.constantFrom(null, ...VENDORS),
    device: fc.constantFrom(null, null, null, ...DEVICES),
    class: fc.constantFrom(null, null, null, null, ...CLASSES, '0604'),
    address: mostly<string | null>(null, ...ADDRESSES),
    count: fc.constantFrom(1, 1, 1, 2, 3),
    kind: mostly<JudgedRequest['kind']>('ANY', 'VF', 'PF', 'PLAIN'),
    all: mostly(false, true),
    optional: mostly(false, true, true, false),
  })
  .filter((r) => r.vendor !== null || r.device !== null || r.class !== null || r.address !== null)
  .map((r) => (r.address === null ? r : { ...r, count: 1 }))

const speed = ({ attributes }: JudgedHost) => attributes.SPEED
const rack = ({ attributes }: JudgedHost) => attributes.RACK

const requirement = mostly<Expression<boolean>>(
  { text: '', value: () => true },
  { text: 'RACK = "a*"', value: (h) => String(rack(h) ?? '').startsWith('a') },
  { text: '!(RACK = "a1")', value: (h) => rack(h) !== 'a1' },
  { text: 'RACK != "a1"', value: (h) => rack(h) !== undefined && rack(h) !== 'a1' },
  { text: 'SPEED > 2 | ID = 0', value: (h) => Number(speed(h) ?? 0) > 2 || h.id === 0 },
  {
    text: 'ID > 0 | SPEED = 5 & RACK = "b1"',
    value: (h) => (h.id > 0 || speed(h) === 5) && rack(h) === 'b1',
  },
)

const rank = fc.constantFrom<Expression<number>[]>(
  { text: '', value: () => 0 },
  { text: '', value: () => 0 },
  { text: 'SPEED', value: (h) => Number(speed(h) ?? 0) },
  { text: '-SPEED * 2 + 1', value: (h) => -Number(speed(h) ?? 0) * 2 + 1 },
  { text: 'ID', value: (h) => h.id },
)

const vm = (id: number): fc.Arbitrary<JudgedVm> =>
  fc.record({
    id: fc.constant(id),
    priority: fc.constantFrom(0, 0, 1),
    cpu: fc.constantFrom(0, 290, 291, 570),
    memoryMiB: fc.constantFrom(0, 0, 512, 1024),
    requests: fc.array(request, { minLength: 1, maxLength: 4 }),
    numa: fc.constantFrom<JudgedVm['numa'][]>('NONE', 'REQUIRED', 'PREFERRED'),
    requirement,
    rank,
  })

export const cluster: fc.Arbitrary<JudgedCluster> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))
  .chain(([hosts, vms]) =>
    fc.record({
      hosts: fc.tuple(...Array.from({ length: hosts }, (_, id) => host(id))),
      vms: fc.tuple(...Array.from({ length: vms }, (_, id) => vm(id))),
    }),
  )

/** The cluster file of a cluster. */
export function documentOf(cluster: JudgedCluster): string {
  const hosts = cluster.hosts.map(({ cpu, usedCpu, ...host }) => ({
    ...host,
    ...(cpu === null ? {} : { cpu: cpu / 100 }),
    usedCpu: usedCpu / 100,
  }))
  const vms = cluster.vms.map((vm) => ({ id: vm.id, priority: vm.priority, template: templateOf(vm) }))
  return JSON.stringify({ hosts, vms })
}

export function templateOf(vm: JudgedVm): string {
  const lines = vm.requests.map(blockOf)
  if (vm.cpu > 0) lines.push(`CPU = ${vm.cpu / 1000}`)
  if (vm.memoryMiB > 0) lines.push(`MEMORY = ${vm.memoryMiB}`)
  if (vm.requirement.text !== '')
    lines.push(`SCHED_REQUIREMENTS = "${vm.requirement.text.replaceAll('"', '\\"')}"`)
  if (vm.rank.text !== '') lines.push(`SCHED_RANK = "${vm.rank.text}"`)
  return [...lines, `PCI_NUMA_POLICY = "${vm.numa}"`].join('\n')
}

function blockOf(request: JudgedRequest): string {
  const pairs = [
    ['VENDOR', request.vendor],
    ['DEVICE', request.device],
    ['CLASS', request.class],
    ['ADDRESS', request.address],
    ['COUNT', request.count === 1 ? null : request.count],
    ['KIND', request.kind],
    ['FUNCTIONS', request.all ? 'ALL' : null],
    ['OPTIONAL', request.optional ? 'YES' : null],
  ]
  const given = pairs.filter(([, value]) => value !== null).map(([key, value]) => `${key} = "${value}"`)
  return `PCI = [ ${given.join(', ')} ]`
}
