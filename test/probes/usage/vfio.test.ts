/** Devices on vfio-pci that a process of no libvirt domain has open. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFilesOf } from '../../../probes/usage/open-files.ts'
import { vfioUsage } from '../../../probes/usage/vfio.ts'
import { at, domain } from '../../support/reports.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'

const GPU = at('0000:08:00.0')
const MATE = at('0000:08:00.1')
const NIC = at('0000:01:00.0')

const device = (address: string, driver: string | null, iommuGroup: number | null) => ({
  address: at(address),
  driver,
  iommuGroup,
})
const DEVICES = [device(NIC, 'e1000e', 20), device(GPU, 'vfio-pci', 26), device(MATE, 'vfio-pci', 26)]

let tree: Tree
beforeEach(() => {
  tree = createTree()
  tree.write('proc/self/mountinfo', '')
})
afterEach(() => tree.remove())

/** A process with open files. */
function runs(pid: number, name: string, ...files: readonly string[]): void {
  tree.write(`proc/${pid}/comm`, `${name}\n`)
  tree.write(`proc/${pid}/fd/0`, { link: '/dev/null' })
  for (const [index, file] of files.entries()) tree.write(`proc/${pid}/fd/${index + 1}`, { link: file })
}

const usage = (domains: Parameters<typeof vfioUsage>[2] = [], devices = DEVICES) => {
  const warnings: string[] = []
  return vfioUsage(
    tree.sysfs,
    devices,
    domains,
    openFilesOf(tree.proc, (line) => warnings.push(line)),
  )
}

test('a process that has the group open has all of its devices, and is named', () => {
  runs(812, 'qemu-system-x86', '/dev/vfio/vfio', '/dev/vfio/26')
  expect(usage()).toEqual([
    { address: GPU, reason: 'vfio', detail: 'process 812 (qemu-system-x86)' },
    { address: MATE, reason: 'vfio', detail: 'process 812 (qemu-system-x86)' },
  ])
})

test('a device that is opened by itself, without its group, is told by its own file', () => {
  tree.pci(GPU)
  tree.write(`sys/devices/pci0000:00/${GPU}/vfio-dev/vfio3`, 'folder:')
  runs(812, 'vmm', '/dev/vfio/devices/vfio3')
  expect(usage().map(({ address }) => address)).toEqual([GPU])
})

test.each([
  ['nobody has it open', () => runs(1, 'init')],
  ['only the container is open', () => runs(812, 'qemu', '/dev/vfio/vfio')],
  ['another group is open', () => runs(812, 'qemu', '/dev/vfio/27')],
])('nothing where %s', (_, arrange) => {
  arrange()
  expect(usage()).toEqual([])
})

test("what a libvirt domain holds, and its mates, is the domain's", () => {
  runs(812, 'qemu-system-x86', '/dev/vfio/26')
  expect(usage([domain('web', { hostdevs: [GPU] })])).toEqual([])
})

test('without a device on a VFIO driver no process is looked at', () => {
  // A file where a folder should be would be an error.
  tree.write('proc/812/fd', 'no folder')
  expect(usage([], [device(NIC, 'e1000e', 20)])).toEqual([])
})
