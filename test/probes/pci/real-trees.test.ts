/** The PCI probe on sysfs trees of real machines, against what lspci and readlink say of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Filter, parseFilter, passes } from '../../../probes/pci/filter.ts'
import type { ProbedDevice } from '../../../probes/pci/parse.ts'
import { probePci } from '../../../probes/pci/probe.ts'
import { InvalidInput } from '../../../src/model/errors.ts'
import { dataLines, hasData, isInstalled, type UnpackedTree, unpackTree } from '../../support/shared-data.ts'

const TREES = [
  'ghw/linux-amd64-415ee03b8c4d1c4f07ae2e9d8b3d3d6d.tar.gz',
  'ghw/linux-amd64-accel-nvidia.tar.gz',
  'ghw/linux-amd64-accel.tar.gz',
  'ghw/linux-arm64-c288e0776090cd558ef793b2a4e61939.tar.gz',
  'hwloc/32intel64-2p8co2t+8ve.tar.bz2',
  'hwloc/40intel64-2g2n4c+pcilocality.tar.bz2',
  'hwloc/40intel64-4n10c+pci-conflicts.tar.bz2',
  'hwloc/fakepcilocalities.tar.bz2',
  'hwloc/nvidiagpunumanodes.tar.bz2',
]

const usable = (archive: string) =>
  hasData(archive) && isInstalled('tar') && (archive.endsWith('.gz') || isInstalled('bzip2'))

/** A line as `lspci -D -n -mm` prints it. */
function lspciLine(device: ProbedDevice): string {
  const revision = device.revision === null || device.revision === '00' ? '' : ` -r${device.revision}`
  const quoted = (text: string | null) => `"${text ?? ''}"`
  return `${device.address} ${quoted(device.classId)} ${quoted(device.vendorId)} ${quoted(device.deviceId)}${revision} -p${device.progIf} ${quoted(device.subsystemVendorId)} ${quoted(device.subsystemDeviceId)}`
}

/** `Slot:` to `Driver:` of `lspci -D -nn -vmmk`. */
function driversOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let slot = ''
  for (const line of lines) {
    const [key = '', value = ''] = line.split('\t')
    if (key === 'Slot:') slot = value
    if (key === 'Driver:') found.set(slot, value)
  }
  return found
}

const rows = (lines: readonly string[]) => lines.map((line) => line.split('\t'))

describe.each(TREES)('%s', (archive) => {
  const expected = `expected/${archive.replace('/', '-').replace(/\.tar\.\w+$/, '')}`
  const skip = !usable(archive) || !hasData(`${expected}.Dnmm`)
  let tree: UnpackedTree | null = null
  let devices: readonly ProbedDevice[] = []
  const warnings: string[] = []

  beforeAll(() => {
    if (skip) return
    tree = unpackTree(archive)
    devices = probePci(tree.sysfs, (message) => warnings.push(message))
  })
  afterAll(() => tree?.remove())

  test.skipIf(skip)(
    "ids, classes, revisions and subsystems are lspci's (skipped without shared data)",
    () => {
      expect(devices.map(lspciLine)).toEqual(dataLines(`${expected}.Dnmm`))
    },
  )

  test.skipIf(skip)('drivers are where the driver links point (skipped without shared data)', () => {
    const found = devices.flatMap(({ address, driver }) => (driver === null ? [] : [[address, driver]]))
    expect(new Map(found as [string, string][])).toEqual(driversOf(dataLines(`${expected}.Dnnvmmk`)))
  })

  test.skipIf(skip)("IOMMU groups are the links' (skipped without shared data)", () => {
    const found = devices.flatMap((device) =>
      device.iommuGroup === null ? [] : [[device.address, String(device.iommuGroup)]],
    )
    expect(found).toEqual(rows(dataLines(`${expected}.groups.tsv`)))
  })

  test.skipIf(skip)("SR-IOV functions and their numbers are sysfs' (skipped without shared data)", () => {
    const found = devices
      .filter(({ kind }) => kind !== 'plain')
      .map((device) => [
        device.address,
        `physfn=${device.parent ?? ''}`,
        'virtfns=0',
        `totalvfs=${device.totalVfs}`,
        `numvfs=${device.numVfs}`,
      ])
    expect(found).toEqual(rows(dataLines(`${expected}.sriov.tsv`)))
  })

  test.skipIf(skip)("MSI-X places are lspci's (skipped without shared data)", () => {
    expect(devices.filter(({ msix }) => msix !== null).map(({ address }) => address)).toEqual(
      rows(dataLines(`${expected}.msix.tsv`)).map(([address]) => address),
    )
  })

  test.skipIf(skip)(
    'every filter lets through what lspci -d does, or is refused (skipped without shared data)',
    () => {
      for (const [text = '', , hits = ''] of rows(dataLines(`${expected}.filters.tsv`))) {
        let filter: Filter
        try {
          filter = parseFilter(text)
        } catch (error) {
          expect(error, text).toBeInstanceOf(InvalidInput)
          expect(hits, text).toMatch(/^lspci: -d/)
          continue
        }
        const found = devices.filter((device) => passes(filter, device)).map(({ address }) => address)
        // Where a tree has no vendor file, lspci itself ends there.
        const listed = hits.startsWith('lspci: Cannot open') ? '' : hits
        expect(found, text).toEqual(listed.split(' ').filter((hit) => hit !== ''))
      }
    },
  )

  test.skipIf(skip)('whatever was left out was named (skipped without shared data)', () => {
    const withoutVendor = archive.includes('nvidiagpunumanodes')
    expect(warnings.filter((warning) => warning.endsWith('no readable vendor; left out'))).toHaveLength(
      withoutVendor ? 6 : 0,
    )
    expect(warnings).toHaveLength(withoutVendor ? 6 : 0)
  })
})
