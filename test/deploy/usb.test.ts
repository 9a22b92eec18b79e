/** USB devices of a deploy: found again, refused where they are not there or not free, told to libvirt by their present numbers. */
import { expect, test } from 'vitest'
import { domainFacts } from '../../src/libvirt/domain-facts.ts'
import { domainXml } from '../../src/libvirt/domain-xml.ts'
import { hexId } from '../../src/model/ids.ts'
import type { AttachOrder, DetachOrder, PromisedUsbDevice } from '../../src/model/order.ts'
import type { ReportedUsbDevice } from '../../src/model/usb-device.ts'
import { type MemoryDevice, type MemoryHost, memoryHost } from '../support/memory-host.ts'
import { deployOrder, promised, releaseOrder, reported } from '../support/orders.ts'
import { CONTROLLER, promisedUsb, usb } from '../support/usb.ts'
import { Crash, run, runThrough } from './world.ts'

const TABLET = promisedUsb('1-2', { serial: '42', identity: 'serial:0627:0001:42' })
const KEYBOARD = promisedUsb('1-3', { request: 1 })
const ORDER = deployOrder({ devices: [], usb: [TABLET, KEYBOARD] })

const there = ({ port, serial, identity }: PromisedUsbDevice, facts: Partial<ReportedUsbDevice> = {}) =>
  usb(port, { serial, identity, ...facts })

function world(devices: readonly ReportedUsbDevice[] = [there(TABLET), there(KEYBOARD)]): MemoryHost {
  const host = memoryHost([])
  host.usb = devices
  return host
}

const given = (host: MemoryHost) =>
  [...host.domains.values()].flatMap(({ usbHostdevs = [] }) =>
    usbHostdevs.map(({ bus, device }) => `${bus}:${device}`),
  )

const foreign = (bus: number, device: number) => ({
  ...{ name: 'desktop', uuid: 'd', state: 'running', hostdevs: [], berth: null },
  usbHostdevs: [{ bus, device }],
})

test('the domain gets them, and gives them back with its end', async () => {
  const host = world()
  expect(await run(host, ORDER)).toMatchObject({ kind: 'running' })
  expect(given(host)).toEqual(['1:3', '1:4'])
  expect(await run(host, releaseOrder({ devices: [], usb: [TABLET, KEYBOARD] }))).toMatchObject({
    kind: 'released',
  })
  expect(host.domains.size).toBe(0)
})

test.each([
  [
    'at another port under another number',
    [there(TABLET, { port: '2-4', bus: 2, device: 17 }), there(KEYBOARD)],
    ['2:17', '1:4'],
  ],
  [
    'in the same port under another number',
    [there(TABLET), there(KEYBOARD, { device: 17 })],
    ['1:3', '1:17'],
  ],
  [
    'whose serial another one has by now',
    [
      there(TABLET, { identity: 'port:x' }),
      usb('1-5', { serial: '42', identity: 'port:y' }),
      there(KEYBOARD),
    ],
    ['1:3', '1:4'],
  ],
])('one %s is the one that was promised', async (_, devices, numbers) => {
  const host = world(devices)
  expect(await run(host, ORDER)).toMatchObject({ kind: 'running' })
  expect(given(host)).toEqual(numbers)
})

test.each<[string, string, (host: MemoryHost) => unknown]>([
  ['is gone', 'usb-missing', (host) => (host.usb = [there(TABLET)])],
  ['cannot be known: the probe tells nothing of USB', 'usb-missing', (host) => (host.usb = undefined)],
  [
    'is another device in the same port',
    'usb-changed',
    (host) => (host.usb = [there(TABLET), there(KEYBOARD, { productId: hexId(2) })]),
  ],
  [
    'has another serial number',
    'usb-missing',
    (host) => (host.usb = [usb('1-9', { serial: '43', identity: 'serial:0627:0001:43' }), there(KEYBOARD)]),
  ],
  [
    'is in use by the host',
    'in-use-by-host',
    (host) =>
      (host.usb = [
        there(TABLET),
        there(KEYBOARD, { inUse: [{ reason: 'mount', detail: 'sda is mounted' }] }),
      ]),
  ],
  ['is held by a running domain', 'device-in-domain', (host) => host.domains.set('d', foreign(1, 4))],
])('nothing is made where one %s', async (_, code, spoil) => {
  const host = world()
  spoil(host)
  expect(await run(host, ORDER)).toMatchObject({ kind: 'deploy-failed', code })
  expect(host.created).toEqual([])
})

test('a domain that ends up with other USB devices is ended again', async () => {
  const host = world()
  host.alterUsb = () => [{ bus: 1, device: 3 }]
  expect(await run(host, ORDER)).toMatchObject({ kind: 'deploy-failed', code: 'hostdevs-differ' })
  expect(host.domains.size).toBe(0)
})

test('a controller is not passed while a running domain has a device below it', async () => {
  const xhci = promised(CONTROLLER, { classId: hexId(0x0c03), iommuGroup: 7 })
  const device: MemoryDevice = {
    facts: reported(xhci),
    driver: 'xhci_hcd',
    override: null,
    natural: 'xhci_hcd',
  }
  const host = memoryHost([device])
  host.usb = [there(KEYBOARD)]
  host.domains.set('d', foreign(1, 4))
  expect(await run(host, deployOrder({ devices: [xhci] }))).toMatchObject({
    kind: 'deploy-failed',
    code: 'usb-in-use',
  })
  const bind = {
    id: 5,
    host: 0,
    cluster: 'c1',
    bootId: 'boot-1',
    kind: 'bind',
    devices: [xhci],
    to: { kind: 'named', driver: 'vfio-pci' },
  } as const
  expect(await run(host, bind)).toMatchObject({ kind: 'bind-failed', code: 'usb-in-use' })
  expect(host.devices.get(CONTROLLER)?.driver).toBe('xhci_hcd')
})

test('killed at any point, and plugged in anew meanwhile, it runs in the end with what it was created with', async () => {
  for (let call = 1; call < 20; call++)
    for (const when of ['before', 'after'] as const) {
      const host = world()
      try {
        await run(host, ORDER, { call, when })
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
      const created = given(host)
      host.usb = [there(TABLET, { device: 33 }), there(KEYBOARD)]
      expect(await runThrough(host, ORDER, [])).toMatchObject({ kind: 'running' })
      expect(given(host)).toEqual(created.length > 0 ? created : ['1:33', '1:4'])
    }
})

test('the XML names ids and numbers, brings one xHCI controller, and is read back', () => {
  const xml = domainXml({ ...ORDER, usb: [{ ...TABLET, bus: 2, device: 17 }] })
  expect(xml).toContain('<controller type="usb" index="0" model="qemu-xhci" ports="15"/>')
  expect(xml.replace(/\s+/g, ' ')).toContain(
    '<hostdev mode="subsystem" type="usb" managed="yes"> <source> <vendor id="0x0627"/> <product id="0x0001"/> <address bus="2" device="17"/> </source> </hostdev>',
  )
  expect(xml).toContain('<memballoon model="virtio"/>')
  expect(domainFacts(xml, 'running')).toMatchObject({ hostdevs: [], usbHostdevs: [{ bus: 2, device: 17 }] })
  expect(domainXml(deployOrder({ devices: [] }))).not.toContain('usb')
})

test.each([
  ['hexadecimal numbers', '<address bus="0x01" device="0x0a"/>', [{ bus: 1, device: 10 }]],
  ['an optional device that was not there', '<vendor id="0x1"/><product id="0x2"/>', undefined],
])('domain facts: %s', (_, source, usbHostdevs) => {
  const hostdev = `<hostdev mode="subsystem" type="usb"><source>${source}</source></hostdev>`
  const xml = `<domain><name>d</name><devices>${hostdev}</devices></domain>`
  expect(domainFacts(xml, 'running').usbHostdevs).toEqual(usbHostdevs)
})

test('RAW does not reach USB devices past the claims', () => {
  const raw =
    '<qemu:commandline><qemu:arg value="-device"/><qemu:arg value="usb-host,hostbus=1"/></qemu:commandline>'
  const { definition } = ORDER
  expect(() => domainXml({ ...ORDER, definition: { ...definition, raw } })).toThrow('no claim protects')
})

const { vm, host: hostId, epoch, cluster, bootId } = deployOrder({})
const about = { vm, host: hostId, epoch, cluster, bootId, devices: [] }
const MOUSE = promisedUsb('1-5', { request: 2 })
const ATTACH: AttachOrder = { kind: 'attach', id: 60, ...about, usb: [MOUSE], holds: [] }
const DETACH: DetachOrder = { kind: 'detach', id: 61, ...about, usb: [MOUSE] }
const all = [there(TABLET), there(KEYBOARD), there(MOUSE)]

async function running(devices: readonly ReportedUsbDevice[] = all): Promise<MemoryHost> {
  const host = world(devices)
  expect(await run(host, ORDER)).toMatchObject({ kind: 'running' })
  return host
}

test('plugged into a running domain, by its number of the moment, and out again', async () => {
  const host = await running([there(TABLET), there(KEYBOARD), there(MOUSE, { device: 17 })])
  expect(await run(host, ATTACH)).toMatchObject({ kind: 'attached' })
  expect(given(host)).toEqual(['1:3', '1:4', '1:17'])
  expect(await run(host, { ...DETACH, usb: [{ ...MOUSE, device: 17 }] })).toMatchObject({ kind: 'detached' })
  expect(given(host)).toEqual(['1:3', '1:4'])
})

test.each<[string, string, (host: MemoryHost) => unknown]>([
  ['is gone', 'usb-missing', (host) => (host.usb = [there(TABLET), there(KEYBOARD)])],
  ['another domain has', 'device-in-domain', (host) => host.domains.set('d', foreign(1, 6))],
  ['libvirt refuses', 'virsh-failed', (host) => host.broken.add('attach')],
])('one that %s is not attached, and the rest stays', async (_, code, change) => {
  const host = await running()
  change(host)
  expect(await run(host, ATTACH)).toMatchObject({ kind: 'attach-failed', code })
  const [domain] = [...host.domains.values()].filter(({ berth }) => berth !== null)
  expect(domain?.usbHostdevs).toEqual([
    { bus: 1, device: 3 },
    { bus: 1, device: 4 },
  ])
})

test('killed at any call of attach and of detach, both end where they should', async () => {
  for (let call = 1; call <= 8; call++)
    for (const when of ['before', 'after'] as const) {
      const host = await running()
      await runThrough(host, ATTACH, [{ call, when }])
      expect([call, when, given(host)]).toEqual([call, when, ['1:3', '1:4', '1:6']])
      await runThrough(host, DETACH, [{ call, when }])
      expect([call, when, given(host)]).toEqual([call, when, ['1:3', '1:4']])
    }
})
