/** The PCI inventory as a JSON document (contract `berth.pci-inventory/1`): pure. */
import { deviceToDocument } from '../../src/model/device-document.ts'
import { PCI_INVENTORY_SCHEMA, type PciInventory } from '../../src/model/report.ts'
import type { ProbedDevice } from '../pci/parse.ts'

/** One document and a newline; `capabilities` (null where config space can't be read) stands beside the contract's fields. */
export function jsonInventory(host: string, bootId: string | null, devices: readonly ProbedDevice[]): string {
  const inventory: PciInventory = {
    schema: PCI_INVENTORY_SCHEMA,
    host,
    bootId,
    devices: devices.map((device) => ({ ...deviceToDocument(device), capabilities: shown(device) })),
  }
  return `${JSON.stringify(inventory)}\n`
}

function shown({ capabilities }: ProbedDevice) {
  if (capabilities === null) return null
  const { flr, sriov, acs, serial } = capabilities
  return { flr, sriov, acs, serial }
}
