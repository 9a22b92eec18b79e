/** Made-up VMs with 1 to 4 requests; they differ in requests, size, requirements and rank. */
import { GPUS, VF_OF } from './hosts.mjs'
import { hex, random } from './random.mjs'

export function request(index, ids, facts = {}) {
  const [vendorId, deviceId, classId] = ids.split(':').map((part) => part || null)
  return {
    index,
    selector: { vendorId, deviceId, classId, address: null },
    count: 1,
    kind: null,
    allFunctions: false,
    optional: false,
    managed: true,
    ...facts,
  }
}

/** What templates ask for: exact cards, classes, VFs, whole cards with their audio function, optional extras. */
const BLOCKS = [
  ...GPUS.map((ids) => [ids.replace(/:[^:]*$/, ':'), {}]),
  ['10de::0302', {}],
  ['::0302', {}],
  ['::0302', { allFunctions: true }],
  ['10de::', { count: 2 }],
  ...Object.values(VF_OF).map((ids) => [ids, { kind: 'vf' }]),
  ['::0200', { kind: 'vf' }],
  ['::0200', {}],
  ['15b3::', {}],
  ['::0108', {}],
  ['144d:a80a:', {}],
  ['::0c03', {}],
  ['::0108', { optional: true }],
  ['::0200', { optional: true, count: 2 }],
]

function vmOf(id, dice, blocks) {
  const rank = dice.chance(0.2)
    ? { type: 'attribute', name: dice.of(['FREE_CPU', 'POWER', 'FREE_MEMORY']) }
    : null
  const requirement = dice.chance(0.2)
    ? dice.of([
        { type: 'comparison', attribute: 'CLUSTER', operator: '=', value: dice.of(['default', 'gpu', 'e*']) },
        { type: 'comparison', attribute: 'FREE_CPU', operator: '>', value: dice.of([400, 1600]) },
        { type: 'comparison', attribute: 'RACK', operator: '=', value: String(dice.below(50)) },
      ])
    : null
  return {
    id,
    name: `v${id}`,
    priority: dice.of([0, 0, 0, 5]),
    cpu: dice.of([100, 200, 400, 800]),
    memoryMiB: dice.of([2048, 8192, 32_768]),
    requests: blocks,
    numaPolicy: dice.of(['none', 'none', 'none', 'preferred', 'required']),
    requirement,
    rank,
    onlyHost: null,
  }
}

/** What a cluster with many VFs has enough of. */
const COMMON = [
  ['::', { kind: 'vf' }],
  ['::', { kind: 'vf' }],
  ['::0200', { kind: 'vf' }],
  ['15b3::', { kind: 'vf' }],
  ['::0108', { optional: true }],
  ['::0302', { optional: true }],
  ['8086::', { optional: true }],
]

/** `scarce`: anything that templates ask for; `roomy`: small VMs that ask for common devices and now and then for a card. */
export function vmsOf(count, room, seed) {
  const dice = random(seed)
  return Array.from({ length: count }, (_, id) => {
    const small = room === 'roomy'
    const blocks = Array.from({ length: 1 + dice.below(4) }, (_, index) =>
      request(index, ...dice.of(small && dice.chance(0.99) ? COMMON : BLOCKS)),
    )
    const vm = vmOf(id, dice, blocks)
    return small ? { ...vm, cpu: vm.cpu / 4, memoryMiB: vm.memoryMiB / 8 } : vm
  })
}

/** Nothing fits them, each for another reason: no such card, nine of eight, too many in combination, two of one slot, too big. */
export function hopelessVms(count, seed) {
  const dice = random(seed)
  return Array.from({ length: count }, (_, id) => {
    const gpu = dice.of(GPUS).replace(/:[^:]*$/, ':')
    const blocks = dice.of([
      () => [request(0, `10de:${hex(1 + dice.below(200), 4)}:`)],
      () => [request(0, gpu, { count: 9 }), request(1, '::0108')],
      () => [request(0, gpu, { count: 8 }), request(1, `${gpu.slice(0, 4)}::030${dice.below(3)}`)],
      () => [request(0, gpu, { count: 5, allFunctions: true }), request(1, gpu, { count: 4 })],
      () => [request(0, '::0108', { count: 1 + dice.below(40) }), request(1, '::0302', { count: 20 })],
    ])()
    return vmOf(id, dice, blocks)
  })
}
