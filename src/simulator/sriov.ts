/** VFs of a simulated PF come and go as drivers/pci/iov.c makes them. */
import type { Errno } from '../vfio/sysfs.ts'
import { attachDriver, detachDriver } from './attachments.ts'
import { configSpace } from './config-space.ts'
import { removeDevice, writeDevice } from './device-files.ts'
import { type PlacedFunction, placeVf } from './layout.ts'
import type { MachineState } from './state.ts'

/** A write to sriov_numvfs (sriov_numvfs_store): what the kernel answers, and the VFs that it makes or removes. */
export function setNumVfs(state: MachineState, pf: PlacedFunction, text: string): Errno | 'ok' {
  const total = pf.fn.sriov?.totalVfs ?? 0
  if (!/^\+?(0x[0-9a-f]+|[0-9]+)$/i.test(text)) return 'EINVAL'
  const wanted = Number(text)
  if (wanted > total) return 'ERANGE'
  const present = state.vfs(pf).length
  if (wanted === present) return 'ok'
  // Only a driver can enable VFs, and vfio-pci does not unless told to by a module parameter.
  const driver = state.driver(pf)
  if (driver === null || driver !== pf.fn.driver) return 'ENOENT'
  if (wanted === 0) {
    disableVfs(state, pf)
    return 'ok'
  }
  if (present > 0) return 'EBUSY'
  enableVfs(state, pf, wanted)
  return 'ok'
}

function enableVfs(state: MachineState, pf: PlacedFunction, count: number): void {
  const { files, machine } = state
  const autoprobe = state.text(`${pf.dir}/sriov_drivers_autoprobe`) !== '0'
  showCount(state, pf, count)
  for (let index = 0; index < count; index++) {
    const vf = placeVf(pf, index)
    writeDevice(files, vf, { group: state.group(pf) === null ? null : freeGroup(state), numVfs: 0 })
    if (autoprobe && vf.fn.driver !== null && state.has(`bus/pci/drivers/${vf.fn.driver}`)) {
      attachDriver(files, machine, vf, vf.fn.driver, false)
    }
  }
}

/** Removes all VFs, also those that a guest uses: vfio-pci asks the guest to let go, and the device leaves it. */
export function disableVfs(state: MachineState, pf: PlacedFunction): void {
  const vfs = state.vfs(pf)
  if (vfs.length === 0) return
  const gone = new Set<string>(vfs.map((vf) => vf.fn.address))
  state.setOpen(state.open().filter((address) => !gone.has(address)))
  for (const vf of [...vfs].reverse()) {
    const driver = state.driver(vf)
    if (driver !== null) detachDriver(state.files, state.machine, vf, driver)
    const group = state.group(vf)
    removeDevice(state.files, vf, group)
    if (group !== null && state.entries(`kernel/iommu_groups/${group}/devices`).length === 0) {
      state.files.remove(`kernel/iommu_groups/${group}`)
    }
  }
  showCount(state, pf, 0)
}

function showCount(state: MachineState, pf: PlacedFunction, numVfs: number): void {
  state.files.file(`${pf.dir}/sriov_numvfs`, `${numVfs}\n`)
  const bytes = configSpace(pf.fn, { multifunction: pf.multifunction, virtual: false, numVfs })
  state.files.file(`${pf.dir}/config`, bytes)
}

/** The lowest number that no group has (iommu_group_ida). */
function freeGroup(state: MachineState): number {
  const taken = new Set(state.entries('kernel/iommu_groups').map(Number))
  let group = 0
  while (taken.has(group)) group++
  return group
}
