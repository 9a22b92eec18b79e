/** Gives a PF its virtual functions and takes them away; the links to them decide, not what a write said (drivers/pci/iov.c). */
import { type Address, parseAddress } from '../model/address.ts'
import { CommandFailed } from '../model/errors.ts'
import type { VfWish } from '../model/order.ts'
import type { BindOptions } from './driver.ts'
import { kernelWrite, STEPS } from './kernel-write.ts'
import { sriovRefusal } from './sriov-refusal.ts'
import type { Sysfs } from './sysfs.ts'

/** What a PF has; what its files say of a single VF is the probe's to read. */
export interface PfState {
  /** Its driver may allow fewer than its hardware has. */
  readonly totalVfs: number
  /** By index. */
  readonly vfs: readonly Address[]
  /** Whether the kernel binds its drivers to new VFs; null = an old kernel (before 4.12), which always does. */
  readonly autoprobe: boolean | null
}

/** Null = no PF, a kernel without SR-IOV, or no such device. */
export async function pfState(sysfs: Sysfs, address: Address): Promise<PfState | null> {
  const dir = `bus/pci/devices/${address}`
  const total = await sysfs.read(`${dir}/sriov_totalvfs`)
  if (total === null || !(await sysfs.exists(`${dir}/sriov_numvfs`))) return null
  const autoprobe = await sysfs.read(`${dir}/sriov_drivers_autoprobe`)
  return {
    totalVfs: Number(total),
    vfs: await vfsOf(sysfs, address),
    autoprobe: autoprobe === null ? null : autoprobe !== '0',
  }
}

/**
 * The links `virtfn0`, `virtfn1`, ... Reading sriov_numvfs would wait for the PF's lock, which a driver that hangs never lets go.
 */
async function vfsOf(sysfs: Sysfs, address: Address): Promise<readonly Address[]> {
  const dir = `bus/pci/devices/${address}`
  const indexes = (await sysfs.list(dir)).flatMap((name) => /^virtfn(\d+)$/.exec(name)?.[1] ?? [])
  const vfs: Address[] = []
  for (const index of indexes.map(Number).sort((a, b) => a - b)) {
    const vf = parseAddress((await sysfs.link(`${dir}/virtfn${index}`)) ?? '')
    if (vf !== null) vfs.push(vf)
  }
  return vfs
}

/**
 * Gives the PF that many VFs, and none of them a driver unless `autoprobe`; gives their addresses, by index. As many as there
 * are: nothing but autoprobe is written. Another number goes by way of 0, as the kernel wants it. `before` = what it is to
 * have again where this fails, unless a driver hangs: every further write would wait behind it. 0 VFs also hand autoprobe back.
 * CommandFailed: the codes of sriov-refusal.ts and of STEPS, `sriov-missing`, `vfs-differ`, `vfs-undo-failed`.
 */
export async function setVfs(
  sysfs: Sysfs,
  address: Address,
  goal: VfWish,
  before: VfWish,
  options: BindOptions,
): Promise<readonly Address[]> {
  try {
    return await change(sysfs, address, goal, options)
  } catch (error) {
    // Anything but the kernel's refusal is the caller's: it may have lost the right to touch the host.
    if (!(error instanceof CommandFailed) || error.code === STEPS.vfs.timeout) throw error
    throw await undone(sysfs, address, before, options, error)
  }
}

async function change(
  sysfs: Sysfs,
  address: Address,
  goal: VfWish,
  options: BindOptions,
): Promise<readonly Address[]> {
  const present = await pfState(sysfs, address)
  if (present === null) throw missing(address)
  const autoprobe = goal.numVfs === 0 || goal.autoprobe
  // Before they come: a driver takes a VF the moment that it is there.
  if (present.autoprobe !== null && present.autoprobe !== autoprobe)
    await kernelWrite(sysfs, address, 'autoprobe', autoprobe ? '1' : '0', options.timeoutMs)
  if (present.vfs.length === goal.numVfs) return present.vfs
  if (present.vfs.length > 0) await write(sysfs, address, 0, present, options)
  return goal.numVfs === 0 ? [] : write(sysfs, address, goal.numVfs, present, options)
}

/** Each VF may take its driver a second. */
const PER_VF_MS = 1000

async function write(
  sysfs: Sysfs,
  address: Address,
  numVfs: number,
  present: PfState,
  options: BindOptions,
): Promise<readonly Address[]> {
  const timeoutMs = options.timeoutMs + PER_VF_MS * Math.max(numVfs, present.vfs.length)
  try {
    await kernelWrite(sysfs, address, 'vfs', String(numVfs), timeoutMs)
  } catch (error) {
    throw await sriovRefusal(sysfs, address, numVfs, present.totalVfs, error)
  }
  return settled(sysfs, address, numVfs, options)
}

const SETTLE_TRIES = 100
const SETTLE_PAUSE_MS = 100

/** A driver may enable fewer than it was asked for, and the kernel calls that a success. */
async function settled(
  sysfs: Sysfs,
  address: Address,
  numVfs: number,
  options: BindOptions,
): Promise<readonly Address[]> {
  for (let tries = 1; ; tries++) {
    const vfs = await vfsOf(sysfs, address)
    const there = await Promise.all(vfs.map((vf) => sysfs.exists(`bus/pci/devices/${vf}`)))
    if (vfs.length === numVfs && there.every((is) => is)) return vfs
    if (tries === SETTLE_TRIES)
      throw new CommandFailed(
        'vfs-differ',
        `${address} was to have ${numVfs} virtual functions and has ${vfs.length}, although the kernel reported success. See the kernel log (dmesg).`,
        { address, wanted: numVfs, has: vfs.length },
      )
    await options.sleep(SETTLE_PAUSE_MS)
  }
}

/** The error to throw: the one given, or one that tells both where going back failed too. */
async function undone(
  sysfs: Sysfs,
  address: Address,
  before: VfWish,
  options: BindOptions,
  failure: CommandFailed,
): Promise<CommandFailed> {
  try {
    if ((await pfState(sysfs, address)) !== null) await restore(sysfs, address, before, options)
    return failure
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    return new CommandFailed(
      'vfs-undo-failed',
      `${failure.message} Its ${before.numVfs} virtual functions of before could not be brought back either: ${error.message}`,
      { address, before: before.numVfs },
      new AggregateError([failure, error]),
    )
  }
}

async function restore(sysfs: Sysfs, address: Address, before: VfWish, options: BindOptions): Promise<void> {
  await change(sysfs, address, before, options)
  if (before.numVfs > 0 || before.autoprobe) return
  // Of a PF without VFs `change` hands autoprobe back to the kernel; it was off before.
  await kernelWrite(sysfs, address, 'autoprobe', '0', options.timeoutMs)
}

function missing(address: Address): CommandFailed {
  return new CommandFailed(
    'sriov-missing',
    `The kernel shows no sriov_numvfs for ${address}: it is no physical function, or the kernel was built without CONFIG_PCI_IOV.`,
    { address },
  )
}
