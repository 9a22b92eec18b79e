/** 64 requests, 2,048 devices of few kinds, on one host; and one device more than there are. */
import { device, NICS } from './hosts.mjs'
import { LIMITS, limit, milliseconds } from './limit.mjs'
import { hex, random } from './random.mjs'
import { bundle } from './scheduler.mjs'
import { request } from './vms.mjs'

const scheduler = await bundle()

export function oneHost() {
  const devices = Array.from({ length: 2048 }, (_, n) =>
    device(`0000:${hex(n >> 8, 2)}:${hex((n >> 3) & 31, 2)}.${n & 7}`, NICS[n % 3], {
      kind: 'vf',
      iommuGroup: n,
      numaNode: n & 1,
    }),
  )
  const dice = random(5)
  const asks = [...NICS, '::0200', '15b3::', '::0207']
  const many = Array.from({ length: 64 }, (_, index) => request(index, dice.of(asks)))
  const eight = devices.map((d, n) => (n % 3 === 0 && n >= 24 ? { ...d, claimedBy: 9 } : d))
  const time = (what, host, requests, numaPolicy) => {
    const catalog = scheduler.emptyCatalog()
    const table = scheduler.deviceTable(host, false, catalog)
    const worth = scheduler.worthByKind(catalog, requests)
    const run = () => scheduler.allocate(table, scheduler.compileShape(requests, numaPolicy), 1, worth)
    for (let n = 0; n < 20; n++) run()
    const times = Array.from({ length: 50 }, () => milliseconds(run).ms).sort((a, b) => a - b)
    const outcome = run()
    limit(
      `${what}: ${typeof outcome === 'string' ? outcome : `${outcome.passed.length} devices`}, median`,
      times[25],
      LIMITS.oneHostMs,
      'ms',
    )
  }
  console.log('one VM on one host with 2,048 devices')
  time('64 requests', devices, many, 'none')
  time('64 requests on one node', devices, many, 'required')
  time('8 of 8', eight, [request(0, NICS[0], { count: 8 })], 'none')
  time('9 of 8', eight, [request(0, NICS[0], { count: 9 })], 'none')
}
