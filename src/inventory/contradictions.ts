/** A report that fits its schema can still contradict itself: found before any of it is taken in (pure). */
import type { Address } from '../model/address.ts'
import { CorruptReport } from '../model/errors.ts'
import type { HostReport } from '../model/report.ts'

/** CorruptReport `report-contradiction`, which names the JSON pointer and what is wrong there. */
export function requireConsistent(report: HostReport): void {
  const seen = new Map<Address, number>()
  report.devices.forEach(({ address }, index) => {
    const first = seen.get(address)
    if (first !== undefined)
      throw contradiction(report, `/devices/${index}/address`, `${address} is /devices/${first} too`)
    seen.set(address, index)
  })
  report.devices.forEach((device, index) => {
    const { address, kind, parent } = device
    const here = `/devices/${index}/parent`
    if (kind === 'vf' && parent === null)
      throw contradiction(report, here, `${address} is a VF without a parent`)
    if (kind !== 'vf' && parent !== null)
      throw contradiction(report, here, `${address} has a parent, but is no VF`)
    if (parent !== null && (!seen.has(parent) || parent === address))
      throw contradiction(report, here, `${address} names ${parent}, which is not in the report`)
  })
  requireGroups(report)
  requireOnce(report, 'usb', 'port', report.usb?.map(({ port }) => port) ?? [])
  requireOnce(report, 'domains', 'uuid', report.domains?.map(({ uuid }) => uuid) ?? [])
}

/** A whole machine without isolation has fewer. What may be given is judged by each of a group's devices for each of them. */
const MOST_IN_GROUP = 1024

function requireGroups(report: HostReport): void {
  const sizes = new Map<number, number>()
  report.devices.forEach(({ iommuGroup }, index) => {
    if (iommuGroup === null) return
    const size = (sizes.get(iommuGroup) ?? 0) + 1
    sizes.set(iommuGroup, size)
    if (size > MOST_IN_GROUP)
      throw contradiction(
        report,
        `/devices/${index}/iommuGroup`,
        `group ${iommuGroup} has more than ${MOST_IN_GROUP} devices`,
      )
  })
}

function requireOnce(report: HostReport, section: string, key: string, values: readonly string[]): void {
  const seen = new Set<string>()
  values.forEach((value, index) => {
    if (seen.has(value)) throw contradiction(report, `/${section}/${index}/${key}`, `${value} is there twice`)
    seen.add(value)
  })
}

function contradiction(report: HostReport, pointer: string, problem: string): CorruptReport {
  return new CorruptReport(
    'report-contradiction',
    `the report of ${report.host} contradicts itself at ${pointer}: ${problem}; nothing of it was taken in`,
    { host: report.host, pointer, problem },
  )
}
