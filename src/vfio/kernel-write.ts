/** The writes that move a device between drivers or give it virtual functions, with errors that name the device and the step. */
import type { Address } from '../model/address.ts'
import { CommandFailed } from '../model/errors.ts'
import type { Sysfs } from './sysfs.ts'

/** An empty line clears driver_override. */
export const NO_OVERRIDE = '\n'

export const STEPS = {
  override: {
    failed: 'driver-override-failed',
    timeout: 'driver-override-timeout',
    what: 'set the driver override of',
  },
  unbind: { failed: 'driver-unbind-failed', timeout: 'driver-unbind-timeout', what: 'unbind the driver of' },
  probe: { failed: 'driver-probe-failed', timeout: 'driver-probe-timeout', what: 'probe a driver for' },
  vfs: { failed: 'vfs-write-failed', timeout: 'vfs-write-timeout', what: 'set the virtual functions of' },
  autoprobe: {
    failed: 'vfs-write-failed',
    timeout: 'vfs-write-timeout',
    what: 'say whether drivers take the virtual functions of',
  },
} as const

type Step = keyof typeof STEPS

const PATHS: Readonly<Record<Step, (address: Address) => string>> = {
  override: (address) => `bus/pci/devices/${address}/driver_override`,
  unbind: (address) => `bus/pci/devices/${address}/driver/unbind`,
  probe: () => 'bus/pci/drivers_probe',
  vfs: (address) => `bus/pci/devices/${address}/sriov_numvfs`,
  autoprobe: (address) => `bus/pci/devices/${address}/sriov_drivers_autoprobe`,
}

/** One write; refusals and time-outs become errors that name the device and the step. */
export async function kernelWrite(
  sysfs: Sysfs,
  address: Address,
  step: Step,
  text: string,
  timeoutMs: number,
): Promise<void> {
  try {
    await sysfs.write(PATHS[step](address), text, { timeoutMs })
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    const code = error.code === 'sysfs-write-timeout' ? STEPS[step].timeout : STEPS[step].failed
    const message = `Cannot ${STEPS[step].what} ${address}: ${error.message}`
    throw new CommandFailed(code, message, { ...error.facts, address }, error)
  }
}
