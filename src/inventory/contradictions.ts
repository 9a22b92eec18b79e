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
  report.usb?.forEach(({ port }, index) => {
    if (report.usb?.findIndex((other) => other.port === port) !== index)
      throw contradiction(report, `/usb/${index}/port`, `${port} is there twice`)
  })
  report.domains?.forEach(({ uuid }, index) => {
    if (report.domains?.findIndex((other) => other.uuid === uuid) !== index)
      throw contradiction(report, `/domains/${index}/uuid`, `${uuid} is there twice`)
  })
}

function contradiction(report: HostReport, pointer: string, problem: string): CorruptReport {
  return new CorruptReport(
    'report-contradiction',
    `the report of ${report.host} contradicts itself at ${pointer}: ${problem}; nothing of it was taken in`,
    { host: report.host, pointer, problem },
  )
}
