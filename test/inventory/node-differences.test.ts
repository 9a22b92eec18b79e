/** sysfs and libvirt's node devices side by side: only what differs is told. */
import { expect, test } from 'vitest'
import { nodeDifferences } from '../../src/inventory/node-differences.ts'
import { nodeDevice } from '../../src/libvirt/nodedev.ts'
import type { NodeDevice } from '../../src/model/node-device.ts'
import { at, id, reported } from '../support/reports.ts'

const NIC = reported('03:00.0', {
  classId: id('0200'),
  driver: 'igb',
  iommuGroup: 21,
  kind: 'pf',
  totalVfs: 7,
})
const VF = reported('03:10.0', {
  ...{ classId: id('0200'), driver: 'igbvf', iommuGroup: 29, kind: 'vf', parent: at('03:00.0') },
})

/** What libvirt 11 prints of such a device. */
function xml(slot: number, driver: string, group: string, more = ''): string {
  return `<device><name>n</name><parent>p</parent>${driver === '' ? '' : `<driver><name>${driver}</name></driver>`}
    <capability type='pci'><class>0x020000</class><domain>0</domain><bus>3</bus><slot>${slot}</slot><function>0</function>
    <product id='0x10c9'>82576</product><vendor id='0x8086'>Intel</vendor>${more}${group}</capability></device>`
}

const group = (number: number) =>
  `<iommuGroup number='${number}'><address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></iommuGroup>`
const PF_OF =
  "<capability type='phys_function'><address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></capability>"

function node(text: string): NodeDevice {
  const device = nodeDevice(text)
  if (device === null) throw new Error('not on the PCI bus')
  return device
}

const PF_NODE = node(xml(0, 'igb', group(21), "<capability type='virt_functions' maxCount='7'/>"))
const VF_NODE = node(xml(16, 'igbvf', group(29), PF_OF))

test('where they agree nothing is told, in whatever order they come', () => {
  expect(nodeDifferences([NIC, VF], [VF_NODE, PF_NODE])).toEqual([])
  expect(nodeDifferences([], [])).toEqual([])
})

test.each([
  ['driver', 'igb', 'vfio-pci', xml(0, 'vfio-pci', group(21))],
  ['driver', 'igb', null, xml(0, '', group(21))],
  ['iommuGroup', 21, 22, xml(0, 'igb', group(22))],
  ['iommuGroup', 21, null, xml(0, 'igb', '')],
  ['class', '020000', '0c0330', xml(0, 'igb', group(21)).replace('0x020000', '0x0c0330')],
  ['parent', null, '0000:03:00.0', xml(0, 'igb', group(21), PF_OF)],
])('%s: sysfs %j, libvirt %j', (field, sysfs, libvirt, text) => {
  expect(nodeDifferences([NIC], [node(text)])).toEqual([{ address: at('03:00.0'), field, sysfs, libvirt }])
})

test('a class that libvirt does not tell is no difference', () => {
  expect(nodeDifferences([NIC], [{ ...PF_NODE, classCode: null }])).toEqual([])
})

test('a device that only one of them knows is told once, by address', () => {
  expect(nodeDifferences([VF], [PF_NODE])).toEqual([
    { address: at('03:00.0'), field: 'device', sysfs: null, libvirt: 'present' },
    { address: at('03:10.0'), field: 'device', sysfs: 'present', libvirt: null },
  ])
})

test('several differences of one device are all told', () => {
  const found = nodeDifferences([NIC], [{ ...PF_NODE, driver: 'vfio-pci', iommuGroup: null }])
  expect(found.map(({ field }) => field)).toEqual(['iommuGroup', 'driver'])
})
