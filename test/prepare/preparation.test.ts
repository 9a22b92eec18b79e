/** What doctor asks for is what prepare writes: both on one root, until doctor asks for nothing more. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { examineReadiness } from '../../probes/readiness/examine.ts'
import { prepareHere } from '../../src/preparation.ts'
import type { Tree } from '../support/sysfs-tree.ts'
import { DEBIAN, hostRoot, picture } from './host-root.ts'

let tree: Tree
afterEach(() => tree.remove())

async function needs() {
  const { checks } = await examineReadiness({ root: tree.root, bootLog: null, warn: () => {} })
  return checks.flatMap((check) => check.needs)
}

async function prepare(...argv: readonly string[]): Promise<string> {
  let out = ''
  const say = (text: string) => {
    out += text
  }
  expect(await prepareHere(['--root', tree.root, ...argv], { stdout: say, stderr: say })).toBe(0)
  return out
}

test('what bars VFIO, in a file of a package', async () => {
  const barred = 'install vfio /bin/false\ninstall vfio-pci /bin/true\n'
  tree = hostRoot({ ...DEBIAN, 'usr/lib/modprobe.d/hard.conf': barred })
  const before = picture(tree.root)
  expect(await needs()).toEqual([
    { kind: 'no-blacklist', module: 'vfio' },
    { kind: 'no-blacklist', module: 'vfio_pci' },
  ])
  await prepare('--apply')
  expect(readFileSync(join(tree.root, 'etc/modprobe.d/hard.conf'), 'utf8')).toBe(
    '# install vfio /bin/false\n# install vfio-pci /bin/true\n',
  )
  expect(await needs()).toEqual([])
  await prepare('--undo')
  expect(picture(tree.root)).toEqual(before)
})

test.each([
  ['module_blacklist=vfio-pci', 'module_blacklist=vfio-pci', 'quiet'],
  ['module-blacklist=floppy,vfio_pci', 'module_blacklist=vfio_pci', 'quiet module-blacklist=floppy'],
])('%s on the command line', async (word, parameter, after) => {
  tree = hostRoot({ ...DEBIAN, 'proc/cmdline': `root=/dev/x quiet ${word}\n` })
  const grub = join(tree.root, 'etc/default/grub')
  writeFileSync(grub, `GRUB_CMDLINE_LINUX_DEFAULT="quiet ${word}"\n`)
  expect(await needs()).toEqual([{ kind: 'no-kernel-parameter', parameter }])
  await prepare('--apply')
  expect(readFileSync(grub, 'utf8')).toBe(`GRUB_CMDLINE_LINUX_DEFAULT="${after}"\n`)
  expect(await prepare()).toContain('The kernel parameters are written already')
})

test('amd-iommu=off, which the kernel takes for amd_iommu=off', async () => {
  tree = hostRoot({
    ...DEBIAN,
    'proc/cmdline': 'root=/dev/x quiet amd-iommu=off\n',
    'proc/cpuinfo': 'processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu svm\n',
    'sys/kernel/iommu_groups': 'folder:',
    'sys/class/iommu': 'folder:',
  })
  tree.pci('0000:00:01.0')
  const grub = join(tree.root, 'etc/default/grub')
  writeFileSync(grub, 'GRUB_CMDLINE_LINUX_DEFAULT="quiet amd-iommu=off"\n')
  expect(await needs()).toContainEqual({ kind: 'no-kernel-parameter', parameter: 'amd_iommu=off' })
  await prepare('--apply')
  expect(readFileSync(grub, 'utf8')).toBe('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n')
})
