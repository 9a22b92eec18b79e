/** What a device is, whoever has it. */
import type { DeviceView } from '../../api/documents.ts'
import { deviceType } from '../../parts/device-name.ts'
import type { Fact } from '../../parts/facts.tsx'
import { DeviceLink } from '../pci/device-link.tsx'

export function hardware(device: DeviceView): readonly Fact[] {
  const { vendorName, className, kind, parent, revision, subsystemVendor, subsystemDevice } = device
  const { pcie, resetMethods, networkInterfaces, driver, iommuGroup, numaNode, identity } = device
  return [
    ['Type', code(deviceType(device))],
    ['Vendor', vendorName],
    ['Class', className],
    ['Kind', KINDS[kind]],
    ['PF', parent === null ? null : <DeviceLink key="pf" address={parent} />],
    ['Revision', revision === null ? null : code(revision)],
    ['Subsystem', subsystemVendor === null ? null : code(`${subsystemVendor}:${subsystemDevice ?? '?'}`)],
    ['Programming interface', device.progIf === '' ? null : code(device.progIf)],
    ['Driver', driver === null ? 'none' : code(driver)],
    ['Interfaces', networkInterfaces.length === 0 ? null : code(networkInterfaces.join(' '))],
    ['IOMMU group', iommuGroup ?? 'none'],
    ['NUMA node', numaNode ?? 'not told'],
    ['PCI Express', pcie === null ? 'not known' : yesNo(pcie)],
    ['Reset methods', resetMethods.length === 0 ? 'none' : code(resetMethods.join(' '))],
    ['MSI-X', msixText(device)],
    ...passthrough(device),
    ['Identity', identity === null ? 'none: it is known by its address' : code(identity)],
  ]
}

const KINDS = {
  plain: 'plain',
  pf: 'physical function (PF)',
  vf: 'virtual function (VF)',
} as const satisfies Record<DeviceView['kind'], string>

const code = (text: string) => <span className="berth-code">{text}</span>
const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

function msixText({ msix }: DeviceView): string {
  if (msix === null) return 'none'
  const { vectors, tableBar, pbaBar, overlap } = msix
  return `${vectors} vectors, table in BAR ${tableBar}, pending bits in BAR ${pbaBar}${overlap ? ' (overlapping)' : ''}`
}

/** A probe of an earlier version told nothing of it. */
function passthrough({ passthrough: facts }: DeviceView): readonly Fact[] {
  if (facts === undefined || facts === null) return []
  const { upstream, acs, flr, rom, reservedMemory } = facts
  return [
    ['Behind', upstream === null ? null : code(upstream)],
    ['ACS', acs === null ? null : yesNo(acs)],
    ['Function reset', flr === null ? null : yesNo(flr)],
    ['Expansion ROM', yesNo(rom)],
    ['Reserved memory', reservedMemory === null ? null : yesNo(reservedMemory)],
  ]
}
