/** What a second-generation Xeon Scalable machine brings along: root ports of its stacks and the C620 chipset. */
import type { PciFunction } from '../machine.ts'
import { endpoint, port } from './rows.ts'

/** Root port A to D of a stack: devices 2030 to 2033 in slots 0 to 3. */
export function stackPort(
  root: string,
  slot: 0 | 1 | 2 | 3,
  secondary: number,
  last: number,
  numaNode: number,
): PciFunction {
  return port(`${root}:0${slot}.0`, `8086:203${slot}`, 'root', secondary, last, {
    numaNode,
    revision: '07',
    subsystem: '8086:0000',
  })
}

/** The chipset's functions on bus 0; LPC and SMBus share a slot and a group. */
export function chipset(subsystem: string): readonly PciFunction[] {
  const inside = { numaNode: 0, subsystem, pcie: false }
  return [
    endpoint('00:00.0', '8086:2020', '060000', { ...inside, revision: '07' }),
    endpoint('00:11.5', '8086:a1d2', '010601', { ...inside, revision: '09', driver: 'ahci' }),
    endpoint('00:14.0', '8086:a1af', '0c0330', { ...inside, revision: '09', driver: 'xhci_hcd' }),
    endpoint('00:17.0', '8086:a182', '010601', { ...inside, revision: '09', driver: 'ahci' }),
    endpoint('00:1f.0', '8086:a1c1', '060100', { ...inside, revision: '09' }),
    endpoint('00:1f.4', '8086:a1a3', '0c0500', {
      ...inside,
      revision: '09',
      driver: 'i801_smbus',
      groupWith: '00:1f.0',
    }),
  ]
}

/** A root port of the chipset; with `groupWith` it does not keep its devices apart from that port's. */
export function chipsetPort(
  address: string,
  id: string,
  secondary: number,
  last: number,
  groupWith?: string,
): PciFunction {
  return port(address, id, 'root', secondary, last, {
    numaNode: 0,
    revision: 'f9',
    ...(groupWith === undefined ? {} : { groupWith }),
  })
}
