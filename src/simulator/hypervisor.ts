/** A hypervisor without machines: keeps the XML of what would run, and does to the devices what libvirt's managed='yes' means. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { domainFacts, unmanagedHostdevs, withoutHostdevs } from '../libvirt/domain-facts.ts'
import type { Hypervisor } from '../libvirt/hypervisor.ts'
import { virshFailure } from '../libvirt/virsh-failure.ts'
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { RunningDomain } from '../model/usage.ts'
import { type BindOptions, bindToVfio, currentDriver } from '../vfio/driver.ts'
import type { Sysfs } from '../vfio/sysfs.ts'
import { type Fault, type FaultOperation, faultFor, readFaults } from './faults.ts'
import { prepareNvram } from './firmware-files.ts'
import { judgeDevice, judgeDomain, judgeGroup, judgeUnmanaged, judgeUsbDevices } from './judge.ts'
import { CALL, refused } from './refused.ts'
import { type MachineState, machineState } from './state.ts'
import { clearVfSettings, interfacesOfDomain, setVfSettings, whyNoInterface } from './vf-network.ts'

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
    attach: async (uuid, device) => {
      const domain = domainOf(uuid)
      if (domain === undefined)
        throw refused('attach-device', `Domain not found: no domain with matching uuid '${uuid}'`)
      if (!(await failsOrHangs(simulation, 'attach'))) await plugIn(simulation, domain, device)
    },
    detach: async (uuid, device) => {
      const domain = domainOf(uuid)
      if (domain === undefined)
        throw refused('detach-device', `Domain not found: no domain with matching uuid '${uuid}'`)
      // As virsh: it says yes while a guest that does not answer keeps the device.
      if (!(await failsOrHangs(simulation, 'detach'))) await pullOut(simulation, domain, device)
    },
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

async function create(simulation: Simulation, xml: string): Promise<void> {
  const { dir, sysfs } = simulation
  const wanted = domainFacts(xml, 'running')
  const ignored = await failsOrHangs(simulation, 'create')
  const running = domains(dir)
  judgeDomain(wanted, running)
  const state = machineState(sysfs.root)
  for (const address of wanted.hostdevs) judgeDevice(state, address, running)
  for (const address of unmanagedHostdevs(xml)) await judgeUnmanaged(sysfs, address)
  const interfaces = interfacesOfDomain(xml)
  for (const address of interfaces.keys()) {
    const why = await whyNoInterface(sysfs, address)
    if (why !== null) throw refused('create', why)
  }
  judgeUsbDevices(state, wanted.usbHostdevs ?? [], running)
  if (ignored) return
  prepareNvram(dir, xml)
  const bound = await bindAndOpen(simulation, state, wanted.hostdevs)
  setVfSettings(dir, interfaces)
  writeFileSync(boundFile(dir, wanted), lines(bound))
  writeFileSync(xmlFile(dir, wanted), xml)
  // Last, as it goes first in the end: a process killed in between leaves no device open that no domain has.
  state.setOpen([...state.open(), ...wanted.hostdevs])
}

/** All devices are judged before any is touched, and all are bound before any is opened; what fails is taken back. */
async function bindAndOpen(
  simulation: Simulation,
  state: MachineState,
  addresses: readonly Address[],
): Promise<readonly Address[]> {
  const { sysfs, options } = simulation
  const bound: Address[] = []
  try {
    for (const address of addresses) {
      if ((await currentDriver(sysfs, address)) === VFIO_PCI) continue
      await bindToVfio(sysfs, address, options)
      bound.push(address)
    }
    for (const address of addresses) await judgeGroup(sysfs, state, address)
    return bound
  } catch (error) {
    await reattach(simulation, bound)
    throw error
  }
}

type Named = Pick<RunningDomain, 'name'>
const xmlFile = (dir: string, { name }: Named): string => join(dir, DOMAINS, `${name}.xml`)
/** Which devices the hypervisor bound itself, and so gives back. */
const boundFile = (dir: string, { name }: Named): string => join(dir, DOMAINS, `${name}.bound`)
const lines = (addresses: readonly string[]): string => addresses.map((address) => `${address}\n`).join('')

const heldUsb = (xml: string): number => domainFacts(xml, 'running').usbHostdevs?.length ?? 0

/** The device's element as a domain of its own, so that it is read as all are. */
const alone = (device: string): string => `<domain><name>device</name><devices>${device}</devices></domain>`

async function plugIn(simulation: Simulation, domain: RunningDomain, device: string): Promise<void> {
  const { dir, sysfs } = simulation
  const state = machineState(sysfs.root)
  const { hostdevs, usbHostdevs = [] } = domainFacts(alone(device), 'running')
  judgeUsbDevices(state, usbHostdevs, domains(dir))
  for (const address of hostdevs) judgeDevice(state, address, domains(dir))
  for (const address of unmanagedHostdevs(alone(device))) await judgeUnmanaged(sysfs, address)
  const bound = await bindAndOpen(simulation, state, hostdevs)
  appendFileSync(boundFile(dir, domain), lines(bound))
  const xml = readFileSync(xmlFile(dir, domain), 'utf8')
  writeFileSync(xmlFile(dir, domain), xml.replace('</devices>', `${device}</devices>`))
  state.setOpen([...state.open(), ...hostdevs])
}

/** Out of the XML first: a process killed in between leaves a device that no domain has on vfio-pci, as libvirt's would. */
async function pullOut(simulation: Simulation, domain: RunningDomain, device: string): Promise<void> {
  const { dir, sysfs } = simulation
  const asked = domainFacts(alone(device), 'running')
  const gone = asked.hostdevs.filter((one) => domain.hostdevs.includes(one))
  const xml = readFileSync(xmlFile(dir, domain), 'utf8')
  const left = withoutHostdevs(xml, asked)
  if (gone.length === 0 && heldUsb(left) === heldUsb(xml))
    throw refused('detach-device', 'device not found: no matching hostdev device found')
  writeFileSync(xmlFile(dir, domain), left)
  const state = machineState(sysfs.root)
  state.setOpen(state.open().filter((address) => !gone.some((one) => one === address)))
  const bound = new Set(readFileSync(boundFile(dir, domain), 'utf8').split('\n'))
  await reattach(
    simulation,
    gone.filter((address) => bound.delete(address)),
  )
  writeFileSync(boundFile(dir, domain), lines([...bound].filter(Boolean)))
}

/** All devices are closed before any is given back. */
async function end(simulation: Simulation, domain: RunningDomain): Promise<void> {
  const { dir, sysfs } = simulation
  const bound = new Set(readFileSync(boundFile(dir, domain), 'utf8').split('\n'))
  const state = machineState(sysfs.root)
  state.setOpen(state.open().filter((address) => !domain.hostdevs.some((held) => held === address)))
  if (!(await failsOrHangs(simulation, 'vf-network'))) clearVfSettings(dir, domain.hostdevs)
  rmSync(xmlFile(dir, domain))
  await reattach(
    simulation,
    domain.hostdevs.filter((address) => bound.has(address)),
  )
  rmSync(boundFile(dir, domain))
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
