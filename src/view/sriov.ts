/** SR-IOV as people see it: each PF of a host with its VFs below. */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { Host } from '../model/host.ts'
import type { DeviceView, HostSriov, PfView, VfView } from './documents.ts'
import { isoTime } from './time.ts'

/**
 * PFs, and what is left of one whose VFs are wanted, in address order. `devices` are views of all devices of the host, in
 * address order; `failures` are the words of each PF's last change of its VFs, where that failed.
 */
export function hostSriov(
  host: Pick<Host, 'id' | 'name' | 'reportedAt'>,
  devices: readonly DeviceView[],
  failures: ReadonlyMap<Address, string>,
): HostSriov {
  const vfs = new Map<Address, DeviceView[]>()
  for (const device of devices) {
    if (device.parent === null) continue
    const same = vfs.get(device.parent)
    if (same) same.push(device)
    else vfs.set(device.parent, [device])
  }
  const pfs = devices
    .filter(({ kind, wantedVfs }) => kind === 'pf' || wantedVfs !== null)
    .map((pf) => pfView(pf, vfs.get(pf.address) ?? [], failures.get(pf.address) ?? null))
  return { host: host.id, hostName: host.name, reportedAt: isoTime(host.reportedAt), pfs }
}

function pfView(pf: DeviceView, vfs: readonly DeviceView[], failure: string | null): PfView {
  const { host, hostName, address, driver, networkInterfaces, totalVfs, numVfs, wantedVfs } = pf
  return {
    ...{ host, hostName, address, type: typeOf(pf), name: pf.deviceName, driver, networkInterfaces },
    ...{ totalVfs, numVfs, wantedVfs, driverAble: driverAble(pf), failure },
    ...{ vm: pf.vm, state: pf.state, why: pf.why },
    vfs: vfs.map(vfView).sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity)),
  }
}

/** Only a driver with sriov_configure can, and that is nowhere to be read: one that has made VFs can. */
function driverAble({ driver, numVfs, state }: DeviceView): boolean | null {
  if (state === 'missing') return null
  if (numVfs > 0) return true
  return driver === null || driver === VFIO_PCI ? false : null
}

function vfView(vf: DeviceView): VfView {
  const { address, deviceName, driver, iommuGroup, offered, vm, state, why, identity } = vf
  const index = /\/vf(\d+)$/.exec(identity ?? '')?.[1]
  return {
    ...{ address, index: index === undefined ? null : Number(index), type: typeOf(vf), name: deviceName },
    ...{ driver, iommuGroup, offered, vm, state, why },
  }
}

const typeOf = (device: DeviceView): string => `${device.vendor}:${device.device}:${device.class}`
