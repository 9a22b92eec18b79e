/** One host while a plan is made: its facts and what the plan has taken from it so far. Immutable; a placement gives a new state. */
import type { AttributeValue } from '../../src/model/expression.ts'
import type { PendingVm, SnapshotHost } from '../../src/model/snapshot.ts'
import type { Catalog } from '../allocate/catalog.ts'
import { claimDevices, type DeviceTable, deviceTable } from '../allocate/device-table.ts'

export interface HostState {
  readonly host: SnapshotHost
  readonly table: DeviceTable
  readonly usedCpu: number
  readonly usedMemoryMiB: number
  readonly runningVms: number
}

export function hostState(host: SnapshotHost, catalog: Catalog): HostState {
  return {
    host,
    table: deviceTable(host.devices, host.ungroupedAllowed, catalog),
    usedCpu: host.usedCpu,
    usedMemoryMiB: host.usedMemoryMiB,
    runningVms: host.runningVms,
  }
}

/** The host with `vm` on it and these devices (positions, held ones included) taken. */
export function afterPlacing(
  catalog: Catalog,
  state: HostState,
  vm: PendingVm,
  taken: readonly number[],
): HostState {
  return {
    host: state.host,
    table: taken.length === 0 ? state.table : claimDevices(catalog, state.table, vm.id, taken),
    usedCpu: state.usedCpu + vm.cpu,
    usedMemoryMiB: state.usedMemoryMiB + vm.memoryMiB,
    runningVms: state.runningVms + 1,
  }
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

/**
 * A host attribute as SCHED_REQUIREMENTS and SCHED_RANK see it (contracts.md, Template: PCI): CPU in hundredths of a core,
 * memory in KiB. Facts come before what an operator set under the same name; undefined = the host has no such attribute.
 */
export function attributeOf(state: HostState, name: string): AttributeValue | undefined {
  switch (name) {
    case 'ID':
      return state.host.id
    case 'NAME':
      return state.host.name
    case 'STATE':
      return state.host.state
    case 'CLUSTER':
      return state.host.cluster
    case 'TOTAL_CPU':
      return state.host.cpu ?? UNLIMITED
    case 'FREE_CPU':
      return Math.min(UNLIMITED, freeCpu(state))
    case 'TOTAL_MEMORY':
      return state.host.memoryMiB === null ? UNLIMITED : state.host.memoryMiB * 1024
    case 'FREE_MEMORY':
      return Math.min(UNLIMITED, freeMemoryMiB(state) * 1024)
    case 'RUNNING_VMS':
      return state.runningVms
    default:
      return Object.hasOwn(state.host.attributes, name) ? state.host.attributes[name] : undefined
  }
}
