/** A host looked at through a tree of its files: its name, its devices and what stands in their way; no program is asked. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runDoctor } from '../../../src/doctor.ts'
import { NotFound } from '../../../src/model/errors.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'
import { INTEL_CPU } from './build.ts'

let tree: Tree
beforeEach(() => {
  tree = createTree()
  tree.write('proc/cpuinfo', INTEL_CPU)
})
afterEach(() => tree.remove())

const look = (bootLog: string | null = null) => runDoctor({ root: tree.root, bootLog }, () => {})

test("the host's name is the tree's, not this machine's", async () => {
  const unnamed = await look()
  tree.write('etc/hostname', 'kvm-a\n')
  expect([tree.root.endsWith(unnamed.host), (await look()).host]).toEqual([true, 'kvm-a'])
})

test('devices in groups can be given, one without a group cannot, bridges are not told', async () => {
  tree.pci('0000:01:00.0', { iommu_group: { link: '../../../kernel/iommu_groups/7' } })
  tree.pci('0000:02:00.0')
  tree.pci('0000:00:01.0', { class: '0x060400\n' })
  const { devices, ready } = await look()
  expect(devices?.map(({ address, free, why }) => [address, free, why?.split(';')[0] ?? null])).toEqual([
    ['0000:01:00.0', true, null],
    ['0000:02:00.0', false, 'in no IOMMU group'],
  ])
  expect(ready).toBe(true)
})

test('a boot log of another place is read; one that is not there is an error, and so is a folder that is not', async () => {
  tree.write('logs/dmesg', '[ 0.0] Linux version 6.1.0\n')
  const { checks } = await look(join(tree.root, 'logs/dmesg'))
  expect(checks.find(({ id }) => id === 'kernel.version')).toMatchObject({ status: 'ok', evidence: '6.1.0' })
  await expect(look(join(tree.root, 'logs/none'))).rejects.toMatchObject({ code: 'no-boot-log' })
  await expect(runDoctor({ root: join(tree.root, 'none'), bootLog: null }, () => {})).rejects.toThrow(
    NotFound,
  )
  await expect(runDoctor({ root: join(tree.root, 'logs/dmesg'), bootLog: null }, () => {})).rejects.toThrow(
    NotFound,
  )
})
