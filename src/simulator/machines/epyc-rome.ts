/** What every AMD EPYC 7002 ("Rome") root complex brings along: host bridges, dummy functions, the chipset's slot. */
import type { PciFunction } from '../machine.ts'
import { endpoint, port } from './rows.ts'

const hex = (bus: number): string => bus.toString(16).padStart(2, '0')

/** The root bus's own functions: the root complex and, of its dummy host bridges, those of two slots. */
export function rootComplex(bus: number, numaNode: number): readonly PciFunction[] {
  const b = hex(bus)
  const dummy = (slot: string) => endpoint(`${b}:${slot}.0`, '1022:1482', '060000', { numaNode, pcie: false })
  return [
    endpoint(`${b}:00.0`, '1022:1480', '060000', { numaNode, subsystem: '1022:1480', pcie: false }),
    ...['01', '08'].map(dummy),
  ]
}

/** A GPP bridge, the root port of a slot. */
export function slotPort(address: string, secondary: number, last: number, numaNode: number): PciFunction {
  return port(address, '1022:1483', 'root', secondary, last, { numaNode, subsystem: '1022:1453' })
}

/** The USB controller of a die, behind its internal bridge, with the crypto processor beside it. */
export function dieDevices(bus: number, numaNode: number): readonly PciFunction[] {
  const b = hex(bus)
  const inner = hex(bus + 0x1e)
  const under = `${b}:08.1`
  return [
    port(under, '1022:1484', 'root', bus + 0x1e, bus + 0x1e, { numaNode, subsystem: '1022:1484' }),
    endpoint(`${inner}:00.0`, '1022:1485', '130000', { under, numaNode, subsystem: '1022:1485' }),
    endpoint(`${inner}:00.1`, '1022:1486', '108000', {
      under,
      numaNode,
      subsystem: '1022:1486',
      driver: 'ccp',
      resetMethods: ['flr'],
      flr: true,
    }),
    endpoint(`${inner}:00.3`, '1022:148c', '0c0330', {
      under,
      numaNode,
      subsystem: '1022:148c',
      driver: 'xhci_hcd',
      resetMethods: ['flr', 'pm'],
      flr: true,
    }),
  ]
}

/** SMBus and LPC (slot 14) and a socket's data fabric (slot 18): one IOMMU group each. */
export function chipset(numaNode: number): readonly PciFunction[] {
  const fabric = [0, 1, 2, 3, 4, 5, 6, 7].map((fn) =>
    endpoint(`00:18.${fn}`, `1022:149${fn}`, '060000', {
      numaNode,
      pcie: false,
      driver: fn === 3 ? 'k10temp' : null,
      ...(fn === 0 ? {} : { groupWith: '00:18.0' }),
    }),
  )
  return [
    endpoint('00:14.0', '1022:790b', '0c0500', {
      numaNode,
      revision: '61',
      pcie: false,
      driver: 'piix4_smbus',
    }),
    endpoint('00:14.3', '1022:790e', '060100', {
      numaNode,
      revision: '51',
      pcie: false,
      groupWith: '00:14.0',
    }),
    ...fabric,
  ]
}

/** An ASPEED management processor's display: a conventional device behind its own bridge, in that bridge's group. */
export function bmcDisplay(
  bridge: string,
  display: string,
  bus: number,
  under: string,
  numaNode: number,
): readonly PciFunction[] {
  return [
    port(bridge, '1a03:1150', 'pcie-to-pci', bus, bus, {
      under,
      numaNode,
      revision: '04',
      subsystem: '1a03:1150',
      driver: null,
      resetMethods: [],
    }),
    endpoint(display, '1a03:2000', '030000', {
      under: bridge,
      groupWith: bridge,
      numaNode,
      revision: '41',
      subsystem: '1a03:2000',
      driver: 'ast',
      pcie: false,
      bootVga: true,
    }),
  ]
}
