/** USB devices of a report against what is known: the same device under another number, another one in its port. */
import { expect, test } from 'vitest'
import type { StoredUsbDevice } from '../../src/database/usb-devices.ts'
import { reconcileUsb } from '../../src/inventory/reconcile-usb.ts'
import type { ReportedUsbDevice } from '../../src/model/usb-device.ts'
import { CONTROLLER, usb } from '../support/usb.ts'

const known = (device: ReportedUsbDevice, facts: Partial<StoredUsbDevice> = {}): StoredUsbDevice => ({
  ...device,
  ...{ host: 1, key: device.identity, present: true, swapped: null, firstSeen: 1, lastSeen: 1 },
  ...facts,
})
const serial = (port: string, text = 'A', facts: Partial<ReportedUsbDevice> = {}) =>
  usb(port, { serial: text, identity: `serial:0627:0001:${text}`, ...facts })

const reconcile = (before: StoredUsbDevice[], reported: ReportedUsbDevice[], claimed: string[] = []) =>
  reconcileUsb({ host: 1, reported, known: before, claimed: new Set(claimed), now: 9 })
const nothing = { insert: [], update: [], remove: [], relevant: false }

test('new, unchanged, gone', () => {
  expect(reconcile([], [usb('1-2')])).toMatchObject({
    insert: [{ key: usb('1-2').identity, firstSeen: 9 }],
    relevant: true,
  })
  expect(reconcile([known(usb('1-2'))], [usb('1-2')])).toEqual(nothing)
  expect(reconcile([known(usb('1-2'))], [])).toEqual({
    ...nothing,
    remove: [usb('1-2').identity],
    relevant: true,
  })
})

test('another driver or name matters to no plan; being used does', () => {
  expect(reconcile([known(usb('1-2'))], [usb('1-2', { drivers: [] })])).toMatchObject({
    update: [{ drivers: [] }],
    relevant: false,
  })
  const inUse = [{ reason: 'mount', detail: '/x' }] as const
  expect(reconcile([known(usb('1-2'))], [usb('1-2', { inUse })])).toMatchObject({
    update: [{ inUse }],
    relevant: true,
  })
})

test.each([
  ['in its port, without a serial', usb('1-2'), usb('1-2', { device: 17 })],
  ['elsewhere, with one', serial('1-2'), serial('2-4', 'A', { device: 17 })],
])('plugged in anew %s, it is the same row with another number', (_, before, after) => {
  expect(reconcile([known(before)], [after], [before.identity])).toMatchObject({
    insert: [],
    remove: [],
    update: [{ key: before.identity, device: 17, port: after.port, firstSeen: 1 }],
    relevant: true,
  })
})

test('a second one with its serial comes and goes: both keep their rows', () => {
  const place = (port: string) => `port:${CONTROLLER}/${port}`
  const [first, second] = [serial('1-2'), serial('1-3')]
  const shared = [
    serial('1-2', 'A', { identity: place('1-2') }),
    serial('1-3', 'A', { identity: place('1-3') }),
  ]
  const came = reconcile([known(first)], shared, [first.identity])
  expect(came).toMatchObject({
    insert: [{ key: place('1-3') }],
    update: [{ key: first.identity, port: '1-2' }],
    remove: [],
  })
  const rows = [...came.insert, ...came.update]
  // The first is pulled: the second now has the serial alone, which is the first one's key.
  expect(reconcile(rows, [second], [first.identity])).toMatchObject({
    insert: [],
    remove: [],
    update: [
      { key: place('1-3'), port: '1-3', present: true },
      { key: first.identity, present: false },
    ],
  })
})

test('pulled while a VM holds it, it stays as missing, and is itself again when it comes back', () => {
  const device = usb('1-2')
  const gone = reconcile([known(device)], [], [device.identity])
  expect(gone).toMatchObject({ update: [{ present: false, lastSeen: 9 }], remove: [], relevant: true })
  expect(reconcile([...gone.update], [], [device.identity])).toEqual(nothing)
  expect(reconcile([...gone.update], [usb('1-2', { device: 8 })], [device.identity])).toMatchObject({
    update: [{ present: true, device: 8 }],
    relevant: true,
  })
})

test('another device in the port of a claimed one is a swap: the row stays that of the claimed one, and says so', () => {
  const device = usb('1-2')
  const other = usb('1-2', { ids: '46f4:0001', device: 9 })
  const swapped = reconcile([known(device)], [other], [device.identity])
  expect(swapped).toMatchObject({
    insert: [],
    update: [{ vendorId: '0627', swapped: 'was 0627:0001 (serial none), is 46f4:0001 (serial none)' }],
    relevant: true,
  })
  expect(reconcile([...swapped.update], [other], [device.identity])).toEqual(nothing)
  // Back again, or given up: then the port is what is in it.
  expect(reconcile([...swapped.update], [device], [device.identity])).toMatchObject({
    update: [{ swapped: null }],
    relevant: true,
  })
  expect(reconcile([...swapped.update], [other])).toMatchObject({
    update: [{ vendorId: '46f4', swapped: null, firstSeen: 9 }],
  })
})

test('another serial in the port is another device; one that could not be read is not', () => {
  const device = usb('1-2', { serial: 'A' })
  expect(
    reconcile([known(device)], [usb('1-2', { serial: 'B' })], [device.identity]).update[0]?.swapped,
  ).toContain('serial B')
  expect(reconcile([known(device)], [usb('1-2', { serial: null })], [device.identity])).toMatchObject({
    update: [{ swapped: null }],
  })
})
