/** Readiness against real machines' boot logs, kernel configurations and trees. */
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readReadinessFacts } from '../../../probes/readiness/facts.ts'
import { judgeReadiness } from '../../../probes/readiness/readiness.ts'
import { NOT_ASKED } from '../../../probes/readiness/software.ts'
import { dataFile, dataLines, hasData, isInstalled, readData, unpackTree } from '../../support/shared-data.ts'
import { AMD_CPU, check, INTEL_CPU } from './build.ts'

const LOGS = [
  ['hotsos/openstack/var_log_dmesg', 'missing', 'missing'],
  ['hotsos/kubernetes/var_log_dmesg', 'missing', 'missing'],
  // Excerpts, in which nothing tells.
  ['insights-core/parsers_test_dmesg.MSGINFO.txt', 'unknown', 'unknown'],
  ['insights-core/parsers_test_dmesg.TS_MSGINFO.txt', 'unknown', 'unknown'],
  ['../lab/captures/dmesg-full.txt', 'ok', 'ok'],
  ['../lab/captures/dmesg-iommu.txt', 'ok', 'ok'],
  // Interrupts are remapped there, DMA is not.
  ['../lab/captures/scenario-iommu-off.txt', 'missing', 'ok'],
] as const

describe('boot logs', () => {
  for (const [file, dma, interrupts] of LOGS)
    test.skipIf(!hasData(file))(`${file}: DMA remapping ${dma}, interrupt remapping ${interrupts}`, () => {
      const log = readData(file)
      const status = (id: 'iommu.dma-remapping' | 'iommu.interrupt-remapping') => check(id, { log }).status
      expect([status('iommu.dma-remapping'), status('iommu.interrupt-remapping')]).toEqual([dma, interrupts])
    })
})

const DEBIAN = 'kconfig/config.amd64_none_amd64.xz'

describe('kernel configurations', () => {
  test.skipIf(!hasData(DEBIAN) || !isInstalled('xzcat'))("Debian's has all that is needed", () => {
    const text = spawnSync('xzcat', [dataFile(DEBIAN)], { maxBuffer: 1 << 24 }).stdout
    for (const cpu of [INTEL_CPU, AMD_CPU]) {
      const files = { 'proc/cpuinfo': cpu, 'boot/config-6.1.0-49-amd64': text }
      expect(check('kernel.config', { files })).toMatchObject({ status: 'ok' })
      expect(check('vfio.modules', { files })).toMatchObject({ status: 'ok' })
    }
  })

  const FRAGMENTS = ['KERNEL_CONFIG', 'KERNEL_CONFIG_2', 'KERNEL_CONFIG_NO_2']
  for (const name of FRAGMENTS) {
    const file = `insights-core/parsers_test_kernel_config.${name}.txt`
    test.skipIf(!hasData(file))(`${name} is a fragment, of which nothing is concluded`, () => {
      const files = { 'boot/config-3.10.0-693.el7.x86_64': readData(file) }
      expect(check('kernel.config', { files }).status).toBe('unknown')
    })
  }
})

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

describe('trees: DMA remapping is there where readlink finds groups', () => {
  for (const archive of TREES)
    test.skipIf(!hasData(archive) || !isInstalled('bzip2'))(archive, () => {
      const name = archive.replace('/', '-').replace(/\.tar\..*/, '')
      const groups = dataLines(`expected/${name}.groups.tsv`).map((line) => line.split('\t')[1] ?? '')
      const grouped = groups.filter((group) => /^\d+$/.test(group))
      const tree = unpackTree(archive)
      try {
        const facts = readReadinessFacts({ root: dirname(tree.sysfs), readLog: () => null })
        const [found] = judgeReadiness(facts, NOT_ASKED).checks.filter(
          ({ id }) => id === 'iommu.dma-remapping',
        )
        expect(found?.status).toBe(grouped.length > 0 ? 'ok' : 'missing')
        if (grouped.length > 0)
          expect(found?.evidence).toContain(
            `${grouped.length} of ${groups.length} PCI devices are in IOMMU groups (${new Set(grouped).size} of them)`,
          )
      } finally {
        tree.remove()
      }
    })
})
