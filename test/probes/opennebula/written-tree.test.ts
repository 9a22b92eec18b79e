/** The drop-in against the model of the original, on a tree that has what no shared tree has: SR-IOV, virtual GPUs, a VMD, odd names. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dropIn } from '../../../probes/opennebula/drop-in.ts'
import { isInstalled } from '../../support/shared-data.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'
import { originalBlocks } from './original.ts'

const skip = !['lspci', 'python3'].every(isInstalled)

let tree: Tree
beforeEach(() => {
  tree = createTree()
  const nvidia = { vendor: '0x10de\n', device: '0x2236\n', class: '0x030200\n' }
  tree.pci('0000:02:00.0', {
    sriov_totalvfs: '8\n',
    sriov_numvfs: '0\n',
    'net/ens1': 'folder:',
    numa_node: '1\n',
  })
  tree.pci('0000:03:00.0', {
    sriov_totalvfs: '8\n',
    sriov_numvfs: '1\n',
    virtfn0: { link: '../0000:03:00.1' },
  })
  tree.pci('0000:03:00.1', { physfn: { link: '../0000:03:00.0' }, 'net/vf0': 'folder:' })
  tree.pci('0000:41:00.0', { ...nvidia, sriov_totalvfs: '16\n', virtfn0: { link: '../0000:41:00.4' } })
  tree.pci('0000:41:00.4', {
    ...{ ...nvidia, physfn: { link: '../0000:41:00.0' } },
    'nvidia/creatable_vgpu_types': 'ID    : vGPU Name\n588   : NVIDIA A10-1B\n\n589 : NVIDIA A10-2B \n',
  })
  tree.pci('0000:42:00.0', { ...nvidia, sriov_totalvfs: '16\n', virtfn0: { link: '../0000:42:00.4' } })
  tree.pci('0000:42:00.4', { ...nvidia, physfn: { link: '../0000:42:00.0' } })
  for (const type of ['nvidia-592', 'nvidia-590'])
    tree.write(`sys/class/mdev_bus/0000:42:00.4/mdev_supported_types/${type}`, 'folder:')
  tree.pci('0000:ff:1f.7', { vendor: '0x9999\n', device: '0x0001\n', class: '0xabcd00\n', numa_node: null })
  tree.pci('10000:e1:00.0', { class: '0x010802\n', device: '0xffff\n', numa_node: '0\n' })
})
afterEach(() => tree.remove())

test.skipIf(skip).each([
  [":filter: '*:*'", { filter: '*:*' }, 6],
  [":filter: ['::0108', '10de:', '8086:']", { filter: ['::0108', '10de:', '8086:'] }, 5],
  [":filter:\n:short_address: ['10000:e1:00.0']", { filter: null, shortAddress: ['10000:e1:00.0'] }, 1],
  [":filter:\n:device_name: ['^Device$']", { filter: null, deviceName: ['^Device$'] }, 2],
  [':filter:\n:nvidia_vendors: []', { filter: null, nvidiaVendors: [] }, 8],
] as const)('%j (skipped without lspci or Python)', async (text, conf, count) => {
  tree.write('pci.conf', `${text}\n`)
  let printed = ''
  await dropIn(['--sysfs', tree.sysfs, '--config', `${tree.root}/pci.conf`], '', {
    stdout: (output) => {
      printed += output
    },
    stderr: () => {},
  })
  // A device that two filters let through comes twice there, and the core drops the second.
  const blocks = [...new Set(originalBlocks(tree.sysfs, conf))]
  expect(printed).toBe(blocks.join(''))
  expect(blocks).toHaveLength(count)
})
