/** Files that this user cannot read cost the checks that need them, and nothing else. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readReadinessFacts } from '../../../probes/readiness/facts.ts'
import { judgeReadiness } from '../../../probes/readiness/readiness.ts'
import { NOT_ASKED } from '../../../probes/readiness/software.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'
import { INTEL_CPU } from './build.ts'

let tree: Tree
beforeEach(() => {
  tree = createTree()
  tree.write('proc/cpuinfo', INTEL_CPU)
  tree.write('proc/sys/kernel/osrelease', '6.12.0\n')
})
afterEach(() => tree.remove())

/** A folder where a file belongs cannot be read either, by root as little as by others. */
test.each([
  ['etc/libvirt/qemu.conf', 'libvirt.device-acl'],
  ['boot/config-6.12.0', 'kernel.config'],
  ['etc/modprobe.d/own.conf', 'vfio.modules'],
  ['proc/interrupts', 'iommu.interrupt-remapping'],
  ['proc/cmdline', 'iommu.dma-remapping'],
  ['lib/modules/6.12.0/modules.dep', 'vfio.modules'],
])('%s: the check %s is unknown, and the file is named', (path, id) => {
  tree.write(path, 'folder:')
  const warnings: string[] = []
  const facts = readReadinessFacts({
    root: tree.root,
    readLog: () => null,
    warn: (message) => warnings.push(message),
  })
  const { checks } = judgeReadiness(facts, NOT_ASKED)
  expect(checks.find((check) => check.id === id)?.status).toBe('unknown')
  expect(warnings).toEqual([expect.stringContaining(`/${path} cannot be read: EISDIR; run it as root`)])
})

test('a boot log that cannot be read is none', () => {
  tree.write('var/log/dmesg', 'folder:')
  const facts = readReadinessFacts({ root: tree.root, readLog: () => tree.root && null })
  expect(facts.log()).toBeNull()
})
