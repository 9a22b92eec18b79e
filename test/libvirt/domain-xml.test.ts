/** The domain XML of an order: golden documents, and values that try to be more than data. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { domainFacts } from '../../src/libvirt/domain-facts.ts'
import { domainUuid } from '../../src/libvirt/domain-name.ts'
import { domainXml } from '../../src/libvirt/domain-xml.ts'
import type { ChosenFirmware } from '../../src/libvirt/host-firmware.ts'
import { everyElement, parseXml, textOf } from '../../src/libvirt/xml.ts'
import { InvalidInput } from '../../src/model/errors.ts'
import type { DeployOrder } from '../../src/model/order.ts'
import type { Disk } from '../../src/model/vm.ts'
import { definition, deployOrder, promised } from '../support/orders.ts'

const disk = (change: Partial<Disk>): Disk => ({
  source: '/var/lib/berth/train.qcow2',
  block: false,
  format: 'qcow2',
  target: 'vda',
  cdrom: false,
  readonly: false,
  ...change,
})

const everything = definition({
  disks: [
    disk({}),
    disk({ source: '/dev/vg0/data', block: true, format: 'raw', target: 'sda' }),
    disk({ source: null, format: 'raw', target: 'hda', cdrom: true }),
  ],
  nics: [
    { bridge: 'br0', network: null, model: 'virtio', mac: '52:54:00:00:00:01' },
    { bridge: null, network: 'default', model: 'e1000e', mac: null },
  ],
  graphics: { type: 'vnc', listen: '127.0.0.1', port: null, password: 'se"cret' },
  cpuModel: 'host-passthrough',
})

const nvram = '/var/lib/libvirt/qemu/nvram/berth-7-ca8e4624-28c7-8e7e-85bc-3f385e214643_VARS'
const uefi: ChosenFirmware = {
  code: { path: '/usr/share/OVMF/OVMF_CODE_4M.fd', format: 'raw' },
  template: { path: '/usr/share/OVMF/OVMF_VARS_4M.fd', format: 'raw' },
  nvram: `${nvram}.fd`,
  smm: false,
}
const secure: ChosenFirmware = {
  code: { path: '/usr/share/edk2/ovmf/OVMF_CODE_4M.secboot.qcow2', format: 'qcow2' },
  template: { path: '/usr/share/edk2/ovmf/OVMF_VARS_4M.secboot.qcow2', format: 'qcow2' },
  nvram: `${nvram}.qcow2`,
  smm: true,
}

test.each<[string, string, Partial<DeployOrder>, ChosenFirmware?]>([
  ['one GPU on q35', 'q35-gpu', {}],
  ['a GPU on q35 with UEFI', 'q35-uefi', { definition: definition({ disks: [disk({})] }) }, uefi],
  ['with Secure Boot: system management mode, and images in qcow2', 'q35-uefi-secure', {}, secure],
  [
    'every part of a definition, no passed device, and a held mate that does not appear',
    'q35-everything',
    { definition: everything, devices: [promised('08:00.1', { role: 'held' })] },
  ],
  [
    'conventional devices share a pcie-to-pci-bridge on a root port of its own',
    'q35-conventional',
    {
      devices: [
        promised('0b:01.0', { pcie: false }),
        promised('0b:02.0', { pcie: false }),
        promised('01:00.0'),
      ],
    },
  ],
  [
    'a pc machine in emulation has no root ports',
    'pc-emulated',
    {
      hypervisor: 'qemu',
      definition: definition({ machine: 'pc', cpuModel: 'Nehalem', disks: [disk({ target: 'hda' })] }),
    },
  ],
  [
    'VFs on the network are interfaces, with the MAC and VLAN that were asked for',
    'q35-vf-network',
    {
      devices: [
        promised('3b:01.0', { network: { mac: '02:00:0a:00:00:01', vlan: 42 } }),
        promised('3b:01.1', { network: { mac: null, vlan: 0 } }),
      ],
    },
  ],
  [
    'RAW adds devices, replaces what is set, and brings sections of its own',
    'q35-raw',
    {
      definition: definition({
        raw: `<devices><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices>
          <features><kvm><hidden state='on'/></kvm><acpi/></features><os><boot dev='network'/></os>
          <qemu:commandline><qemu:arg value='-name'/><qemu:arg value='a&amp;b&#x21;'/></qemu:commandline>`,
      }),
    },
  ],
])('%s', async (_, golden, change, firmware) => {
  await expect(domainXml(deployOrder(change), firmware)).toMatchFileSnapshot(`golden/${golden}.xml`)
})

test('what was asked for is what running domains are read to hold', () => {
  const network = { mac: '02:00:0a:00:00:01', vlan: 42 }
  const order = deployOrder({
    devices: [
      promised('0001:3b:1f.7'),
      promised('3c:00.1', { role: 'held' }),
      promised('3b:01.0', { network }),
    ],
  })
  const facts = domainFacts(domainXml(order), 'running')
  expect(facts).toEqual({
    name: 'berth-7',
    uuid: domainUuid(order),
    state: 'running',
    hostdevs: ['0001:3b:1f.7', '0000:3b:01.0'],
    berth: { cluster: 'c1', vm: 7, epoch: 3 },
  })
})

test('the uuid is a uuid, and another for another VM or database', () => {
  const uuids = [
    ['c1', 7],
    ['c1', 8],
    ['c2', 7],
  ].map(([cluster, vm]) => domainUuid({ cluster: String(cluster), vm: Number(vm) }))
  for (const uuid of uuids)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(uuids).size).toBe(3)
})

const HOSTILE = `x' "/><hostdev mode='subsystem'/> ]]> &amp; <!-- & --> </domain>`

test('a hostile value stays one value', () => {
  const order = deployOrder({
    cluster: HOSTILE,
    definition: definition({
      name: HOSTILE,
      disks: [disk({ source: `/${HOSTILE}` })],
      nics: [{ bridge: HOSTILE, network: null, model: HOSTILE, mac: null }],
      graphics: { type: 'vnc', listen: HOSTILE, port: 5901, password: HOSTILE },
      cpuModel: HOSTILE,
    }),
  })
  const root = parseXml(domainXml(order))
  const nodes = [...everyElement(root)]
  expect(nodes.filter((node) => node.name === 'hostdev')).toHaveLength(1)
  expect(textOf(nodes.find((node) => node.name === 'title'))).toBe(HOSTILE)
  expect(
    nodes.flatMap((node) => Object.values(node.attributes)).filter((value) => value.includes(HOSTILE)),
  ).toHaveLength(6)
})

test('any text survives as a title, or is refused because XML cannot carry it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      let xml: string
      try {
        xml = domainXml(deployOrder({ definition: definition({ name }) }))
      } catch (error) {
        expect(error).toMatchObject({ code: 'not-xml' })
        return
      }
      const title = [...everyElement(parseXml(xml))].find((node) => node.name === 'title')
      expect(textOf(title)).toBe(name.trim())
    }),
  )
})

test.each<[string, string, Partial<DeployOrder>]>([
  ['a control character in a name', 'not-xml', { definition: definition({ name: 'a\u0007b' }) }],
  ['a carriage return in a name', 'not-xml', { definition: definition({ name: 'a\rb' }) }],
  ['a line end in a name', 'not-xml', { definition: definition({ name: 'a\nb' }) }],
  ['a line end in a path', 'not-xml', { definition: definition({ disks: [disk({ source: '/a\nb' })] }) }],
  [
    'an unknown disk target',
    'unknown-disk-target',
    { definition: definition({ disks: [disk({ target: 'xyz' })] }) },
  ],
  [
    'a NIC on nothing',
    'nic-without-source',
    { definition: definition({ nics: [{ bridge: null, network: null, model: 'virtio', mac: null }] }) },
  ],
  ['a PCI domain that libvirt cannot name', 'pci-domain-too-large', { devices: [promised('10000:01:00.0')] }],
])('%s is refused', (_, code, change) => {
  expect(() => domainXml(deployOrder(change))).toThrow(expect.objectContaining({ code }))
})

test('what Berth binds itself is an unmanaged hostdev', () => {
  const xml = domainXml(deployOrder({ devices: [promised('01:00.0', { managed: false })] }))
  expect(xml).toContain('<hostdev mode="subsystem" type="pci" managed="no">')
})

test('RAW may have the line ends of Windows', () => {
  const raw = '<description>\r\none\r\ntwo\r\n</description>'
  expect(domainXml(deployOrder({ definition: definition({ raw }) }))).toContain('one\ntwo')
})

test.each([
  ['an unclosed element', '<devices><rng></devices>'],
  ['text that closes the wrapper', '</raw><raw>'],
  ['an unclosed comment', '<!--'],
  ['a comment around the wrapper', '</raw><!--'],
  ['a document type', '<!DOCTYPE x [<!ENTITY y "z">]>'],
  ['an unknown reference', "<description a='&nosuch;'/>"],
  ['a reserved JavaScript name', '<__proto__/>'],
  ['a hostdev', "<devices><hostdev mode='subsystem' type='pci'/></devices>"],
  ['a hostdev under a prefix', "<devices><x:hostdev xmlns:x='u'/></devices>"],
  ['a hostdev interface', "<devices><interface type='hostdev'/></devices>"],
  ['an NVMe disk by PCI address', "<devices><disk type='nvme'/></devices>"],
  [
    "QEMU's own device argument",
    "<qemu:commandline><qemu:arg value='vfio-pci,host=01:00.0'/></qemu:commandline>",
  ],
  [
    'the same with escapes',
    '<qemu:commandline><qemu:arg value=\'{"driver":"\\u0076fio-pci"}\'/></qemu:commandline>',
  ],
  ['a name', '<name>other</name>'],
  ['a uuid', '<uuid>00000000-0000-0000-0000-000000000000</uuid>'],
  ['metadata', '<metadata/>'],
  ['memory that was not counted', '<memory>1</memory>'],
  ['an end that would not be noticed', '<on_poweroff>restart</on_poweroff>'],
])('RAW with %s is refused', (_, raw) => {
  const order = deployOrder({ definition: definition({ raw }) })
  expect(() => domainXml(order)).toThrow(InvalidInput)
  expect(() => domainXml(order)).toThrow(expect.objectContaining({ code: 'raw-refused' }))
})
