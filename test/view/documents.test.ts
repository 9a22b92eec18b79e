/** Hosts, VMs, templates and explanations as documents. */
import { describe, expect, test } from 'vitest'
import type { HostsRefusal } from '../../src/model/snapshot.ts'
import { deviceViews } from '../../src/view/device.ts'
import { explanation, templateCheck } from '../../src/view/explanation.ts'
import { hostSummary, hostView } from '../../src/view/host.ts'
import { vmSummary, vmView } from '../../src/view/vm.ts'
import { host, inventoryDevice, placedDevice, placedHost, vm } from './build.ts'

const GPU = inventoryDevice('0000:3b:00.0')
const MATE = inventoryDevice('0000:3b:00.1')
const OTHER = inventoryDevice('0000:86:00.0')
const NAMES = [
  { id: 1, name: 'kvm-a' },
  { id: 2, name: 'kvm-b' },
]
const OFF: HostsRefusal = { hosts: [2], refusal: { code: 'host-state', state: 'off' } }

describe('hosts', () => {
  test('free devices are those that a VM could be given, of the offered ones', () => {
    const hidden = inventoryDevice('0000:87:00.0', { offered: false })
    const devices = [placedDevice(GPU, { claimedBy: 7 }), placedDevice(OTHER), placedDevice(hidden)]
    expect(hostSummary(host(), placedHost(devices))).toMatchObject({ offeredDevices: 2, freeDevices: 1 })
  })

  test('a host that never reported has no totals and says so in its readiness', () => {
    const never = host({ reportedAt: null, capacity: null, bootId: null })
    const view = hostView(
      never,
      placedHost([], { passthroughReady: false, cpu: 0, memoryMiB: 0 }),
      [],
      [],
      [],
      [],
    )
    expect(view).toMatchObject({ totalCpu: null, totalMemoryMiB: null, reportedAt: null })
    expect(view.readiness).toEqual({
      passthrough: false,
      reason: 'kvm-a has not been probed yet',
      checks: null,
    })
  })

  test('a host without IOMMU groups names the remedy', () => {
    const view = hostView(host(), placedHost([], { passthroughReady: false }), [], [], [], [])
    expect(view.readiness.reason).toContain('IOMMU')
    expect(view.passthroughReason).toBe(view.readiness.reason)
  })

  test('devices come in address order and name who holds them', () => {
    const placed = placedHost([placedDevice(OTHER), placedDevice(GPU, { claimedBy: 7 })])
    const holder = { vm: 7, vmName: 'train-1', vmState: 'RUNNING', role: 'passed' } as const
    const views = deviceViews(placed, [OTHER, GPU], new Map([[GPU.address, holder]]))
    expect(views.map(({ address, vm, state }) => [address, vm, state])).toEqual([
      ['0000:3b:00.0', 7, 'attached'],
      ['0000:86:00.0', null, 'free'],
    ])
  })

  test("a device's document has the names of JSON documents, and nothing of the program's own", () => {
    const [view] = deviceViews(placedHost([placedDevice(GPU)]), [GPU], new Map())
    expect(view).toMatchObject({ vendor: '10de', device: '20b0', class: '0302', hostName: 'kvm-a' })
    expect(Object.keys(view ?? {})).not.toEqual(expect.arrayContaining(['vendorId']))
    expect(view).not.toHaveProperty('lastSeen')
  })
})

describe('VMs', () => {
  const claim = { host: 1, vm: 7, iommuGroup: 59, identity: null }
  const facts = {
    vm: vm({ state: 'RUNNING', host: 1 }),
    hostName: 'kvm-a',
    cpu: 400,
    memoryMiB: 8192,
    claims: [
      { claim: { ...claim, address: MATE.address, request: null, role: 'held' as const }, device: MATE },
      { claim: { ...claim, address: OTHER.address, request: 1, role: 'passed' as const }, device: OTHER },
      { claim: { ...claim, address: GPU.address, request: 0, role: 'passed' as const }, device: GPU },
    ],
  }

  test('passed devices come first, by request, then held mates', () => {
    expect(vmSummary(facts).devices).toEqual([
      expect.objectContaining({
        address: '0000:3b:00.0',
        request: 0,
        state: 'attached',
        type: '10de:20b0:0302',
      }),
      expect.objectContaining({ address: '0000:86:00.0', request: 1, state: 'attached' }),
      expect.objectContaining({ address: '0000:3b:00.1', request: null, state: 'held', role: 'held' }),
    ])
  })

  test('times are ISO 8601 in UTC', () => {
    const view = vmView(facts, [{ at: Date.UTC(2026, 10, 21, 11, 0, 1), what: 'created, PENDING' }], {
      moving: null,
      firmware: 'uefi',
    })
    expect(view.createdAt).toBe('2026-11-21T11:00:00.000Z')
    expect(view.history).toEqual([{ at: '2026-11-21T11:00:01.000Z', what: 'created, PENDING' }])
  })
})

describe('explanations', () => {
  test('every refused host has a reason, every other host fits', () => {
    const told = explanation(vm(), NAMES, [OFF], 0)
    expect(told.reasons).toEqual([
      { host: 2, hostName: 'kvm-b', code: 'host-state', message: 'the host is off' },
    ])
    expect(told.fitting).toEqual([{ host: 1, hostName: 'kvm-a' }])
    expect(told.message).toContain('1 of 2 hosts')
  })

  test('reasons come in host order, whoever shares one', () => {
    const cpu: HostsRefusal = { hosts: [1], refusal: { code: 'cpu', wanted: 400, free: 100 } }
    expect(explanation(vm(), NAMES, [OFF, cpu], 0).reasons.map((reason) => reason.host)).toEqual([1, 2])
  })

  test('a VM on hold says so before anything else', () => {
    expect(explanation(vm({ state: 'HOLD' }), NAMES, [OFF], 0).message).toMatch(/^on hold/)
  })

  test('a VM whose delay runs says until when and why', () => {
    const notBefore = Date.UTC(2026, 10, 21, 13)
    const told = explanation(vm({ notBefore, message: 'deploy failed' }), NAMES, [], notBefore - 1)
    expect(told.message).toContain('not placed again before 2026-11-21T13:00:00.000Z (deploy failed)')
  })

  test('a VM that waits for no host says what it is', () => {
    const told = explanation(vm({ state: 'BOOT_FAILURE', message: 'three deploys failed' }), [], [], 0)
    expect(told).toMatchObject({ reasons: [], fitting: [] })
    expect(told.message).toBe('it is BOOT_FAILURE and waits for no host: three deploys failed')
  })

  test('a template check counts hosts that could ever take it and that can now', () => {
    const cpu: HostsRefusal = { hosts: [1], refusal: { code: 'cpu', wanted: 400, free: 100 } }
    expect(templateCheck(NAMES, [OFF], [cpu, OFF])).toMatchObject({ hosts: 2, ever: 1, now: 0 })
  })
})
