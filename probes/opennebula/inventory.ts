/** This host's PCI devices in OpenNebula's format: the selection of pci.conf over what sysfs holds. */
import type { Device } from '../../src/model/device.ts'
import { openNebulaInventory } from '../format/opennebula.ts'
import { inFilterOrder } from '../pci/filter.ts'
import { findPciIds, PCI_IDS_FILES, pciNames } from '../pci/names.ts'
import { named, probePci } from '../pci/probe.ts'
import { nameSelected, type Selection, selectDevices } from '../pci/selection.ts'
import type { Warn } from '../read.ts'
import { interfaceName } from './interface-name.ts'
import { iommuMates } from './iommu-mates.ts'
import { readVirtualGpu } from './virtual-gpu.ts'

export interface Wanted {
  readonly sysfs: string
  /** The database of names, a character a byte; null = where distributions put it. */
  readonly pciIds: string | null
  readonly selection: Selection
  /** Adds the keys that OpenNebula's own probe does not have. */
  readonly iommu: boolean
}

/** The text; '' where nothing is selected. NotFound `no-sysfs`, CommandFailed `unreadable`. */
export function readInventory({ sysfs, pciIds, selection, iommu }: Wanted, warn: Warn): string {
  const { filter, filterOfFile } = selection
  if (filter?.length === 0) return ''
  const all = probePci(sysfs, warn, iommu ? 'all' : 'few')
  const selected = selectDevices(all, selection)
  const name = pciNames(pciIds ?? findPciIds(PCI_IDS_FILES))
  const devices = (filterOfFile && filter !== null ? inFilterOrder(filter, selected) : selected)
    .map((device) => named(device, name))
    .filter((device) => nameSelected(device, selection))
  return openNebulaInventory(devices, {
    nvidiaVendors: selection.nvidiaVendors,
    hidden: hiddenDevices(all, selection),
    interfaceName: (device) => interfaceName(sysfs, device.networkInterfaces),
    virtualGpu: (address) => readVirtualGpu(sysfs, address),
    iommuMates: iommu ? iommuMates(all) : null,
  })
}

/** PFs that have VFs by their own word, and NVIDIA's by that of their VFs. */
function hiddenDevices(all: readonly Device[], { nvidiaVendors }: Selection): (device: Device) => boolean {
  const parents = new Set(all.map((device) => device.parent))
  return ({ address, numVfs, vendorId }) =>
    numVfs > 0 || (nvidiaVendors.includes(vendorId) && parents.has(address))
}
