/** `usb` in cluster files: what it may say, what a plan of it prints. */
import { expect, test } from 'vitest'
import { runPlan } from '../../src/cluster-file/command.ts'
import { planDocument } from '../../src/cluster-file/plan.ts'
import { InvalidInput } from '../../src/model/errors.ts'

const XHCI = { address: '0000:07:00.0', vendor: '1b36', device: '000d', class: '0c03' }
const KEYBOARD = { bus: 1, device: 4, port: '1-3', vendor: '627', product: '0x1', controller: '07:00.0' }

const file = (usb: readonly object[], ...templates: readonly string[]) =>
  JSON.stringify({
    hosts: [{ id: 0, devices: [XHCI], usb }],
    vms: templates.map((template, index) => ({ id: index + 1, template })),
  })

const IDS = 'USB = [ VENDOR = "0627", PRODUCT = "0001" ]'
const CONTROLLER = 'PCI = [ CLASS = "0c03" ]'

test('a placement names the devices by request, numbers and port, and only where they were asked for', () => {
  expect(planDocument(file([KEYBOARD], IDS, 'CPU = 1')).placements).toEqual([
    { vm: 1, host: 0, devices: [], usb: [{ request: 0, bus: 1, device: 4, port: '1-3' }] },
    { vm: 2, host: 0, devices: [] },
  ])
})

test.each<[string, object, string, string]>([
  ['claimed', { claimedBy: 9 }, IDS, 'usb-not-free'],
  ['in use by the host', { inUseByHost: true }, IDS, 'usb-not-free'],
  ['a hub', { hub: true }, IDS, 'usb-not-free'],
  ['a root hub by its port', { port: 'usb1' }, IDS, 'usb-not-free'],
  ['of other ids', { product: '2' }, IDS, 'no-such-usb-device'],
  ['claimed: its controller', { claimedBy: 9 }, CONTROLLER, 'usb-in-use'],
  ['in use by the host: its controller', { inUseByHost: true }, CONTROLLER, 'in-use-by-host'],
])('refused where it is %s', (_, facts, template, code) => {
  expect(planDocument(file([{ ...KEYBOARD, ...facts }], template)).rejections).toMatchObject([
    { reasons: [{ code }] },
  ])
})

test('in words', async () => {
  let stdout = ''
  const io = {
    readFile: async () => file([KEYBOARD], IDS, IDS),
    stdout: (text: string) => {
      stdout += text
    },
    stderr: () => {},
  }
  expect(await runPlan(['x'], io)).toBe(0)
  expect(stdout).toContain('VM 1: host 0: 001:004 at 1-3 (USB 0)\n')
  expect(stdout).toContain('held by VM 1 [usb-not-free]')
})

test.each([
  ['no port', { ...KEYBOARD, port: undefined }, '/hosts/0/usb/0/port'],
  ['a port that is none', { ...KEYBOARD, port: '1' }, '/hosts/0/usb/0/port'],
  ['an id that is none', { ...KEYBOARD, vendor: 'x' }, '/hosts/0/usb/0/vendor'],
  ['a controller that is none', { ...KEYBOARD, controller: 'x' }, '/hosts/0/usb/0/controller'],
  ['number 0', { ...KEYBOARD, device: 0 }, '/hosts/0/usb/0/device'],
])('refused: %s', (_, device, pointer) => {
  expect(() => planDocument(file([device]))).toThrow(InvalidInput)
  expect(() => planDocument(file([device]))).toThrow(pointer)
})

test.each([
  ['port', { ...KEYBOARD, device: 5 }, '/hosts/0/usb/1/port'],
  ['numbers', { ...KEYBOARD, port: '1-4' }, '/hosts/0/usb/1/device'],
])('refused: one %s twice', (_, second, pointer) => {
  expect(() => planDocument(file([KEYBOARD, second]))).toThrow(pointer)
})
