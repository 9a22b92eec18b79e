/** Made-up hosts with 40 devices each; they differ in model, equipment, what is claimed, CPU, memory and rack. */
import { hex, random } from './random.mjs'

export const GPUS = ['10de:20b0:0302', '10de:2330:0302', '10de:1db4:0302', '10de:2204:0300', '1002:740f:1200']
export const NICS = ['15b3:101d:0200', '8086:1592:0200', '15b3:1021:0207']
const DISKS = ['144d:a80a:0108', '8086:0a54:0108', '1179:010d:0108']
const PLAIN = [
  '8086:a1af:0c03',
  '8086:a182:0106',
  '1a03:2000:0300',
  '8086:37d1:0200',
  '8086:2021:0880',
  '8086:a171:0403',
]
export const VF_OF = {
  '15b3:101d:0200': '15b3:101e:0200',
  '8086:1592:0200': '8086:1889:0200',
  '15b3:1021:0207': '15b3:101e:0207',
}

export function device(at, ids, facts) {
  const [vendorId, deviceId, classId] = ids.split(':')
  const bridge = classId === '0604'
  return {
    address: at,
    vendorId,
    deviceId,
    classId,
    kind: 'plain',
    parent: null,
    numaNode: null,
    iommuGroup: null,
    driver: null,
    bridge,
    offered: true,
    claimedBy: null,
    inUseByHost: false,
    health: 'ok',
    wantedVfs: null,
    ...facts,
  }
}

/** 40 devices, equipped by chance: GPUs (some with audio mates), SR-IOV NICs, disks, chipset odds and ends, bridges. */
function devicesOf(dice, vfCounts) {
  const devices = []
  let bus = 0
  let group = 0
  const full = () => devices.length >= 40
  const add = (ids, facts = {}, fn = 0, slot = 0) => {
    if (full()) return null
    const made = device(`0000:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`, ids, {
      iommuGroup: group,
      numaNode: bus & 1,
      ...facts,
    })
    devices.push(made)
    return made
  }
  const card = () => {
    bus += 1
    group += 1
  }
  const gpu = dice.of(GPUS)
  const audio = dice.chance(0.5)
  for (let n = dice.of([0, 0, 1, 2, 4, 8]); n > 0; n--) {
    card()
    add(gpu)
    if (audio) add('10de:1aef:0403', {}, 1)
  }
  const nic = dice.of(NICS)
  const vfs = dice.of(vfCounts)
  card()
  const pf = add(nic, { kind: 'pf', inUseByHost: dice.chance(0.2) })
  for (let n = 0; n < vfs; n++) {
    group += 1
    add(VF_OF[nic], { kind: 'vf', parent: pf.address }, n % 8, 1 + (n >> 3))
  }
  for (let n = dice.below(5); n > 0; n--) {
    card()
    add(dice.of(DISKS), n === 1 ? { inUseByHost: true } : {})
  }
  while (!full()) {
    card()
    if (dice.chance(0.3)) add('8086:2030:0604', { driver: 'pcieport' })
    else add(dice.of(PLAIN), dice.chance(0.3) ? { inUseByHost: true } : {})
  }
  return devices
}

/** What the hosts of a cluster have: `scarce` fills up under 10 VMs a host, `roomy` hardly does. */
const VF_COUNTS = { scarce: [0, 0, 8, 16], roomy: [24, 32] }

export function hostsOf(count, models, room, seed) {
  const dice = random(seed)
  const made = Array.from({ length: models }, () => devicesOf(dice, VF_COUNTS[room]))
  return Array.from({ length: count }, (_, id) => {
    const vm = 1_000_000 + id
    const busy = dice.chance(0.3)
    const devices = dice
      .of(made)
      .map((d) => ({ ...d, claimedBy: busy && d.kind === 'vf' && dice.chance(0.3) ? vm : null }))
    const cpu = dice.of([3200, 6400, 12_800])
    const memoryMiB = cpu * dice.of([40, 80])
    const used = busy ? dice.next() * 0.9 : 0
    return {
      id,
      name: `kvm-${id}`,
      state: dice.chance(0.02) ? 'disabled' : 'on',
      passthroughReady: !dice.chance(0.02),
      ungroupedAllowed: false,
      cluster: dice.of(['default', 'gpu', 'edge']),
      cpu,
      usedCpu: Math.floor(cpu * used),
      memoryMiB,
      usedMemoryMiB: Math.floor(memoryMiB * used),
      runningVms: busy ? 1 + dice.below(20) : 0,
      attributes: { RACK: String(dice.below(50)), POWER: dice.below(1000) },
      devices,
    }
  })
}
