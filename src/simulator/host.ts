/** A simulated host as a folder: created from a machine's description, opened as the ports that deploying needs. */
import { join } from 'node:path'
import { type HostFirmware, hostFirmware } from '../libvirt/host-firmware.ts'
import type { Hypervisor } from '../libvirt/hypervisor.ts'
import { nvramFolder } from '../libvirt/nvram.ts'
import { NotFound } from '../model/errors.ts'
import type { Sysfs } from '../vfio/sysfs.ts'
import type { ReadVfSettings } from '../vfio/vf-network.ts'
import type { Fault } from './faults.ts'
import { simulatedHypervisor } from './hypervisor.ts'
import { simulatedSysfs } from './kernel.ts'
import { type MachineDescription, SIMULATED_MARK } from './machine.ts'
import { gpuA100 } from './machines/gpu-a100.ts'
import { gpuRender } from './machines/gpu-render.ts'
import { nicSriov } from './machines/nic-sriov.ts'
import { storage } from './machines/storage.ts'
import { readDescription } from './state.ts'
import { writeSysfsTree } from './tree.ts'
import { simulatedVfSettings } from './vf-network.ts'

export interface SimulatedHost {
  readonly dir: string
  readonly name: string
  readonly title: string
  /** Shown wherever people see this host. */
  readonly mark: typeof SIMULATED_MARK
  /** Roots for the probes. */
  readonly sysfsRoot: string
  readonly procRoot: string
  readonly devRoot: string
  readonly sysfs: Sysfs
  readonly hypervisor: Hypervisor
  readonly firmware: HostFirmware
  /** There are no modules to load. */
  loadModule(): Promise<void>
  /** What `ip link` would tell of a PF's VFs. */
  readonly vfSettings: ReadVfSettings
}

export interface SimulationOptions {
  /** Beside those in the host's faults file. */
  readonly faults?: readonly Fault[]
  /** After how many milliseconds the simulated hypervisor gives up on a hanging driver. */
  readonly timeoutMs?: number
}

const MACHINES: readonly MachineDescription[] = [gpuA100, gpuRender, nicSriov, storage]

/** The machines that can be simulated. */
export function listMachines(): readonly MachineDescription[] {
  return MACHINES
}

/** Writes the machine's trees into `dir` and opens it. `NotFound` `machine-unknown`; a folder that has a tree already: EEXIST. */
export async function createSimulatedHost(
  dir: string,
  machineName: string,
  options: SimulationOptions = {},
): Promise<SimulatedHost> {
  const machine = MACHINES.find((candidate) => candidate.name === machineName)
  if (!machine) {
    const names = MACHINES.map((candidate) => candidate.name)
    throw new NotFound(
      'machine-unknown',
      `There is no description of a machine '${machineName}'. Known: ${names.join(', ')}.`,
      { machine: machineName, known: names },
    )
  }
  await writeSysfsTree(dir, machine)
  return openSimulatedHost(dir, options)
}

/** `NotFound` `not-simulated` where Berth wrote no tree. */
export function openSimulatedHost(dir: string, options: SimulationOptions = {}): SimulatedHost {
  const { name, title } = readDescription(dir)
  const sysfsRoot = join(dir, 'sys')
  const sysfs = simulatedSysfs(sysfsRoot, options.faults)
  return {
    dir,
    name,
    title,
    mark: SIMULATED_MARK,
    sysfsRoot,
    procRoot: join(dir, 'proc'),
    devRoot: join(dir, 'dev'),
    sysfs,
    hypervisor: simulatedHypervisor(sysfs, options.faults, options.timeoutMs),
    firmware: hostFirmware({ root: dir, architecture: 'x86_64', nvramFolder: nvramFolder('', {}) }),
    loadModule: async () => {},
    vfSettings: simulatedVfSettings(sysfs),
  }
}
