/** The report of simulated servers: what invariant 4 and 5 say, and that its wire form loses nothing. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeHost } from '../../probes/report.ts'
import { CommandFailed } from '../../src/model/errors.ts'
import { hostReportFromDocument, hostReportToDocument } from '../../src/model/host-report-document.ts'
import type { HostReport } from '../../src/model/report.ts'
import { HOST_REPORT_JSON_SCHEMA } from '../../src/model/schemas/host-report.ts'
import { createSimulatedHost, listMachines } from '../../src/simulator/host.ts'

describe.each(listMachines().map(({ name }) => name))('%s', (machine) => {
  const dir = mkdtempSync(join(tmpdir(), 'berth-report-'))
  let report: HostReport
  let roots: { readonly sysfs: string; readonly proc: string }

  beforeAll(async () => {
    const host = await createSimulatedHost(join(dir, 'host'), machine)
    roots = { sysfs: host.sysfsRoot, proc: host.procRoot }
    report = await probeHost({ ...roots, filter: null, listDomains: async () => [] })
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  test('fits its schema, and comes back from its document as it was', () => {
    const document: unknown = JSON.parse(JSON.stringify(hostReportToDocument(report)))
    const validate = new Ajv({ strict: false }).compile<ReturnType<typeof hostReportToDocument>>(
      HOST_REPORT_JSON_SCHEMA,
    )
    if (!validate(document)) throw new Error(JSON.stringify(validate.errors))
    expect(hostReportFromDocument(document)).toEqual(report)
  })

  test('tells where the host booted from and how it is reached', () => {
    const reasons = new Set(report.usage.map(({ reason }) => reason))
    expect(reasons).toContain('mount')
    expect(
      reasons.has('address') || reasons.has('route') || reasons.has('bridge') || reasons.has('bond'),
    ).toBe(true)
  })

  test('every device has an identity of its own', () => {
    const identities = report.devices.map(({ identity }) => identity)
    expect(identities).not.toContain(null)
    expect(new Set(identities).size).toBe(identities.length)
  })

  test('the capacity is the sum of its nodes', () => {
    const { cpus, memoryKiB, numaNodes } = report.capacity
    expect(numaNodes.reduce((sum, node) => sum + node.cpus, 0)).toBe(cpus)
    expect(numaNodes.reduce((sum, node) => sum + node.memoryKiB, 0)).toBe(memoryKiB)
  })

  test('a filter offers less and still carries all group mates of what it offers', async () => {
    const { devices } = await probeHost({ ...roots, filter: '10de:,8086::02xx,::0108', listDomains: null })
    const groups = new Set(devices.filter(({ offered }) => offered).map(({ iommuGroup }) => iommuGroup))
    const mates = report.devices.filter(({ iommuGroup }) => iommuGroup !== null && groups.has(iommuGroup))
    const carried = new Set(devices.map(({ address }) => address))
    expect(mates.filter(({ address }) => !carried.has(address))).toEqual([])
    expect(devices.length).toBeLessThan(report.devices.length)
  })

  test('a libvirt that cannot be asked leaves the domains unknown, with a warning', async () => {
    const warnings: string[] = []
    const listDomains = async () => {
      throw new CommandFailed('virsh-failed', 'no connection')
    }
    const found = await probeHost({
      ...roots,
      filter: null,
      listDomains,
      warn: (text) => warnings.push(text),
    })
    expect(found.domains).toBeNull()
    expect(warnings).toEqual(['running domains are not known: no connection'])
    // The controller tells the last one as what is wrong with the host.
    mkdirSync(join(roots.sysfs, 'bus/usb/devices/9-1'), { recursive: true })
    await probeHost({ ...roots, filter: null, listDomains, warn: (text) => warnings.push(text) })
    expect(warnings.slice(1)).toEqual([expect.stringContaining('USB device 9-1'), warnings[0]])
  })
})

test('a report that names one address twice, or none, is refused', async () => {
  const device = { address: '0000:01:00.0', vendor: '8086', device: '1', class: '0200' }
  const document = { host: 'a', devices: [device, device], usage: [], domains: null }
  const from = (broken: object) => () =>
    hostReportFromDocument(broken as Parameters<typeof hostReportFromDocument>[0])
  const filled = { ...device, subsystemVendor: null, subsystemDevice: null, parent: null }
  expect(from({ ...document, devices: [filled, filled] })).toThrow(
    expect.objectContaining({ code: 'repeated-device' }),
  )
  expect(from({ ...document, devices: [{ ...filled, vendor: 'xyz' }] })).toThrow(
    expect.objectContaining({ code: 'malformed-device' }),
  )
  expect(from({ ...document, devices: [], usage: [{ address: 'x', reason: 'mount', detail: '' }] })).toThrow(
    expect.objectContaining({ code: 'malformed-address' }),
  )
})
