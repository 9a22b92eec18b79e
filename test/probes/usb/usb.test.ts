/** The USB probe on small trees: what it tells, what it leaves out, and what the host uses. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runProbe } from '../../../probes/command.ts'
import { probeHost } from '../../../probes/report.ts'
import { hostEvidence } from '../../../probes/usage/usage.ts'
import { usbNames } from '../../../probes/usb/names.ts'
import { probeUsb } from '../../../probes/usb/probe.ts'
import { reportFromJson } from '../../../src/inventory/document.ts'
import { hostReportToDocument } from '../../../src/model/host-report-document.ts'
import { USB_INVENTORY_JSON_SCHEMA } from '../../../src/model/schemas/usb-inventory.ts'
import { compareUsbPorts, type ReportedUsbDevice } from '../../../src/model/usb-device.ts'
import { report } from '../../support/reports.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'
import { usb } from '../../support/usb.ts'
import { plugIn, plugInZoo } from '../../support/usb-tree.ts'

let tree: Tree
beforeEach(() => {
  tree = createTree()
})
afterEach(() => tree.remove())

const probed = (warned: string[] = []): readonly ReportedUsbDevice[] =>
  probeUsb(
    tree.sysfs,
    hostEvidence(tree.sysfs, tree.proc, () => []),
    (message) => warned.push(message),
  )
const at = (port: string) => probed().find((device) => device.port === port)

/** A disk of the stick, mounted. */
function mountStick(controller: string): void {
  const disk = `${controller}/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sda`
  tree.write(`sys/${disk}/dev`, '8:0\n')
  tree.write('sys/dev/block/8:0', { link: `../../${disk}` })
  tree.write('sys/class/block/sda', { link: `../../${disk}` })
  tree.write('proc/self/mountinfo', '30 22 8:0 / /mnt/stick rw shared:1 - ext4 /dev/sda rw\n')
}

describe('what there is', () => {
  test('each device with its numbers, port, ids, strings, speed, drivers and controller', () => {
    plugInZoo(tree)
    expect(probed().map(({ port }) => port)).toEqual(['usb1', '1-2', '1-3', '1-4', 'usb2', '2-1'])
    expect(at('1-2')).toEqual({
      ...{ bus: 1, device: 2, port: '1-2', vendorId: '0627', productId: '0001', release: '0000' },
      ...{ deviceClass: '00', interfaceClasses: ['03'], serial: '42', speed: 480, drivers: ['usbhid'] },
      ...{ manufacturerString: 'QEMU', productString: 'QEMU USB Tablet' },
      ...{ vendorName: 'QEMU', productName: 'QEMU USB Tablet', hub: false, controller: '0000:07:00.0' },
      ...{ identity: 'serial:0627:0001:42', inUse: [] },
    })
    expect(at('usb2')).toMatchObject({ hub: true, speed: 5000, drivers: ['hub'] })
  })

  test('none where the kernel has no USB', () => {
    expect(probed()).toEqual([])
  })

  test.each(['busnum', 'devnum', 'idVendor', 'idProduct'])('one without %s is left out and named', (file) => {
    plugInZoo(tree, { stick: { [file]: null } })
    const warned: string[] = []
    expect(probed(warned).map(({ port }) => port)).not.toContain('2-1')
    expect(warned).toEqual([`USB device 2-1: no readable ${file}; left out`])
  })

  test.each([
    ['speed', { speed: 'unknown\n' }, { speed: null }],
    ['low speed', { speed: '1.5\n' }, { speed: 1.5 }],
    ['serial', { serial: null }, { serial: null }],
    ['class', { bDeviceClass: null }, { deviceClass: '00' }],
    ['release', { bcdDevice: null }, { release: null }],
    ['a string of blanks', { product: '  \n' }, { productString: null }],
    ['a string that steers terminals', { product: 'a\u001b[31mb\n' }, { productString: 'a [31mb' }],
    ['a string in UTF-8', { product: 'Gerät\n' }, { productString: 'Gerät' }],
    ['a hub', { bDeviceClass: '09\n' }, { hub: true }],
  ])('%s', (_, stick, facts) => {
    plugInZoo(tree, { stick })
    expect(at('2-1')).toMatchObject(facts)
  })

  test('interfaces without a driver, and a device pulled while it is looked at', () => {
    const controller = plugInZoo(tree)
    plugIn(tree, controller, '1-5', { interface: { class: 'ff', driver: null } })
    symlinkSync('../../../devices/gone', join(tree.sysfs, 'bus/usb/devices/1-6'))
    const warned: string[] = []
    expect(probed(warned).find(({ port }) => port === '1-5')).toMatchObject({
      drivers: [],
      interfaceClasses: ['ff'],
    })
    expect(warned).toEqual([])
  })

  test('ports are in the order of their numbers', () => {
    const ports = ['1-10', '1-2', 'usb1', '2-1', '1-2.10', '1-2.9', '1-2.9.1']
    const devices = ports.map((port) => usb(port))
    expect(devices.sort(compareUsbPorts).map(({ port }) => port)).toEqual([
      ...['usb1', '1-2', '1-2.9', '1-2.9.1', '1-2.10', '1-10', '2-1'],
    ])
  })

  test('names out of usb.ids only where the device tells none', () => {
    const file = join(tree.root, 'usb.ids')
    writeFileSync(
      file,
      '# usb.ids\n\n0627  Adomax Technology Co., Ltd\n\t0001  QEMU Tablet\n\nC 00  (Defined)\n',
    )
    const name = usbNames([join(tree.root, 'none'), file])
    expect(name({ ...usb('1-2'), productName: null })).toMatchObject({
      vendorName: 'Adomax Technology Co., Ltd',
      productName: 'QEMU Tablet',
    })
    expect(name({ ...usb('1-2'), vendorName: 'Own' })).toMatchObject({
      vendorName: 'Own',
      productName: 'Keyboard',
    })
    expect(usbNames([])({ ...usb('1-2'), productName: null })).toMatchObject({
      vendorName: null,
      productName: null,
    })
  })
})

describe('identity', () => {
  const identities = () => Object.fromEntries(probed().map(({ port, identity }) => [port, identity]))

  test('a serial number that one device has; else the port, its bus counted among those of the controller', () => {
    plugInZoo(tree)
    expect(identities()).toMatchObject({
      '1-2': 'serial:0627:0001:42',
      '1-3': 'port:0000:07:00.0/1-3',
      '2-1': 'serial:46f4:0001:STICK1',
      usb2: 'port:0000:07:00.0/usb2',
    })
  })

  test('the bus numbers of another boot make no difference', () => {
    const controller = tree.pci('0000:07:00.0', {}, 'devices/pci0000:00')
    plugIn(tree, controller, 'usb5')
    plugIn(tree, controller, '5-3.1', { files: { devnum: '9\n' } })
    expect(identities()['5-3.1']).toBe('port:0000:07:00.0/1-3.1')
  })

  test.each([
    ['shared with another', { idVendor: '0627\n', serial: '42\n' }],
    ['all zeros', { serial: '000000\n' }],
  ])('a serial number that is %s tells nothing', (_, stick) => {
    plugInZoo(tree, { stick })
    expect(identities()['2-1']).toBe('port:0000:07:00.0/2-1')
  })

  test('a controller that is no PCI device', () => {
    plugIn(tree, 'devices/platform/vhci_hcd.0', 'usb3')
    plugIn(tree, 'devices/platform/vhci_hcd.0', '3-1')
    expect(at('3-1')).toMatchObject({ controller: null, identity: 'port:none/1-1' })
  })
})

describe('what the host uses', () => {
  test('a stick whose disk is mounted, and the hub above it; not the keyboards', () => {
    mountStick(plugInZoo(tree))
    const use = { reason: 'mount', detail: 'sda is mounted at /mnt/stick' }
    expect(probed().filter(({ inUse }) => inUse.length > 0)).toMatchObject([
      { port: 'usb2', inUse: [use] },
      { port: '2-1', inUse: [use] },
    ])
  })

  test('a network adapter that carries an address', () => {
    const controller = plugInZoo(tree)
    const nic = `${controller}/usb1/1-3/1-3:1.0/net/enx0`
    tree.write(`sys/${nic}/address`, '02:00:00:00:00:01\n')
    tree.write('sys/class/net/enx0', { link: `../../${nic}` })
    tree.write('proc/net/if_inet6', 'fd000000000000000000000000000002 02 40 00 80     enx0\n')
    expect(at('1-3')?.inUse).toMatchObject([{ reason: 'address' }])
    expect(at('1-4')?.inUse).toEqual([])
  })

  test('the report has it, and its controller is in use too', async () => {
    mountStick(plugInZoo(tree))
    mkdirSync(join(tree.sysfs, 'devices/system/cpu'), { recursive: true })
    tree.write('sys/devices/system/cpu/online', '0-1\n')
    tree.write('proc/meminfo', 'MemTotal:  16384 kB\n')
    tree.write('proc/sys/kernel/osrelease', '6.12\n')
    const found = await probeHost({ sysfs: tree.sysfs, proc: tree.proc, filter: null, listDomains: null })
    expect(found.usb?.find(({ port }) => port === '2-1')?.inUse).toHaveLength(1)
    expect(found.usage.find(({ address }) => address === '0000:07:00.0')).toMatchObject({
      reason: 'controller',
    })
  })
})

describe('the command', () => {
  const run = async (...argv: string[]) => {
    let [stdout, stderr] = ['', '']
    const status = await runProbe(['usb', '--sysfs', tree.sysfs, ...argv], {
      stdout: (text) => {
        stdout += text
      },
      stderr: (text) => {
        stderr += text
      },
    })
    return { status, stdout, stderr }
  }

  test('prints a table in lsusb’s manner', async () => {
    mountStick(plugInZoo(tree))
    const { status, stdout } = await run()
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^001:002 {2}1-2 {3}0627:0001 {2}480M +0000:07:00\.0 {2}usbhid +QEMU QEMU USB Tablet$/m,
    )
    expect(stdout).toMatch(/^002:002 {2}2-1 .* sda is mounted at \/mnt\/stick$/m)
  })

  test.each([[['--json']], [['-j']], [['--format', 'json']]])(
    '%j prints a document that fits its schema',
    async (flags) => {
      plugInZoo(tree)
      const { stdout } = await run(...flags)
      const document = JSON.parse(stdout)
      const validate = new Ajv({ strict: false }).compile(USB_INVENTORY_JSON_SCHEMA)
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
      expect(document.devices[1]).toMatchObject({ vendor: '0627', product: '0001', serial: '42' })
    },
  )

  test('an unknown format is wrong usage', async () => {
    expect(await run('--format', 'xml')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('table, json'),
    })
  })

  test('a host without USB prints nothing', async () => {
    rmSync(join(tree.sysfs, 'bus/usb'), { recursive: true, force: true })
    expect(await run()).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})

describe('the report', () => {
  const wire = (devices?: readonly ReportedUsbDevice[]): unknown =>
    JSON.parse(
      JSON.stringify(hostReportToDocument(report([], devices === undefined ? {} : { usb: devices }))),
    )

  test('comes back from its document as it was, with USB devices and, from earlier probes, without', () => {
    expect(reportFromJson(wire([usb('1-2')])).usb).toEqual([usb('1-2')])
    expect(reportFromJson(wire())).not.toHaveProperty('usb')
  })

  test('that names a port twice, or an id that is none, is refused', () => {
    expect(() => reportFromJson(wire([usb('1-2'), usb('1-2')]))).toThrow('/usb/1/port')
    const [device] = (wire([usb('1-2')]) as { usb: Record<string, unknown>[] }).usb
    const bad = { ...(wire([]) as object), usb: [{ ...device, vendor: 'zzzz' }] }
    expect(() => reportFromJson(bad)).toThrow('/usb/0/vendor')
  })
})
