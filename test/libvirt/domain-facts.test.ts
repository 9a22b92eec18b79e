/** What is read of a running domain's XML, ours or not. */
import { expect, test } from 'vitest'
import { domainFacts } from '../../src/libvirt/domain-facts.ts'

const source = (attributes: string) => `<source><address ${attributes}/></source>`

const domain = (inside: string, metadata = '') =>
  `<?xml version="1.0"?>\n<domain type='kvm' id='3'><name>a &lt;b&gt; &#x26; &#39;c&#39;</name><uuid>52a0f10c-7c6f-44d5-b35f-dcdc003b9565</uuid>
  ${metadata}<devices>${inside}</devices></domain>`

test('name and uuid are read with their references resolved', () => {
  expect(domainFacts(domain(''), 'paused')).toEqual({
    name: "a <b> & 'c'",
    uuid: '52a0f10c-7c6f-44d5-b35f-dcdc003b9565',
    state: 'paused',
    hostdevs: [],
    berth: null,
  })
})

test.each<[string, string, string[]]>([
  [
    'a managed hostdev, the guest address beside it left aside',
    `<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/>${source(
      "domain='0x0000' bus='0x0b' slot='0x1f' function='0x7'",
    )}<address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/></hostdev>`,
    ['0000:0b:1f.7'],
  ],
  [
    'double quotes, decimal numbers, a wide PCI domain, no function',
    `<hostdev mode="subsystem" type="pci">${source('domain="65536" bus="11" slot="010"')}</hostdev>`,
    ['10000:0b:08.0'],
  ],
  [
    'a hostdev interface',
    `<interface type='hostdev'>${source("type='pci' bus='0x03' slot='0x10' function='0x2'")}</interface>`,
    ['0000:03:10.2'],
  ],
  [
    'a disk on an NVMe namespace',
    `<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'><address domain='0x0000' bus='0x04' slot='0x00' function='0x0'/></source></disk>`,
    ['0000:04:00.0'],
  ],
  ['a USB hostdev holds no PCI device', `<hostdev type='usb'>${source("bus='1' device='2'")}</hostdev>`, []],
  ['a bridge interface holds none', "<interface type='bridge'><source bridge='br0'/></interface>", []],
])('%s', (_, inside, expected) => {
  expect(domainFacts(domain(inside), 'running').hostdevs).toEqual(expected)
})

const mark = (xml: string) => domainFacts(domain('', `<metadata>${xml}</metadata>`), 'running').berth

test.each<[string, string, object | null]>([
  [
    'our mark',
    '<berth:vm xmlns:berth="urn:berth:domain:1" cluster="c&amp;1" id="7" epoch="3"/>',
    { cluster: 'c&1', vm: 7, epoch: 3 },
  ],
  [
    'under another prefix, beside the mark of another program',
    "<o:vm xmlns:o='http://opennebula.org/xmlns/libvirt/1.0'/><x:vm xmlns:x='urn:berth:domain:1' cluster='c' id='1' epoch='0'/>",
    { cluster: 'c', vm: 1, epoch: 0 },
  ],
  [
    'as the default namespace',
    "<vm xmlns='urn:berth:domain:1' cluster='c' id='1' epoch='0'/>",
    { cluster: 'c', vm: 1, epoch: 0 },
  ],
  ['without a namespace it is not ours', "<vm cluster='c' id='1' epoch='0'/>", null],
  [
    'in another namespace it is not ours',
    "<berth:vm xmlns:berth='urn:other' cluster='c' id='1' epoch='0'/>",
    null,
  ],
  [
    'with a number that we never write it is not ours',
    "<b:vm xmlns:b='urn:berth:domain:1' cluster='c' id='-1' epoch='0'/>",
    null,
  ],
  ['without an epoch it is not ours', "<b:vm xmlns:b='urn:berth:domain:1' cluster='c' id='1'/>", null],
])('%s', (_, xml, expected) => {
  expect(mark(xml)).toEqual(expected)
})

test.each([
  ['nothing', ''],
  ['a message', 'error: failed to get domain'],
  ['half a document', "<domain type='kvm'><name>a</name>"],
  ['another document', '<network><name>a</name></network>'],
  ['a domain without a name', '<domain/>'],
  ['a held device without an address', domain("<hostdev type='pci'><source/></hostdev>")],
  [
    'a held device at no possible address',
    domain(`<hostdev type='pci'>${source("bus='0x100' slot='0'")}</hostdev>`),
  ],
])('%s is a corrupt report', (_, xml) => {
  expect(() => domainFacts(xml, 'running')).toThrow(
    expect.objectContaining({ code: 'domain-xml-unreadable' }),
  )
})
