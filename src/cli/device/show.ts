/** `berth device show` as text: one device, all that is known of it. */
import type { DeviceView } from '../../view/documents.ts'
import { fieldLine, page, section } from '../text/sections.ts'
import { deviceName, deviceType } from './names.ts'

function msixText(device: DeviceView): string | null {
  if (device.msix === null) return null
  const { vectors, tableBar, pbaBar, overlap } = device.msix
  return `${vectors} vectors, table in BAR ${tableBar}, pending bits in BAR ${pbaBar}${overlap ? ' (overlapping)' : ''}`
}

function inUseText(device: DeviceView): string | null {
  const uses = device.inUse.map(({ reason, detail }) => `${reason} ${detail}`)
  if (uses.length === 0) return null
  return uses.join('; ')
}

const healthText = ({ health, healthReason }: DeviceView): string =>
  healthReason === null ? health : `${health}: ${healthReason}`

function virtualFunctions({ kind, numVfs, totalVfs, wantedVfs }: DeviceView): string | null {
  if (kind !== 'pf') return null
  return `${numVfs} of ${totalVfs}${wantedVfs === null ? '' : `, ${wantedVfs} wanted`}`
}

const listText = (items: readonly string[]): string | null => (items.length === 0 ? null : items.join(' '))

function diagnosis({ diagnosis: findings, state }: DeviceView): string {
  const nothing = state === 'missing' ? 'it is not there' : 'no trouble found'
  const lines = findings.map(({ level, code, message }) => fieldLine([level, `${message} (${code})`]))
  return section('DIAGNOSIS', lines.length === 0 ? [nothing] : lines)
}

export function deviceText(device: DeviceView): string {
  return page([
    section(`DEVICE ${device.address} OF HOST ${device.host}`, [
      fieldLine(['HOST', device.hostName]),
      fieldLine(['NAME', deviceName(device)]),
      fieldLine(['VENDOR', device.vendorName]),
      fieldLine(['CLASS', device.className]),
      fieldLine(['TYPE', deviceType(device)]),
      fieldLine(['KIND', device.kind]),
      fieldLine(['PARENT', device.parent]),
      fieldLine(['VIRTUAL FUNCTIONS', virtualFunctions(device)]),
      fieldLine(['IDENTITY', device.identity]),
    ]),
    section('STATE', [
      fieldLine(['STATE', device.state]),
      fieldLine(['WHY', device.why]),
      fieldLine(['VM', device.vm]),
      fieldLine(['OFFERED', device.offered ? 'yes' : 'no']),
      fieldLine(['HEALTH', healthText(device)]),
      fieldLine(['RESERVED', device.reserved ? 'yes, kept on vfio-pci' : 'no']),
      fieldLine(['USED BY THE HOST', inUseText(device)]),
      ...(device.allowed ? [fieldLine(['ALLOWED', 'yes, an operator lets it be given all the same'])] : []),
    ]),
    section('HARDWARE', [
      fieldLine(['NUMA NODE', device.numaNode]),
      fieldLine(['IOMMU GROUP', device.iommuGroup]),
      fieldLine(['DRIVER', device.driver]),
      fieldLine(['NETWORK INTERFACES', listText(device.networkInterfaces)]),
      fieldLine(['RESET METHODS', listText(device.resetMethods)]),
      fieldLine(['MSI-X', msixText(device)]),
      fieldLine(['BEHIND', device.passthrough?.upstream ?? null]),
    ]),
    diagnosis(device),
  ])
}
