/** A host with a GPU whose audio function and driverless bridge chip share its group, and a crash at any chosen call. */
import { carryOut } from '../../src/deploy/carry-out.ts'
import type { DeployPorts } from '../../src/deploy/ports.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { hexId } from '../../src/model/ids.ts'
import type { Order, PromisedDevice } from '../../src/model/order.ts'
import {
  type MemoryDevice,
  type MemoryHost,
  memoryFacts,
  memoryFirmware,
  memoryHost,
  memoryHypervisor,
  memoryJournal,
  memorySysfs,
} from '../support/memory-host.ts'
import { addressOf, deployOrder, promised, releaseOrder, reported } from '../support/orders.ts'

export const GPU = addressOf('08:00.0')
export const AUDIO = addressOf('08:00.1')
export const SPARE = addressOf('08:00.2')
export const NIC = addressOf('01:00.0')
export const OTHER = addressOf('02:00.0')

export const AUDIO_CLASS = hexId(0x0403)

export const DEVICES: readonly PromisedDevice[] = [
  promised('08:00.0', { iommuGroup: 26, identity: 'path:0000:00/04.0' }),
  promised('01:00.0', { iommuGroup: 20 }),
  promised('08:00.1', { iommuGroup: 26, role: 'held', classId: AUDIO_CLASS, request: null }),
  promised('08:00.2', { iommuGroup: 26, role: 'held', classId: AUDIO_CLASS, request: null }),
]

export const DEPLOY = deployOrder({ devices: DEVICES })
export const RELEASE = releaseOrder({ devices: DEVICES })

/** Original drivers: a GPU of which two drivers would take it, audio, a driverless mate, a NIC that was on vfio-pci already. */
export const ORIGINAL: Readonly<Record<string, string | null>> = {
  [GPU]: 'nvidia',
  [AUDIO]: 'snd_hda_intel',
  [SPARE]: null,
  [NIC]: 'vfio-pci',
}

export function world(): MemoryHost {
  const devices = DEVICES.map((device): MemoryDevice => {
    const driver = ORIGINAL[device.address] ?? null
    const natural = device.address === GPU ? 'nouveau' : driver
    return { facts: reported(device), driver, override: null, natural }
  })
  const other = promised('02:00.0', { iommuGroup: 40 })
  devices.push({ facts: reported(other), driver: 'e1000e', override: null, natural: 'e1000e' })
  return memoryHost(devices)
}

export const driversOf = (host: MemoryHost): Record<string, string | null> =>
  Object.fromEntries(DEVICES.map(({ address }) => [address, host.devices.get(address)?.driver ?? null]))

export class Crash extends Error {}

/** Before or after the nth call that leaves a trace (journal, hypervisor, sysfs write) the process is gone. */
export interface CrashPoint {
  readonly call: number
  readonly when: 'before' | 'after'
}

/** `alive` tells afterwards whether the crash came. */
export function crashingPorts(
  host: MemoryHost,
  crash: CrashPoint | null,
): { ports: DeployPorts; alive: () => boolean } {
  let calls = 0
  let dead = false
  const die = (): never => {
    dead = true
    throw new Crash()
  }
  /** A process that is gone calls nothing any more, whatever its code would make of the crash. */
  const living =
    <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> =>
      dead ? die() : work(...args)
  const traced = <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
    living(async (...args: A): Promise<T> => {
      calls++
      if (crash?.call === calls && crash.when === 'before') die()
      const result = await work(...args)
      if (crash?.call === calls && crash.when === 'after') die()
      return result
    })
  const hypervisor = memoryHypervisor(host)
  const firmware = memoryFirmware(host)
  const sysfs = memorySysfs(host)
  const journal = memoryJournal(host)
  const ports: DeployPorts = {
    hypervisor: {
      create: traced(hypervisor.create),
      attach: traced(hypervisor.attach),
      detach: traced(hypervisor.detach),
      shutdown: traced(hypervisor.shutdown),
      destroy: traced(hypervisor.destroy),
      find: living(hypervisor.find),
      list: living(hypervisor.list),
    },
    sysfs: { ...sysfs, link: living(sysfs.link), exists: living(sysfs.exists), write: traced(sysfs.write) },
    journal: {
      load: living(journal.load),
      loadGiving: living(journal.loadGiving),
      append: traced(journal.append),
    },
    firmware: { ...firmware, forget: traced(firmware.forget) },
    facts: living(async () => memoryFacts(host)),
    lock: (work) => work(),
    clock: {
      now: () => host.now,
      sleep: async (ms) => {
        host.now += ms
      },
    },
    loadModule: async () => {},
  }
  return { ports, alive: () => !dead }
}

export function portsOf(host: MemoryHost): DeployPorts {
  return crashingPorts(host, null).ports
}

/** Rejects with Crash where the crash came. */
export async function run(
  host: MemoryHost,
  order: Order,
  crash: CrashPoint | null = null,
): Promise<HostEvent> {
  const { ports, alive } = crashingPorts(host, crash)
  const event = await carryOut(order, ports)
  if (!alive()) throw new Crash()
  return event
}

/** Runs until it ends without a crash, crashing once at each of the points given. */
export async function runThrough(
  host: MemoryHost,
  order: Order,
  points: readonly CrashPoint[],
): Promise<HostEvent> {
  for (const point of points) {
    try {
      await run(host, order, point)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
  }
  return run(host, order)
}
