/** Moves a device between its driver and vfio-pci, for group mates that libvirt does not manage; what really bound decides, not what a write said. */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import { CommandFailed, NotFound } from '../model/errors.ts'
import { kernelWrite, NO_OVERRIDE, STEPS } from './kernel-write.ts'
import { loadModule } from './module.ts'
import type { Sysfs } from './sysfs.ts'
import { bindByName, bindByNewId, hasOverride, requireOwnIds } from './without-override.ts'

export interface BindOptions {
  /** Per write to the kernel, in milliseconds. */
  readonly timeoutMs: number
  readonly sleep: (ms: number) => Promise<void>
  /** Loads a kernel module; `modprobe` by default. */
  readonly loadModule?: (name: string, timeoutMs: number) => Promise<void>
}

/** The driver that the device is bound to; null = none, or no such device. */
export function currentDriver(sysfs: Sysfs, address: Address): Promise<string | null> {
  return sysfs.link(`bus/pci/devices/${address}/driver`)
}

/**
 * Binds the device to vfio-pci (driver_override, unbind, drivers_probe: Documentation/ABI/testing/sysfs-bus-pci; by its id where the
 * kernel has no override) and verifies it.
 * Already there: nothing is touched. On failure the override is cleared and the original driver probed back, except after an
 * unbind or probe that hangs: the kernel holds the device's lock until then, and every further write would hang behind it.
 * Errors: `NotFound` `device-not-found`; `CommandFailed` with `address`, `driver` and the codes of `STEPS`, `vfio-pci-missing`
 * `override-missing`, or `driver-not-bound` (the probe "succeeded" and another driver or none is bound).
 */
export async function bindToVfio(sysfs: Sysfs, address: Address, options: BindOptions): Promise<void> {
  const original = await presentDriver(sysfs, address)
  if (original === VFIO_PCI) return
  await needVfioPci(sysfs, address, options)
  const overrides = await hasOverride(sysfs, address)
  if (overrides) await kernelWrite(sysfs, address, 'override', VFIO_PCI, options.timeoutMs)
  else await requireOwnIds(sysfs, address)
  try {
    if (original !== null) await unbind(sysfs, address, original, options)
    if (overrides) await kernelWrite(sysfs, address, 'probe', address, options.timeoutMs)
    else await bindByNewId(sysfs, address, options.timeoutMs)
    await verifyDriver(sysfs, address, VFIO_PCI, options)
  } catch (error) {
    if (error instanceof CommandFailed && error.code.endsWith('-timeout')) throw error
    throw await undone(sysfs, address, original, options, error)
  }
}

/**
 * Brings the device back to the driver that was written down before it was taken: `original` null = none (it ends without a
 * driver), `vfio-pci` = it stays there, its override as it is. The driver is named through driver_override while the kernel
 * probes, so that of several that match (nouveau, nvidia) the right one binds; afterwards the override is cleared. Can be repeated.
 * The caller has made sure that neither a VM nor the host uses the device now. Errors as `bindToVfio`; `driver-probe-failed` with
 * `EINVAL` where a VM still holds another device of its IOMMU group: repeat when it is gone.
 */
export async function giveBack(
  sysfs: Sysfs,
  address: Address,
  original: string | null,
  options: BindOptions,
): Promise<void> {
  if (original === VFIO_PCI) return bindToVfio(sysfs, address, options)
  const driver = await presentDriver(sysfs, address)
  if (!(await hasOverride(sysfs, address))) {
    if (driver !== null && driver !== original) await unbind(sysfs, address, driver, options)
    if (original !== null && driver !== original)
      await bindByName(sysfs, address, original, options.timeoutMs)
  } else if (driver !== original) {
    await kernelWrite(sysfs, address, 'override', original ?? NO_OVERRIDE, options.timeoutMs)
    if (driver !== null) await unbind(sysfs, address, driver, options)
    if (original !== null) await probeThenClear(sysfs, address, options)
  } else {
    await kernelWrite(sysfs, address, 'override', NO_OVERRIDE, options.timeoutMs)
  }
  await verifyDriver(sysfs, address, original, options)
}

/** Frees the device of its driver and override and lets the kernel choose, as at a boot; that none matches is fine. */
export async function letKernelMatch(sysfs: Sysfs, address: Address, options: BindOptions): Promise<void> {
  const driver = await presentDriver(sysfs, address)
  if (await hasOverride(sysfs, address))
    await kernelWrite(sysfs, address, 'override', NO_OVERRIDE, options.timeoutMs)
  if (driver !== null && driver !== VFIO_PCI) return
  if (driver !== null) await unbind(sysfs, address, driver, options)
  await kernelWrite(sysfs, address, 'probe', address, options.timeoutMs)
}

async function presentDriver(sysfs: Sysfs, address: Address): Promise<string | null> {
  if (!(await sysfs.exists(`bus/pci/devices/${address}`))) {
    throw new NotFound('device-not-found', `There is no PCI device ${address} on this host.`, { address })
  }
  return currentDriver(sysfs, address)
}

async function needVfioPci(sysfs: Sysfs, address: Address, options: BindOptions): Promise<void> {
  const folder = `bus/pci/drivers/${VFIO_PCI}`
  if (await sysfs.exists(folder)) return
  await (options.loadModule ?? loadModule)(VFIO_PCI, options.timeoutMs)
  if (await sysfs.exists(folder)) return
  throw new CommandFailed(
    'vfio-pci-missing',
    `The kernel has no driver vfio-pci for ${address}, even after loading its module. Install a kernel that has it.`,
    { address },
  )
}

/** A driver that let go by itself meanwhile is as good. */
async function unbind(sysfs: Sysfs, address: Address, driver: string, options: BindOptions): Promise<void> {
  try {
    await kernelWrite(sysfs, address, 'unbind', address, options.timeoutMs)
  } catch (error) {
    const hangs = error instanceof CommandFailed && error.code === STEPS.unbind.timeout
    if (hangs || (await currentDriver(sysfs, address)) !== null) throw error
  }
  if ((await currentDriver(sysfs, address)) !== driver) return
  throw new CommandFailed(
    STEPS.unbind.failed,
    `The kernel accepted that ${address} leaves its driver ${driver}, but it is still bound. See the kernel log (dmesg).`,
    { address, driver },
  )
}

/** The override is cleared whether or not the probe worked, unless the kernel still hangs in it. */
async function probeThenClear(sysfs: Sysfs, address: Address, options: BindOptions): Promise<void> {
  try {
    await kernelWrite(sysfs, address, 'probe', address, options.timeoutMs)
  } catch (error) {
    const hangs = error instanceof CommandFailed && error.code === STEPS.probe.timeout
    if (!hangs) await kernelWrite(sysfs, address, 'override', NO_OVERRIDE, options.timeoutMs)
    throw error
  }
  await kernelWrite(sysfs, address, 'override', NO_OVERRIDE, options.timeoutMs)
}

const VERIFY_TRIES = 10
const VERIFY_PAUSE_MS = 100

/** A probe that the driver defers is repeated by the kernel a moment later: hence more than one look. */
async function verifyDriver(
  sysfs: Sysfs,
  address: Address,
  wanted: string | null,
  options: BindOptions,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const driver = await currentDriver(sysfs, address)
    if (driver === wanted) return
    if (tries === VERIFY_TRIES) throw notBound(address, wanted, driver)
    await options.sleep(VERIFY_PAUSE_MS)
  }
}

function notBound(address: Address, wanted: string | null, driver: string | null): CommandFailed {
  const name = (value: string | null) => (value === null ? 'no driver' : `driver ${value}`)
  const remedy =
    wanted === VFIO_PCI
      ? 'Is the IOMMU on? vfio-pci refuses devices without one'
      : `Is the module of ${name(wanted)} loaded?`
  return new CommandFailed(
    'driver-not-bound',
    `${address} should be on ${name(wanted)} but is on ${name(driver)}, although the kernel reported success. ${remedy}; see the kernel log (dmesg).`,
    { address, wanted, driver },
  )
}

/** Takes a failed bind back and gives the error to throw: the one given, or one that tells both where taking back failed too. */
async function undone(
  sysfs: Sysfs,
  address: Address,
  original: string | null,
  options: BindOptions,
  failure: unknown,
): Promise<unknown> {
  try {
    await giveBack(sysfs, address, original, options)
    return failure
  } catch (error) {
    const why = failure instanceof Error ? failure.message : String(failure)
    const then = error instanceof Error ? error.message : String(error)
    return new CommandFailed(
      'driver-undo-failed',
      `${why} Its driver ${original ?? '(none)'} could not be brought back either: ${then}`,
      { address, original, driver: await currentDriver(sysfs, address) },
      new AggregateError([failure, error]),
    )
  }
}
