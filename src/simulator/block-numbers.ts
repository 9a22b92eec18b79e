/** Device numbers of a described machine's disks, as the kernel hands them out (Documentation/admin-guide/devices.txt). */
import type { BlockDevice, MachineDescription } from './machine.ts'

const known = new WeakMap<MachineDescription, ReadonlyMap<string, string>>()

/** `major:minor` by disk or partition name: 259 for NVMe (in order of discovery), 8 for SCSI disks (16 minors each), 9 md, 253 dm. */
export function blockNumbers(machine: MachineDescription): ReadonlyMap<string, string> {
  const present = known.get(machine)
  if (present) return present
  const numbers = new Map<string, string>()
  const counts = { nvme: 0, scsi: 0, md: 0, dm: 0 }
  for (const block of machine.blocks) {
    const names = [block.name, ...block.partitions.map((partition) => partition.name)]
    const kind = numbering(block)
    const base = kind === 'scsi' ? 16 * counts.scsi++ : 0
    for (const [index, name] of names.entries()) {
      numbers.set(name, kind === 'scsi' ? `8:${base + index}` : `${MAJORS[kind]}:${counts[kind]++}`)
    }
  }
  known.set(machine, numbers)
  return numbers
}

const MAJORS = { nvme: 259, md: 9, dm: 253 } as const

function numbering(block: BlockDevice): 'nvme' | 'scsi' | 'md' | 'dm' {
  if (block.transport === 'nvme') return 'nvme'
  if (block.transport !== 'virtual') return 'scsi'
  return block.dm ? 'dm' : 'md'
}
