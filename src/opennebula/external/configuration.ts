/** The lines for OpenNebula's sched.conf that make it ask Berth, and tell it all that it needs to know of a VM. */
import { API_LIMITS } from './host-pool.ts'
import { MOST_NUMA_NODES, MOST_PCI_BLOCKS } from './request.ts'

const TEMPLATE = '/VM/TEMPLATE'

/** XPath and name of every attribute that src/opennebula/external/request.ts reads. */
function* attributes(): Iterable<readonly [xpath: string, name: string]> {
  yield [`count(${TEMPLATE}/PCI)`, 'NPCI']
  for (let n = 1; n <= MOST_PCI_BLOCKS; n++)
    for (const name of ['VENDOR', 'DEVICE', 'CLASS', 'SHORT_ADDRESS'])
      yield [`${TEMPLATE}/PCI[${n}]/${name}`, `PCI${n}_${name}`]
  for (const name of ['PIN_POLICY', 'NODE_AFFINITY', 'HUGEPAGE_SIZE', 'THREADS'])
    yield [`${TEMPLATE}/TOPOLOGY/${name}`, name]
  for (let n = 1; n <= MOST_NUMA_NODES; n++)
    for (const name of ['TOTAL_CPUS', 'MEMORY'])
      yield [`${TEMPLATE}/NUMA_NODE[${n}]/${name}`, `NUMA${n}_${name}`]
  yield ['/VM/USER_TEMPLATE/SCHED_RANK', 'SCHED_RANK']
  yield ['/VM/USER_TEMPLATE/USER_PRIORITY', 'USER_PRIORITY']
}

/** OpenNebula waits longer than Berth does for OpenNebula's API, with time to plan left. */
const TIMEOUT = 3 * API_LIMITS.seconds

/** To be pasted at the end of sched.conf. `url` = where Berth listens. */
export function configurationLines(url: string): string {
  const lines = [...attributes()].map(([xpath, name]) => `VM_ATTRIBUTE = "${xpath}:${name}"`)
  return `EXTERNAL_SCHEDULER = [\n  SERVER  = "${url}",\n  TIMEOUT = ${TIMEOUT}\n]\n\n${lines.join('\n')}\n`
}
