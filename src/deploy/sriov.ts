/** Carries an SR-IOV order out: a PF gets as many virtual functions as it says; three steps, each repeatable. */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import { BerthError, Conflict } from '../model/errors.ts'
import type { DeviceOrderEvent } from '../model/event.ts'
import type { JournalEntry, OrderedDevice, SriovOrder, VfWish } from '../model/order.ts'
import { currentDriver } from '../vfio/driver.ts'
import { type PfState, pfState, setVfs } from '../vfio/sriov.ts'
import { holdersOf } from './bring-back.ts'
import { rebooted } from './original-drivers.ts'
import { bindOptions, type DeployPorts, type PresentFacts } from './ports.ts'
import { assertSame } from './promise.ts'

const STEP = 'original-vfs'

/** Call it under the host's lock. Outcomes: `vfs-set`, verified, or `vfs-failed` with what stood in the way. */
export async function sriov(order: SriovOrder, ports: DeployPorts): Promise<DeviceOrderEvent> {
  const [device] = order.devices
  const base = { order: order.id, host: order.host, address: device.address }
  try {
    const addresses = await enable(order, device, ports)
    return { ...base, kind: 'vfs-set', numVfs: addresses.length, addresses }
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    const { code, message } = error
    return { ...base, kind: 'vfs-failed', code, message, hangs: code.endsWith('-timeout') }
  }
}

async function enable(
  order: SriovOrder,
  device: OrderedDevice,
  ports: DeployPorts,
): Promise<readonly Address[]> {
  const { address } = device
  // Step 1: check. Nothing has been touched by this run; an earlier one may have removed the VFs of before.
  const present = await ports.facts()
  assertSame(
    order,
    device,
    present.devices.find((one) => one.address === address),
    present.bootId,
  )
  const state = await pfState(ports.sysfs, address)
  await assertPossible(order, address, state, ports)
  if (state !== null && state.vfs.length > 0 && state.vfs.length !== order.numVfs)
    await assertNobodyUses(address, state.vfs, present, ports)
  // Step 2: write down what it has, once: where the kernel refuses it is to have that again.
  const before = await writeDown(order, state, present.bootId, ports)
  // Step 3: write, wait, and believe only the links.
  ports.onStep?.(`${address} to ${order.numVfs} virtual functions`)
  return setVfs(ports.sysfs, address, order, before, bindOptions(ports))
}

/** The kernel would say the same, but only after the VFs of before are gone. */
async function assertPossible(
  { numVfs }: SriovOrder,
  address: Address,
  state: PfState | null,
  ports: DeployPorts,
): Promise<void> {
  if (state === null || numVfs === state.vfs.length) return
  if (numVfs > state.totalVfs)
    throw refused('vfs-too-many', address, `it supports ${state.totalVfs} virtual functions, not ${numVfs}`)
  const driver = await currentDriver(ports.sysfs, address)
  if (driver === null)
    throw refused(
      'sriov-no-driver',
      address,
      'no driver is bound to it, and only a driver makes virtual functions',
    )
  if (driver === VFIO_PCI)
    throw refused(
      'sriov-no-driver',
      address,
      'it is on vfio-pci; give it back to its driver first (device unbind)',
    )
}

/** A change removes all VFs: one that a guest has would be pulled out of it, without a word of the kernel. */
async function assertNobodyUses(
  pf: Address,
  vfs: readonly Address[],
  present: PresentFacts,
  ports: DeployPorts,
): Promise<void> {
  if (present.domains === null)
    throw new Conflict(
      'domains-unknown',
      'libvirt cannot be asked which virtual functions running domains hold; start it',
    )
  const holders = holdersOf(present, await ports.hypervisor.list())
  for (const vf of vfs) {
    const holder = holders.get(vf)
    if (holder !== undefined)
      throw refused(holder.code, pf, `its virtual function ${vf} is held by ${holder.who}`)
    const use = present.usage.find((one) => one.address === vf && one.reason !== 'domain')
    if (use !== undefined)
      throw refused(
        'in-use-by-host',
        pf,
        `the host uses its virtual function ${vf} (${use.detail || use.reason})`,
      )
  }
}

/** What a run of this order in this boot wrote down first; else what is there now, written down. */
async function writeDown(
  order: SriovOrder,
  state: PfState | null,
  bootId: string | null,
  ports: DeployPorts,
): Promise<VfWish> {
  const written = writtenDown(await ports.journal.load(order), bootId)
  if (written !== null) return written
  const before = { numVfs: state?.vfs.length ?? 0, autoprobe: state?.autoprobe ?? true }
  await ports.journal.append(order, { step: STEP, state: 'done', facts: { bootId, ...before } })
  return before
}

/** A later boot begins with what the kernel makes by itself. */
function writtenDown(journal: readonly JournalEntry[], bootId: string | null): VfWish | null {
  for (const { step, facts } of journal) {
    const then = typeof facts.bootId === 'string' ? facts.bootId : null
    const { numVfs, autoprobe } = facts
    if (step !== STEP || rebooted(then, bootId)) continue
    if (typeof numVfs === 'number' && typeof autoprobe === 'boolean') return { numVfs, autoprobe }
  }
  return null
}

function refused(code: string, address: Address, why: string): Conflict {
  return new Conflict(code, `the virtual functions of ${address} stay as they are: ${why}`, { address })
}
