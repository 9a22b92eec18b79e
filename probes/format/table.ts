/** Columns for people: pure. */
import { shortAddress } from '../../src/model/address.ts'
import type { ProbedDevice } from '../pci/parse.ts'

/** Rows below a heading, columns as wide as their widest cell; '' where there are no rows. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const lines = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) => `${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('')
}

const orDash = (value: string | number | null) => (value === null ? '-' : String(value))

export function deviceTable(devices: readonly ProbedDevice[]): string {
  return table(
    ['ADDR', 'TYPE', 'NUMA', 'GROUP', 'DRIVER', 'KIND', 'NAME'],
    devices.map((device) => [
      shortAddress(device.address),
      `${device.vendorId}:${device.deviceId}:${device.classId}`,
      orDash(device.numaNode),
      orDash(device.iommuGroup),
      orDash(device.driver),
      kindOf(device),
      device.deviceName ?? device.className ?? '',
    ]),
  )
}

function kindOf(device: ProbedDevice): string {
  if (device.bridge) return 'bridge'
  return device.kind === 'pf' ? `pf ${device.numVfs}/${device.totalVfs}` : device.kind
}
