/** The PCI probe on trees that a kernel, an old kernel or a damaged copy could show. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProbedDevice } from '../../../probes/pci/parse.ts'
import { probePci } from '../../../probes/pci/probe.ts'
import { NotFound } from '../../../src/model/errors.ts'
import { configSpace, createTree, type Entry, type Tree } from '../../support/sysfs-tree.ts'

let tree: Tree
let warnings: string[]
beforeEach(() => {
  tree = createTree()
  warnings = []
})
afterEach(() => tree.remove())

const probe = () => probePci(tree.sysfs, (message) => warnings.push(message))
const one = (): ProbedDevice => {
  const [device, ...others] = probe()
  expect(others).toEqual([])
  if (device === undefined) throw new Error('no device was found')
  return device
}

describe('a function of a running kernel', () => {
  test('is read from uevent, links and attributes', () => {
    tree.pci('0000:3b:00.0', {
      class: '0x030200\n',
      vendor: '0x10de\n',
      device: '0x20b0\n',
      uevent: 'DRIVER=nvidia\nPCI_CLASS=30200\nPCI_ID=10DE:20B0\nPCI_SUBSYS_ID=10DE:134F\nPCI_SLOT_NAME=x\n',
      revision: '0xa1\n',
      numa_node: '1\n',
      iommu_group: { link: '../../../kernel/iommu_groups/12' },
      driver: { link: '../../../bus/pci/drivers/nvidia' },
      reset_method: 'flr bus\n',
      net: 'folder:',
      'net/ens1f1': 'folder:',
      'net/ens1f0': 'folder:',
    })
    expect(one()).toMatchObject({
      address: '0000:3b:00.0',
      vendorId: '10de',
      deviceId: '20b0',
      classId: '0302',
      progIf: '00',
      revision: 'a1',
      subsystemVendorId: '10de',
      subsystemDeviceId: '134f',
      kind: 'plain',
      numaNode: 1,
      iommuGroup: 12,
      driver: 'nvidia',
      bridge: false,
      networkInterfaces: ['ens1f0', 'ens1f1'],
      resetMethods: ['flr', 'bus'],
      msix: null,
      identity: 'path:0000:00/00.0',
    })
    expect(warnings).toEqual([])
  })

  test('shows the network interface of its virtio child', () => {
    tree.pci('0000:00:03.0', { 'virtio2/net/eth0': 'folder:' })
    expect(one().networkInterfaces).toEqual(['eth0'])
  })

  test('has the driver that the link names, whatever uevent says, dangling or not', () => {
    tree.pci('0000:00:03.0', { uevent: 'DRIVER=old\n', driver: { link: '/nowhere/drivers/vfio-pci' } })
    expect(one().driver).toBe('vfio-pci')
  })

  test('has no driver without a link', () => {
    tree.pci('0000:00:03.0', { uevent: 'DRIVER=old\nPCI_CLASS=20000\nPCI_ID=8086:10D3\n' })
    expect(one().driver).toBeNull()
  })
})

describe('what may be missing is null', () => {
  test('without uevent the single files tell', () => {
    tree.pci('0000:00:03.0', { subsystem_vendor: '0x1af4\n', subsystem_device: '0x1100\n' })
    expect(one()).toMatchObject({
      vendorId: '8086',
      deviceId: '10d3',
      subsystemVendorId: '1af4',
      subsystemDeviceId: '1100',
    })
  })

  test('with ids and class alone the rest is unknown', () => {
    tree.pci('0000:00:03.0', { numa_node: null })
    expect(one()).toMatchObject({
      revision: null,
      subsystemVendorId: null,
      numaNode: null,
      iommuGroup: null,
      driver: null,
      pcie: null,
      resetMethods: [],
      totalVfs: 0,
    })
  })

  test('a plain folder in place of the link is read, its place in the tree stays unknown', () => {
    tree.write('sys/bus/pci/devices/0000:00:03.0/vendor', '0x8086\n')
    tree.write('sys/bus/pci/devices/0000:00:03.0/device', '0x10d3\n')
    tree.write('sys/bus/pci/devices/0000:00:03.0/class', '0x020000\n')
    expect(one()).toMatchObject({ vendorId: '8086', identity: null })
  })

  test.each([
    ['class', 'no readable class'],
    ['vendor', 'no readable vendor'],
    ['device', 'no readable device'],
  ])('a device without %s is left out and named, the rest is reported', (file, message) => {
    tree.pci('0000:00:03.0', {
      uevent: file === 'device' ? null : 'PCI_CLASS=20000\nPCI_ID=8086:10D3\n',
      [file]: null,
    })
    tree.pci('0000:00:04.0')
    expect(one().address).toBe('0000:00:04.0')
    expect(warnings).toEqual([`0000:00:03.0: ${message}; left out`])
  })

  test('a link that leads nowhere is left out and named', () => {
    tree.write('sys/bus/pci/devices/0000:00:03.0', { link: '../../../devices/gone/0000:00:03.0' })
    expect(probe()).toEqual([])
    expect(warnings.join()).toContain('leads nowhere')
  })

  test('an entry that is no address is left out and named', () => {
    tree.write('sys/bus/pci/devices/rubbish/vendor', '0x8086\n')
    expect(probe()).toEqual([])
    expect(warnings.join()).toContain('no PCI address')
  })

  test('a folder in place of a file is named, not taken for an absence', () => {
    tree.pci('0000:00:03.0', { config: 'folder:', numa_node: 'folder:' })
    expect(one()).toMatchObject({ msix: null, numaNode: null, pcie: null })
    expect(warnings.map((warning) => /(\w+) cannot be read: EISDIR/.exec(warning)?.[1])).toEqual([
      'config',
      'numa_node',
    ])
  })

  test('no PCI bus at all is an error that names the folder', () => {
    expect(() => probePci('/nonexistent', () => {})).toThrow(NotFound)
    expect(() => probePci('/nonexistent', () => {})).toThrow('/nonexistent/bus/pci/devices')
  })
})

describe('configuration space', () => {
  const MSIX = { 6: [0x10], 52: [0x50], 80: [0x11, 0x00, 0x15, 0x00, 0x00, 0x20, 0, 0, 0x00, 0x21, 0, 0] }
  const withConfig = (config: Entry, more: Readonly<Record<string, Entry | null>> = {}) =>
    tree.pci('0000:00:03.0', { config, ...more })

  test('revision comes from byte 8 where there is no file', () => {
    withConfig(configSpace(64, { 8: [0xa1] }))
    expect(one().revision).toBe('a1')
  })

  test('MSI-X table and pending bits are found, and that they overlap', () => {
    withConfig(configSpace(256, MSIX))
    expect(one().msix).toEqual({
      vectors: 22,
      tableBar: 0,
      tableOffset: 8192,
      pbaBar: 0,
      pbaOffset: 8448,
      overlap: true,
    })
  })

  test('64 bytes, as read without root, leave the capabilities unknown', () => {
    withConfig(configSpace(256, MSIX).subarray(0, 64))
    expect(one()).toMatchObject({ msix: null, pcie: null })
  })

  test('a list that runs in a circle ends', () => {
    withConfig(configSpace(256, { 6: [0x10], 52: [0x40], 64: [0x01, 0x50], 80: [0x05, 0x40] }))
    expect(one()).toMatchObject({ msix: null, pcie: false })
  })

  test('an extended list that runs in a circle ends', () => {
    const space = configSpace(4096, { 6: [0x10], 52: [0x40], 64: [0x10, 0], 256: [0x03, 0, 1, 0x10] })
    withConfig(space)
    expect(one().pcie).toBe(true)
  })

  test('header type 1 makes a bridge, whatever the class', () => {
    withConfig(configSpace(256, { 14: [0x81] }), { class: '0x088000\n' })
    expect(one().bridge).toBe(true)
  })

  test('without it class 0604 does', () => {
    tree.pci('0000:00:03.0', { class: '0x060400\n' })
    expect(one().bridge).toBe(true)
  })

  test('all ones mean that nothing is known, and the class decides', () => {
    withConfig(Buffer.alloc(4096, 0xff), { class: '0x060400\n' })
    expect(one()).toMatchObject({ bridge: true, pcie: null, revision: null })
  })
})

describe('SR-IOV', () => {
  test("a PF and its VFs, one of them with the PF's own device id and ffff in its config", () => {
    const bridge = tree.pci('0000:00:04.0', { class: '0x060400\n' })
    tree.pci(
      '0000:03:00.0',
      {
        sriov_totalvfs: '7\n',
        sriov_numvfs: '2\n',
        virtfn0: { link: '../0000:03:10.0' },
        virtfn1: { link: '../0000:03:10.2' },
      },
      bridge,
    )
    const vf = {
      physfn: { link: '../0000:03:00.0' },
      config: configSpace(256, { 0: [0xff, 0xff, 0xff, 0xff], 8: [1] }),
    }
    tree.pci('0000:03:10.0', vf, bridge)
    tree.pci('0000:03:10.2', { ...vf, device: '0x10ca\n' }, bridge)
    expect(probe().slice(1)).toMatchObject([
      { kind: 'pf', totalVfs: 7, numVfs: 2, parent: null, identity: 'path:0000:00/04.0/00.0' },
      {
        kind: 'vf',
        vendorId: '8086',
        deviceId: '10d3',
        parent: '0000:03:00.0',
        identity: 'path:0000:00/04.0/00.0/vf0',
        bridge: false,
      },
      { kind: 'vf', deviceId: '10ca', parent: '0000:03:00.0', identity: 'path:0000:00/04.0/00.0/vf1' },
    ])
  })
})

describe('addresses', () => {
  test('domains of 32 bits are read and sort last; inner roots and buses leave no mark in the identity', () => {
    const vmd = tree.pci('0000:64:05.5', { class: '0x010400\n' }, 'devices/pci0000:64')
    const port = tree.pci('10000:e0:06.0', { class: '0x060400\n' }, `${vmd}/pci10000:e0`)
    tree.pci('10000:e1:00.0', { class: '0x010802\n' }, port)
    expect(probe().map(({ address, identity }) => [address, identity])).toEqual([
      ['0000:64:05.5', 'path:0000:64/05.5'],
      ['10000:e0:06.0', 'path:0000:64/05.5/06.0'],
      ['10000:e1:00.0', 'path:0000:64/05.5/06.0/00.0'],
    ])
  })

  test('4,096 devices are read, each once, in order', () => {
    for (let index = 0; index < 4096; index++) {
      const hex = (value: number) => value.toString(16).padStart(2, '0')
      tree.pci(`0000:${hex(index >> 8)}:${hex((index >> 3) & 31)}.${index & 7}`)
    }
    const found = probe().map(({ address }) => address)
    expect(found).toHaveLength(4096)
    expect(found).toEqual([...new Set(found)].sort())
  })
})
