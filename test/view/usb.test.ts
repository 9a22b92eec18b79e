/** USB devices as people see them: state, reason, and the screens of host and VM. */
import { describe, expect, test } from 'vitest'
import type { SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import type { VmState } from '../../src/model/vm.ts'
import { refusalMessage, waitingMessage } from '../../src/view/refusal.ts'
import { type InventoryUsbDevice, usbName, usbViews, vmUsbView } from '../../src/view/usb.ts'
import { berth } from '../cli/berth.ts'
import { hostView, vmSummary, vmView } from '../cli/documents.ts'
import { CONTROLLER, placedUsb, usb } from '../support/usb.ts'
import { inventoryDevice, placedDevice } from './build.ts'

const stored = (port: string, facts: Partial<InventoryUsbDevice> = {}): InventoryUsbDevice => ({
  ...usb(port),
  ...{ key: port, present: true, swapped: null, lastSeen: Date.UTC(2026, 10, 21) },
  ...facts,
})

function view(
  device: InventoryUsbDevice,
  placed: Partial<SnapshotUsbDevice>,
  vmState: VmState | null,
  controllerOf: number | null = null,
) {
  const holder = vmState === null ? [] : [[device.key, { vm: 7, vmName: 'scan', vmState }] as const]
  const controller = placedDevice(inventoryDevice(CONTROLLER), { claimedBy: controllerOf })
  const host = { devices: [controller], usb: [placedUsb(device.port, placed)] }
  return usbViews(host, [device], new Map(holder))[0]
}

describe('state and reason', () => {
  test.each<
    [string, Partial<InventoryUsbDevice>, Partial<SnapshotUsbDevice>, VmState | null, string, string | null]
  >([
    ['nobody’s', {}, {}, null, 'free', null],
    ['promised', {}, { claimedBy: 7 }, 'BOOT', 'claimed', 'promised to VM 7 (scan)'],
    ['in the guest', {}, { claimedBy: 7 }, 'RUNNING', 'attached', 'attached to VM 7 (scan)'],
    [
      'of a silent host',
      {},
      { claimedBy: 7 },
      'UNKNOWN',
      'attached',
      'attached to VM 7 (scan), whose host is silent',
    ],
    ['on its way back', {}, { claimedBy: 7 }, 'SHUTDOWN', 'releasing', 'on its way back from VM 7 (scan)'],
    [
      'pulled',
      { present: false },
      {},
      'RUNNING',
      'missing',
      'not seen since 2026-11-21T00:00:00.000Z; VM 7 (scan) holds it',
    ],
    [
      'swapped',
      { swapped: 'was a, is b' },
      {},
      'RUNNING',
      'missing',
      'another device is there: was a, is b; VM 7 (scan) holds what was',
    ],
    [
      'used',
      { inUse: [{ reason: 'mount', detail: 'sda is mounted at /x' }] },
      { inUseByHost: true },
      null,
      'unassignable',
      'in use by the host: sda is mounted at /x',
    ],
    ['a hub', {}, { hub: true }, null, 'unassignable', 'a hub, never given to a VM'],
  ])('%s', (_, facts, placed, vmState, state, why) => {
    expect(view(stored('1-2', facts), placed, vmState)).toMatchObject({
      state,
      why,
      vm: vmState === null ? null : 7,
    })
  })

  test('below a controller that a VM has', () => {
    expect(view(stored('1-2'), {}, null, 5)).toMatchObject({
      state: 'unassignable',
      why: 'its controller 0000:07:00.0 is with VM 5',
    })
  })

  test('in a VM’s list', () => {
    expect(vmUsbView(1, stored('1-2'), { vm: 7, vmName: 'scan', vmState: 'RUNNING' })).toEqual({
      ...{ request: 1, bus: 1, device: 3, port: '1-2', id: '0627:0001', name: 'Keyboard', state: 'attached' },
    })
    expect(usbName({ vendorName: 'QEMU', productName: 'Tablet' })).toBe('QEMU Tablet')
    expect(usbName({ vendorName: null, productName: null })).toBeNull()
  })
})

describe('refusals in words', () => {
  const short = { request: 0, free: 0, fitting: 2, heldBy: [], example: null }
  test.each([
    [{ code: 'no-such-usb-device', request: 1 } as const, 'USB 1: the host has no such device'],
    [{ code: 'usb-not-free', ...short, heldBy: [3, 5] } as const, 'USB 0: 0 of 2 free; held by VMs 3, 5'],
    [
      { code: 'usb-not-free', ...short, example: { port: '1-4', obstacle: { code: 'swapped' } } } as const,
      'USB 0: 0 of 2 free; 1-4: another device than the one that a VM had there',
    ],
    [
      { code: 'usb-not-free', ...short, free: 1 } as const,
      'USB 0: 1 of 2 free; other USB blocks of the VM need what is free',
    ],
  ])('%j', (refusal, words) => {
    expect(refusalMessage(refusal)).toBe(words)
  })

  test('summed up', () => {
    const refusals = [{ hosts: [1, 2], refusal: { code: 'usb-and-pci' } as const }]
    expect(waitingMessage({ refusals }, 2)).toContain('USB and PCI requests not possible together')
    expect(refusalMessage({ code: 'usb-and-pci' })).toContain('not together')
  })
})

describe('the command line', () => {
  const shown = (port: string, placed: Partial<SnapshotUsbDevice> = {}, vmState: VmState | null = null) => {
    const one = view(
      stored(port, { inUse: placed.inUseByHost ? [{ reason: 'mount', detail: 'sda' }] : [] }),
      placed,
      vmState,
    )
    if (one === undefined) throw new Error('no view')
    return one
  }
  const usbSection = async (...flags: string[]) => {
    const devices = [
      shown('usb1', { hub: true }),
      shown('1-2', {}, 'RUNNING'),
      shown('1-3'),
      shown('2-1', { inUseByHost: true }),
    ]
    const { stdout } = await berth(['host', 'show', 'kvm-a', ...flags], {
      'GET /v1/hosts/kvm-a': hostView({ usb: devices, capacity: null }),
    })
    return stdout.slice(stdout.indexOf('USB DEVICES'))
  }

  test('host show has them in a section of their own, hubs with --all', async () => {
    expect(await usbSection()).toBe(`USB DEVICES

   VM BUS:DEV PORT   ID        NAME     WHY
    7 001:003 1-2    0627:0001 Keyboard
      001:004 1-3    0627:0001 Keyboard
      002:002 2-1    0627:0001 Keyboard in use by the host: sda
`)
    expect(await usbSection('--all')).toContain(
      '      001:001 usb1   0627:0001 Keyboard a hub, never given to a VM\n',
    )
  })

  test('vm show and vm list name them', async () => {
    const device = vmUsbView(0, stored('1-2'), { vm: 5, vmName: 'v', vmState: 'RUNNING' })
    const one = await berth(['vm', 'show', '5'], { 'GET /v1/vms/5': vmView({ usb: [device] }) })
    expect(one.stdout).toContain(`USB DEVICES

REQ BUS:DEV PORT   ID        STATE     NAME
  0 001:003 1-2    0627:0001 attached  Keyboard
`)
    const list = await berth(['vm', 'list'], { 'GET /v1/vms': [vmSummary({ usb: [device] })] })
    expect(list.stdout).toContain('usb:1-2')
  })
})
