/** Carries a bind order out: one device to vfio-pci, or back to its host driver; three steps, each repeatable. */
import { isBridge } from '../model/assignable.ts'
import { isChipset, VFIO_PCI } from '../model/device.ts'
import { BerthError, Conflict } from '../model/errors.ts'
import type { DeviceOrderEvent } from '../model/event.ts'
import type { BindOrder, OrderedDevice } from '../model/order.ts'
import type { ReportedDevice } from '../model/report.ts'
import { bindToVfio, currentDriver, giveBack, letKernelMatch } from '../vfio/driver.ts'
import { holdersOf } from './bring-back.ts'
import { writeDownDrivers } from './original-drivers.ts'
import { bindOptions, type DeployPorts, type PresentFacts } from './ports.ts'
import { assertSame } from './promise.ts'
import { heldBelow } from './usb-promise.ts'

/** Call it under the host's lock. Outcomes: `bound`, verified, or `bind-failed` with what stood in the way. */
export async function bind(order: BindOrder, ports: DeployPorts): Promise<DeviceOrderEvent> {
  const [device] = order.devices
  const base = { order: order.id, host: order.host, address: device.address }
  try {
    const from = await move(order, device, ports)
    return { ...base, kind: 'bound', from, driver: await currentDriver(ports.sysfs, device.address) }
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    const { code, message } = error
    return { ...base, kind: 'bind-failed', code, message, hangs: code.endsWith('-timeout') }
  }
}

/** Gives the driver that was written down. */
async function move(order: BindOrder, device: OrderedDevice, ports: DeployPorts): Promise<string | null> {
  const { address } = device
  // Step 1: check. Nothing has been touched by this run.
  const present = await ports.facts()
  const found = present.devices.find((one) => one.address === address)
  assertSame(order, device, found, present.bootId)
  const toVfio = order.to.kind === 'named' && order.to.driver === VFIO_PCI
  if (toVfio) assertHostCanSpare(device, found, present)
  else await assertNobodyHolds(device, present, ports)
  // Step 2: write the present driver down; an interrupted run has done so already.
  const journal = await ports.journal.load(order)
  const { drivers } = await writeDownDrivers(order, journal, present.bootId, ports)
  // Step 3: move it, and believe only the link.
  ports.onStep?.(`${address} to ${goalText(order)}`)
  if (toVfio) await bindToVfio(ports.sysfs, address, bindOptions(ports))
  else if (order.to.kind === 'matching') await letKernelMatch(ports.sysfs, address, bindOptions(ports))
  else await giveBack(ports.sysfs, address, order.to.driver, bindOptions(ports))
  return drivers.get(address) ?? null
}

function goalText({ to }: BindOrder): string {
  if (to.kind === 'matching') return 'the driver that the kernel chooses'
  return to.driver ?? 'no driver'
}

/** Bridges and chipset are never bound; what the host uses only on the operator's word; a PF loses its VFs by it. */
function assertHostCanSpare(
  { address, allowed }: OrderedDevice,
  device: ReportedDevice | undefined,
  present: PresentFacts,
): void {
  if (device === undefined) return
  if (isBridge(device)) throw refused('bridge', address, 'a bridge is never bound to vfio-pci')
  if (isChipset(device.classId)) throw refused('chipset', address, 'it is part of the host’s chipset')
  if (device.numVfs > 0)
    throw refused(
      'pf-has-vfs',
      address,
      `its ${device.numVfs} virtual functions would be lost; remove them first`,
    )
  const use = present.usage.find((one) => one.address === address && one.reason !== 'domain')
  if (use !== undefined && allowed !== true)
    throw refused('in-use-by-host', address, `the host uses it (${use.detail || use.reason})`)
  const below = heldBelow(address, present)
  if (below !== null) throw refused('usb-in-use', address, `it is the controller of ${below}`)
}

/** While a VM has one of the group, the kernel refuses the others a host driver and leaves them without any. */
async function assertNobodyHolds(
  { address }: OrderedDevice,
  present: PresentFacts,
  ports: DeployPorts,
): Promise<void> {
  const holder = holdersOf(present, await ports.hypervisor.list()).get(address)
  if (holder !== undefined)
    throw refused(holder.code, address, `it or a mate of its IOMMU group is held by ${holder.who}`)
}

function refused(code: string, address: string, why: string): Conflict {
  return new Conflict(code, `${address} stays where it is: ${why}`, { address })
}
