/** `probe capacity`: what this host has to run virtual machines with. */
import type { Capacity } from '../../src/model/host.ts'
import { readArguments } from '../arguments.ts'
import { table } from '../format/table.ts'
import { readHostName } from '../host-identity.ts'
import type { ProbeIo } from '../io.ts'
import { readCapacity } from './capacity.ts'

const HELP = `berth probe capacity - processors, memory, NUMA nodes, hypervisor

  --sysfs DIR   the sysfs mount to read (default /sys)
  --proc DIR    the proc mount to read (default /proc); /dev/kvm and QEMU are looked for beside it
  -j, --json    one document

Examples:
  $ berth probe capacity
  $ berth probe capacity --json
`

/** Exit status 0. NotFound, CommandFailed are thrown. */
export async function capacityCommand(argv: readonly string[], io: ProbeIo): Promise<number> {
  const options = readArguments(argv, {
    sysfs: { type: 'string' },
    proc: { type: 'string' },
    json: { type: 'boolean', short: 'j' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help === true) {
    io.stdout(HELP)
    return 0
  }
  const { sysfs = '/sys', proc = '/proc' } = options
  const capacity = readCapacity(sysfs, proc)
  if (options.json === true)
    io.stdout(`${JSON.stringify({ schema: 'berth.capacity/1', host: readHostName(proc), ...capacity })}\n`)
  else io.stdout(capacityTable(capacity))
  return 0
}

const mebibytes = (kibibytes: number) => `${Math.round(kibibytes / 1024)} MiB`

function capacityTable(capacity: Capacity): string {
  return table(
    ['WHAT', 'VALUE'],
    [
      ['processors', String(capacity.cpus)],
      ['memory', mebibytes(capacity.memoryKiB)],
      ...capacity.numaNodes.map(({ id, cpus, memoryKiB }) => [
        `NUMA node ${id}`,
        `${cpus} processors, ${mebibytes(memoryKiB)}`,
      ]),
      ['hypervisor', capacity.hypervisor ?? 'none found'],
      ['architecture', capacity.arch],
      ['kernel', capacity.kernel],
    ],
  )
}
