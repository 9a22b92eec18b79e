/** One host while a plan is made: its facts and what the plan has taken from it so far. Immutable; a placement gives a new state. */
import type { AttributeValue } from '../../src/model/expression.ts'
import type {
  AllocatedUsbDevice,
  PendingVm,
  SnapshotHost,
  SnapshotUsbDevice,
} from '../../src/model/snapshot.ts'
import { compareUsbPorts } from '../../src/model/usb-device.ts'
import type { Catalog } from '../allocate/catalog.ts'
import { claimDevices, claimUsb, type DeviceTable, deviceTable } from '../allocate/device-table.ts'

export interface HostState {
  readonly host: SnapshotHost
  readonly table: DeviceTable
  /** By bus, then port. */
  readonly usb: readonly SnapshotUsbDevice[]
  readonly usedCpu: number
  readonly usedMemoryMiB: number
  readonly runningVms: number
}

const NO_USB: readonly SnapshotUsbDevice[] = []

export function hostState(host: SnapshotHost, catalog: Catalog): HostState {
  return {
    host,
    table: deviceTable(host.devices, host.ungroupedAllowed, catalog),
    usb: host.usb === undefined ? NO_USB : [...host.usb].sort(compareUsbPorts),
    usedCpu: host.usedCpu,
    usedMemoryMiB: host.usedMemoryMiB,
    runningVms: host.runningVms,
  }
}

/** The host with `vm` on it and these devices (positions, held ones included) and USB devices taken. */
export function afterPlacing(
  catalog: Catalog,
  state: HostState,
  vm: PendingVm,
  taken: readonly number[],
  usb: readonly AllocatedUsbDevice[],
): HostState {
  const table = taken.length === 0 ? state.table : claimDevices(catalog, state.table, vm.id, taken)
  const given = usbGiven(state, usb)
  return {
    host: state.host,
    table: given.length === 0 ? table : claimUsb(catalog, table, vm.id, given),
    usb:
      given.length === 0
        ? state.usb
        : state.usb.map((device) => (given.includes(device) ? { ...device, claimedBy: vm.id } : device)),
    usedCpu: state.usedCpu + vm.cpu,
    usedMemoryMiB: state.usedMemoryMiB + vm.memoryMiB,
    runningVms: state.runningVms + 1,
  }
}

/** The host's own records of them. */
export function usbGiven(
  { usb }: Pick<HostState, 'usb'>,
  given: readonly AllocatedUsbDevice[],
): readonly SnapshotUsbDevice[] {
  return given.length === 0 ? NO_USB : usb.filter(({ key }) => given.some((one) => one.key === key))
}

/** Hundredths of a core; infinite where unlimited, 0 where more is used than there is. */
export function freeCpu(state: HostState): number {
  return state.host.cpu === null ? Infinity : Math.max(0, state.host.cpu - state.usedCpu)
}

export function freeMemoryMiB(state: HostState): number {
  return state.host.memoryMiB === null ? Infinity : Math.max(0, state.host.memoryMiB - state.usedMemoryMiB)
}

/** An unlimited amount, as an expression sees it: larger than any, and finite. */
const UNLIMITED = Number.MAX_SAFE_INTEGER

/** Attributes that placing a VM changes. */
export const CHANGING_ATTRIBUTES: ReadonlySet<string> = new Set(['FREE_CPU', 'FREE_MEMORY', 'RUNNING_VMS'])

/** Reads one attribute of a host; undefined = the host has no such attribute. */
export type AttributeReader = (state: HostState) => AttributeValue | undefined

/**
 * Host attributes as SCHED_REQUIREMENTS and SCHED_RANK see them (contracts.md, Template: PCI): CPU in hundredths of a
 * core, memory in KiB. Facts come before what an operator set under the same name.
 */
export function attributeReader(name: string): AttributeReader {
  return (
    FACTS.get(name) ??
    (({ host }) => (Object.hasOwn(host.attributes, name) ? host.attributes[name] : undefined))
  )
}

const FACTS: ReadonlyMap<string, AttributeReader> = new Map<string, AttributeReader>([
  ['ID', ({ host }) => host.id],
  ['NAME', ({ host }) => host.name],
  ['STATE', ({ host }) => host.state],
  ['CLUSTER', ({ host }) => host.cluster],
  ['TOTAL_CPU', ({ host }) => host.cpu ?? UNLIMITED],
  ['FREE_CPU', (state) => Math.min(UNLIMITED, freeCpu(state))],
  ['TOTAL_MEMORY', ({ host }) => (host.memoryMiB === null ? UNLIMITED : host.memoryMiB * 1024)],
  ['FREE_MEMORY', (state) => Math.min(UNLIMITED, freeMemoryMiB(state) * 1024)],
  ['RUNNING_VMS', ({ runningVms }) => runningVms],
])
