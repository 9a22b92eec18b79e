/** Node device XML as real hosts print it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeDevice } from '../../src/libvirt/nodedev.ts'

const shared = resolve(import.meta.dirname, '../../../shared')
const captures = resolve(shared, 'lab/captures')
const schemas = resolve(shared, 'data/libvirt/nodedevschemadata')

const VF = `<device><name>pci_0000_03_10_0</name><driver><name>igbvf</name></driver><capability type='pci'>
  <class>0x020000</class><domain>0</domain><bus>3</bus><slot>16</slot><function>0</function>
  <capability type='phys_function'><address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></capability>
  <iommuGroup number='29'><address domain='0x0000' bus='0x03' slot='0x10' function='0x0'/></iommuGroup>
  <numa node='1'/><pci-express/></capability></device>`

test('a VF: its PF, driver, group, node', () => {
  expect(nodeDevice(VF)).toEqual({
    name: 'pci_0000_03_10_0',
    address: '0000:03:10.0',
    classCode: '020000',
    driver: 'igbvf',
    capabilities: ['phys_function'],
    physicalFunction: '0000:03:00.0',
    virtualFunctions: [],
    iommuGroup: { number: 29, members: ['0000:03:10.0'] },
    numaNode: 1,
    pcie: true,
  })
})

test('a device of another bus is null', () => {
  expect(nodeDevice("<device><name>usb</name><capability type='usb'/></device>")).toBeNull()
})

test('something else is a corrupt report', () => {
  expect(() => nodeDevice('error: no node device')).toThrow(
    expect.objectContaining({ code: 'nodedev-unreadable' }),
  )
})

describe.skipIf(!existsSync(captures))(
  'the captures of a real libvirt (skipped without ../shared/lab)',
  () => {
    const read = (name: string) =>
      nodeDevice(readFileSync(resolve(captures, `nodedev-pci_${name}.xml`), 'utf8'))

    test('a PF lists its VFs', () => {
      expect(read('0000_03_00_0')).toMatchObject({
        driver: 'igb',
        virtualFunctions: ['0000:03:10.0', '0000:03:10.2', '0000:03:10.4'],
        iommuGroup: { number: 21 },
      })
    })

    test('a bridge shares its group with what is behind it', () => {
      const bridge = read('0000_0a_00_0')
      expect(bridge).toMatchObject({ driver: null, capabilities: ['pci-bridge'] })
      expect(bridge?.iommuGroup?.members).toContain('0000:0b:01.0')
    })
  },
)

/** A device whose bus is -1, printed as if it had no sign. */
const NO_ADDRESS = 'pci_0000_00_02_0_header_type.xml'

describe.skipIf(!existsSync(schemas))("libvirt's own documents (skipped without ../shared/data)", () => {
  test('every PCI device is read, its address as its name says', () => {
    const devices = readdirSync(schemas)
      .filter((name) => name.startsWith('pci_') && name.endsWith('.xml') && name !== NO_ADDRESS)
      .map((name) => nodeDevice(readFileSync(resolve(schemas, name), 'utf8')))
      .filter((device) => device !== null)
    expect(devices.length).toBeGreaterThan(3)
    for (const { name, address } of devices)
      if (/^pci_[0-9a-f]{4}_[0-9a-f]{2}_/.test(name))
        expect(name.replace('pci_', '')).toBe(address.replace(/[:.]/g, '_'))
  })

  test('a bus that cannot be is refused', () => {
    const xml = readFileSync(resolve(schemas, NO_ADDRESS), 'utf8')
    expect(() => nodeDevice(xml)).toThrow(expect.objectContaining({ code: 'nodedev-unreadable' }))
  })
})
