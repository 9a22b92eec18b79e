/** How the kernel matches, binds and unbinds drivers (drivers/base/dd.c, drivers/base/bus.c, drivers/pci/pci-driver.c), on a tree. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VFIO_PCI } from '../model/device.ts'
import type { Errno } from '../vfio/sysfs.ts'
import { attachDriver, detachDriver } from './attachments.ts'
import { type Fault, faultFor } from './faults.ts'
import type { PlacedFunction } from './layout.ts'
import { disableVfs } from './sriov.ts'
import type { MachineState } from './state.ts'

/** What a write comes to: it works, the kernel refuses, or it never answers. */
export type Outcome = Errno | 'hang' | 'ok'

/** A driver's probe function: refusals of the driver itself (`probe`) are told apart from those before it is asked (`core`). */
export type Attempt = 'bound' | 'hang' | { readonly by: 'core' | 'probe'; readonly errno: Errno }

/** The driver that matches: driver_override and nothing else where it is set; else the one that knows the ids; else one taught by new_id. */
export function matchingDriver(state: MachineState, placed: PlacedFunction): string | null {
  const override = state.text(`${placed.dir}/driver_override`)
  const loaded = (driver: string) => state.has(`bus/pci/drivers/${driver}`)
  if (override !== null && override !== '(null)') return loaded(override) ? override : null
  if (placed.fn.driver !== null && loaded(placed.fn.driver)) return placed.fn.driver
  const taught = Object.entries(dynamicIds(state.dir)).find(([, ids]) => ids.includes(placed.fn.id))
  return taught?.[0] ?? null
}

/** Whether that driver's `bind` file would take the device. */
export function driverMatches(state: MachineState, placed: PlacedFunction, driver: string): boolean {
  const override = state.text(`${placed.dir}/driver_override`)
  if (override !== null && override !== '(null)') return override === driver
  return placed.fn.driver === driver || (dynamicIds(state.dir)[driver] ?? []).includes(placed.fn.id)
}

/** Binds a driverless device to that driver. */
export function bindDriver(
  state: MachineState,
  placed: PlacedFunction,
  driver: string,
  faults: readonly Fault[],
): Attempt {
  const group = state.group(placed)
  // A host driver may not do DMA in a group that userspace owns (iommu_device_use_default_domain).
  if (driver !== VFIO_PCI && group !== null && openGroups(state).has(group))
    return { by: 'core', errno: 'EBUSY' }
  const effect = faultFor(faults, 'bind', placed.fn.address, driver)
  if (effect === 'hang') return 'hang'
  if (effect !== null) return { by: 'probe', errno: effect === 'nothing' ? 'ENODEV' : effect }
  // vfio registers no device without an IOMMU group.
  if (driver === VFIO_PCI && group === null) return { by: 'probe', errno: 'EINVAL' }
  attachDriver(state.files, state.machine, placed, driver, false)
  if (driver === VFIO_PCI && group !== null) showVfioGroup(state, group)
  return 'bound'
}

/** vfio-pci waits until the VM lets go of a device that it has open: the write hangs. */
export function unbindDriver(
  state: MachineState,
  placed: PlacedFunction,
  driver: string,
  faults: readonly Fault[],
): Outcome {
  const effect = faultFor(faults, 'unbind', placed.fn.address, driver)
  if (effect !== null) return effect === 'nothing' ? 'ok' : effect
  if (driver === VFIO_PCI && state.open().includes(placed.fn.address)) return 'hang'
  releaseDriver(state, placed, driver)
  return 'ok'
}

/** The driver's remove function, without asking: VFs of a PF end with its driver (as igb, mlx5 and ice do). */
export function releaseDriver(state: MachineState, placed: PlacedFunction, driver: string): void {
  if (placed.fn.sriov) disableVfs(state, placed)
  detachDriver(state.files, state.machine, placed, driver)
  const group = state.group(placed)
  if (driver === VFIO_PCI && group !== null) hideVfioGroup(state, group)
}

export function openGroups(state: MachineState): ReadonlySet<number> {
  const groups = state.open().map((address) => {
    const placed = state.place(address)
    return placed === null ? null : state.group(placed)
  })
  return new Set(groups.filter((group) => group !== null))
}

/** /dev/vfio/N is there while a device of group N is on vfio-pci. */
function showVfioGroup(state: MachineState, group: number): void {
  mkdirSync(join(state.dir, 'dev/vfio'), { recursive: true })
  writeFileSync(join(state.dir, `dev/vfio/${group}`), '')
}

function hideVfioGroup(state: MachineState, group: number): void {
  const members = state.entries(`kernel/iommu_groups/${group}/devices`)
  const held = members.some((address) => {
    const placed = state.place(address)
    return placed !== null && state.driver(placed) === VFIO_PCI
  })
  if (!held) rmSync(join(state.dir, `dev/vfio/${group}`), { force: true })
}

const NEW_IDS_FILE = '.berth/new-ids.json'

/** `vendor:device` by driver, as written to new_id. */
export function dynamicIds(dir: string): Readonly<Record<string, readonly string[]>> {
  const path = join(dir, NEW_IDS_FILE)
  const value: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).map(([driver, ids]) => [driver, Array.isArray(ids) ? ids.map(String) : []]),
  )
}

export function setDynamicIds(dir: string, driver: string, ids: readonly string[]): void {
  writeFileSync(join(dir, NEW_IDS_FILE), JSON.stringify({ ...dynamicIds(dir), [driver]: ids }))
}
