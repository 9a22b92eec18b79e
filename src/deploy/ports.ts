/** Everything that carrying an order out reaches outside of itself: given as arguments, so that a simulated host works the same. */
import type { HostFirmware } from '../libvirt/host-firmware.ts'
import type { Hypervisor } from '../libvirt/hypervisor.ts'
import type { JournalEntry, Order, VmOrder } from '../model/order.ts'
import type { HostReport } from '../model/report.ts'
import type { BindOptions } from '../vfio/driver.ts'
import type { Sysfs } from '../vfio/sysfs.ts'
import type { ReadVfSettings } from '../vfio/vf-network.ts'

/** What the host looks like now, probed anew; `domains` null = libvirt could not be asked. */
export type PresentFacts = Pick<HostReport, 'bootId' | 'devices' | 'usage' | 'usb' | 'domains'>

/**
 * Kept outside of the process, in the order that it was appended. An append that rejects stops everything at once, and
 * nothing is undone: the order is no longer ours, or nothing could be written down.
 */
export interface Journal {
  load(order: Order): Promise<readonly JournalEntry[]>
  /** The journals of the orders that gave the VM its devices in the same epoch, the deploy's first; [] = there were none. */
  loadGiving(order: VmOrder): Promise<readonly JournalEntry[]>
  append(order: Order, entry: JournalEntry): Promise<void>
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  sleep(ms: number): Promise<void>
}

export interface DeployPorts {
  readonly hypervisor: Hypervisor
  readonly sysfs: Sysfs
  readonly firmware: HostFirmware
  facts(): Promise<PresentFacts>
  readonly journal: Journal
  /** Held by one piece of work on this host at a time, whatever process does it. */
  lock<T>(work: () => Promise<T>): Promise<T>
  /**
   * Asked before anything is touched or written down: rejects once the order or the host's lock is another process's, as
   * after this one was suspended for long. Everything then stops at once and nothing is undone. Always ours by default.
   */
  readonly stillOurs?: () => Promise<void>
  readonly clock: Clock
  /** Loads a kernel module; `modprobe` by default. */
  readonly loadModule?: BindOptions['loadModule']
  /** What a PF's interface tells of its VFs; `ip link` by default. */
  readonly vfSettings?: ReadVfSettings
  /** Hears what is being done, one line each, for a log. */
  readonly onStep?: (text: string) => void
}

/** The most that one write to the kernel may take: unbinding a busy NIC or GPU takes seconds. */
const WRITE_TIMEOUT_MS = 60_000

export function bindOptions(ports: DeployPorts): BindOptions {
  return {
    timeoutMs: WRITE_TIMEOUT_MS,
    sleep: ports.clock.sleep,
    ...(ports.loadModule ? { loadModule: ports.loadModule } : {}),
  }
}

/** Asks until the answer is yes, for `ms` at most; gives the last answer. */
export async function waitFor(clock: Clock, ms: number, ask: () => Promise<boolean>): Promise<boolean> {
  for (const end = clock.now() + ms; ; await clock.sleep(POLL_MS)) {
    if (await ask()) return true
    if (clock.now() >= end) return false
  }
}

const POLL_MS = 500
