/** A hypervisor without machines: keeps the XML of what would run, and does to the devices what libvirt's managed='yes' means. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { domainFacts } from '../libvirt/domain-facts.ts'
import type { Hypervisor } from '../libvirt/hypervisor.ts'
import { virshFailure } from '../libvirt/virsh-failure.ts'
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { RunningDomain } from '../model/usage.ts'
import { type BindOptions, bindToVfio, currentDriver } from '../vfio/driver.ts'
import { groupMembers, groupOf } from '../vfio/group.ts'
import type { Sysfs } from '../vfio/sysfs.ts'
import { type Fault, type FaultOperation, faultFor, readFaults } from './faults.ts'
import { type MachineState, machineState } from './state.ts'
import { judgeUsb } from './usb-hostdev.ts'

/** Where the XML of each running domain stands, as `<name>.xml`. */
const DOMAINS = 'domains'

interface Simulation {
  readonly dir: string
  readonly sysfs: Sysfs
  readonly faults: readonly Fault[]
  readonly options: BindOptions
}

/**
 * The hypervisor of the simulated host whose kernel is `sysfs`. Domains stand in `<host>/domains/<name>.xml`, so they survive the
 * process. Refusals are `CommandFailed` with libvirt's words and the codes that virsh's failures have.
 */
export function simulatedHypervisor(
  sysfs: Sysfs,
  faults: readonly Fault[] = [],
  timeoutMs = 30_000,
): Hypervisor {
  const dir = dirname(sysfs.root)
  const options: BindOptions = {
    timeoutMs,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    loadModule: async () => {},
  }
  const simulation: Simulation = { dir, sysfs, faults, options }
  const domainOf = (uuid: string) => domains(dir).find((domain) => domain.uuid === uuid)
  return {
    create: (xml) => create(simulation, xml),
    find: async (name) => domains(dir).find((domain) => domain.name === name) ?? null,
    list: async () => domains(dir),
    shutdown: async (uuid) => {
      const domain = domainOf(uuid)
      // A guest obeys at once, unless a fault says that it does not hear.
      if (domain && !(await failsOrHangs(simulation, 'shutdown'))) await end(simulation, domain)
    },
    destroy: async (uuid) => {
      const domain = domainOf(uuid)
      if (domain && !(await failsOrHangs(simulation, 'destroy'))) await end(simulation, domain)
    },
  }
}

/** The domains that run, by name. */
function domains(dir: string): readonly RunningDomain[] {
  mkdirSync(join(dir, DOMAINS), { recursive: true })
  const names = readdirSync(join(dir, DOMAINS)).filter((name) => name.endsWith('.xml'))
  return names.sort().map((name) => domainFacts(readFileSync(join(dir, DOMAINS, name), 'utf8'), 'running'))
}

/** True = says yes and does nothing. */
async function failsOrHangs(simulation: Simulation, operation: FaultOperation): Promise<boolean> {
  const faults = [...simulation.faults, ...readFaults(simulation.dir)]
  const effect = faultFor(faults, operation, null, null)
  if (effect === null || effect === 'nothing') return effect === 'nothing'
  if (effect === 'hang') {
    const { sleep, timeoutMs } = simulation.options
    await sleep(timeoutMs)
    throw virshFailure({ ...CALL, command: `virsh ${operation}`, timedOut: true, timeout: timeoutMs })
  }
  throw refused(operation, `internal error: simulated failure: ${effect}`)
}

const CALL = { exitCode: null, stderr: '', timedOut: false, timeout: 0, missing: false, cause: undefined }

function refused(operation: string, words: string, cause?: unknown): Error {
  return virshFailure({
    ...CALL,
    command: `virsh ${operation}`,
    exitCode: 1,
    stderr: `error: ${words}`,
    cause,
  })
}

/** All devices are judged before any is touched, and all are bound before any is opened; what fails is taken back. */
async function create(simulation: Simulation, xml: string): Promise<void> {
  const { dir, sysfs, options } = simulation
  const wanted = domainFacts(xml, 'running')
  const ignored = await failsOrHangs(simulation, 'create')
  judgeDomain(wanted, domains(dir))
  const state = machineState(sysfs.root)
  for (const address of wanted.hostdevs) await judgeDevice(simulation, state, address)
  for (const numbers of wanted.usbHostdevs ?? []) {
    const words = judgeUsb(state, numbers, domains(dir))
    if (words !== null) throw refused('create', words)
  }
  if (ignored) return
  const bound: Address[] = []
  try {
    for (const address of wanted.hostdevs) {
      if ((await currentDriver(sysfs, address)) === VFIO_PCI) continue
      await bindToVfio(sysfs, address, options)
      bound.push(address)
    }
    for (const address of wanted.hostdevs) await openGroup(simulation, state, address)
  } catch (error) {
    await reattach(simulation, bound)
    throw error
  }
  writeFileSync(join(dir, DOMAINS, `${wanted.name}.bound`), bound.map((address) => `${address}\n`).join(''))
  writeFileSync(join(dir, DOMAINS, `${wanted.name}.xml`), xml)
  // Last, as it goes first in the end: a process killed in between leaves no device open that no domain has.
  state.setOpen([...state.open(), ...wanted.hostdevs])
}

function judgeDomain(wanted: RunningDomain, running: readonly RunningDomain[]): void {
  if (wanted.name.includes('/')) throw refused('create', `XML error: name ${wanted.name} cannot contain '/'`)
  if (wanted.uuid === '') throw refused('create', `XML error: the simulator needs a <uuid> in ${wanted.name}`)
  const same = running.find(({ name, uuid }) => name === wanted.name || uuid === wanted.uuid)
  if (same) {
    throw refused('create', `operation failed: domain '${same.name}' already exists with uuid ${same.uuid}`)
  }
}

async function judgeDevice(simulation: Simulation, state: MachineState, address: Address): Promise<void> {
  const placed = state.place(address)
  if (placed === null) {
    const file = `/sys/bus/pci/devices/${address}/config`
    throw refused(
      'create',
      `Device ${address} not found: could not access ${file}: No such file or directory`,
    )
  }
  if (placed.fn.bridge) {
    throw refused(
      'create',
      'unsupported configuration: Non-endpoint PCI devices cannot be assigned to guests',
    )
  }
  if (state.machine.iommu === null) {
    throw refused('create', "unsupported configuration: host doesn't support passthrough of host PCI devices")
  }
  const holder = domains(simulation.dir).find((domain) => domain.hostdevs.includes(address))
  if (holder) {
    const words = `PCI device ${address} is in use by driver QEMU, domain ${holder.name}`
    throw refused('create', `Requested operation is not valid: ${words}`)
  }
}

/** Viable = no endpoint of the group is on a host driver; and no other domain has it open (Documentation/driver-api/vfio.rst). */
async function openGroup(simulation: Simulation, state: MachineState, address: Address): Promise<void> {
  const { sysfs } = simulation
  const group = await groupOf(sysfs, address)
  if (group === null) throw refused('create', `internal error: vfio ${address}: no iommu_group found`)
  const { endpoints } = await groupMembers(sysfs, group)
  if (endpoints.some(({ driver }) => driver !== null && driver !== VFIO_PCI)) {
    throw refused(
      'create',
      `internal error: QEMU unexpectedly closed the monitor: vfio ${address}: group ${group} is not viable\nPlease ensure all devices within the iommu_group are bound to their vfio bus driver.`,
    )
  }
  if (endpoints.some((endpoint) => state.open().includes(endpoint.address))) {
    throw refused(
      'create',
      `internal error: QEMU unexpectedly closed the monitor: vfio ${address}: failed to open /dev/vfio/${group}: Device or resource busy`,
    )
  }
}

/** All devices are closed before any is given back. */
async function end(simulation: Simulation, domain: RunningDomain): Promise<void> {
  const { dir, sysfs } = simulation
  const boundFile = join(dir, DOMAINS, `${domain.name}.bound`)
  const bound = new Set(readFileSync(boundFile, 'utf8').split('\n'))
  const state = machineState(sysfs.root)
  state.setOpen(state.open().filter((address) => !domain.hostdevs.some((held) => held === address)))
  rmSync(join(dir, DOMAINS, `${domain.name}.xml`))
  await reattach(
    simulation,
    domain.hostdevs.filter((address) => bound.has(address)),
  )
  rmSync(boundFile)
}

/**
 * As virPCIDeviceReattach: override cleared, unbound from vfio-pci, probed; whatever driver then takes it is fine. What goes wrong
 * is only logged by libvirt, and a device stays where it is: the caller's own look at the driver decides.
 */
async function reattach(simulation: Simulation, addresses: readonly Address[]): Promise<void> {
  const { sysfs, options } = simulation
  for (const address of addresses) {
    const steps = [
      [`bus/pci/devices/${address}/driver_override`, '\n'],
      [`bus/pci/drivers/${VFIO_PCI}/unbind`, address],
      ['bus/pci/drivers_probe', address],
    ] as const
    try {
      for (const [path, text] of steps) await sysfs.write(path, text, { timeoutMs: options.timeoutMs })
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      process.emitWarning(`simulated libvirt could not re-attach ${address}: ${words}`)
    }
  }
}
