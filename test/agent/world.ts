/** An agent on a simulated host, in this process, against the stub controller: with short pauses, and everything injected. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'
import { holdState } from '../../src/agent/memory/lock.ts'
import { openMemory, type Store } from '../../src/agent/memory/open.ts'
import type { AgentDeps, AgentTiming } from '../../src/agent/ports.ts'
import { runAgent } from '../../src/agent/run.ts'
import { createClient } from '../../src/client/client.ts'
import type { HandedOrder } from '../../src/model/agent-protocol.ts'
import { hexId } from '../../src/model/ids.ts'
import type { Order } from '../../src/model/order.ts'
import { openSimulatedHost, type SimulatedHost } from '../../src/simulator/host.ts'
import { deployOrder, promised, releaseOrder } from '../support/orders.ts'
import { smallHost } from '../support/small-machine.ts'
import { type StubController, type StubOptions, stubController } from './controller.ts'

export const QUICK: AgentTiming = {
  firstPause: 10,
  longestPause: 50,
  deniedPause: 150,
  breath: 20,
  poll: 100,
  settle: 5,
}

export interface World {
  readonly controller: StubController
  readonly host: SimulatedHost
  /** The agent's state. */
  readonly state: string
}

/** A simulated host that nobody drives yet, and a controller that is there. Tests that run side by side give their own `finished`. */
export async function world(
  options: StubOptions = {},
  finished: (clean: () => Promise<void>) => void = onTestFinished,
): Promise<World> {
  const controller = await stubController(options)
  const host = openSimulatedHost(await smallHost())
  const state = mkdtempSync(join(tmpdir(), 'berth-agent-'))
  finished(async () => {
    await controller.stop()
    rmSync(state, { recursive: true, force: true })
    rmSync(host.dir, { recursive: true, force: true })
  })
  return { controller, host, state }
}

export interface RunningAgent {
  readonly log: string[]
  readonly store: Store
  /** Orders under way are finished first. */
  stop(): Promise<void>
  /** Rejects where the program ended by itself. */
  readonly ended: Promise<void>
}

let incarnations = 0

export function startAgent(
  { controller, host, state }: World,
  change: Partial<AgentDeps> = {},
): RunningAgent {
  const release = holdState(state)
  const log: string[] = []
  const store = openMemory(state, 'db-1', (line) => log.push(line))
  const client = createClient({ server: controller.url, token: 'berth_a_secret', fingerprint: null })
  const { procRoot: proc, ...simulated } = host
  const stop = new AbortController()
  const deps: AgentDeps = {
    access: { ...simulated, proc, pciIds: null },
    ...{ driver: 'simulator', uri: host.dir, host: { id: 1, name: 'kvm-a' }, cluster: 'db-1' },
    ...{ client, store, incarnation: incarnation(), version: '0.1.0' },
    clock: {
      monotonic: () => performance.now(),
      now: Date.now,
      sleep: async (ms) => void (await sleep(ms)),
    },
    ...{ timing: QUICK, udevadm: null },
    prepare: async (argv) => ({ status: 0, stdout: argv.join(' '), stderr: '' }),
    log: (line) => log.push(line),
    ...change,
  }
  const ended = runAgent(deps, stop.signal).finally(() => {
    client.close()
    store.close()
    release()
  })
  // Who does not look at it has stopped it.
  ended.catch(() => {})
  const end = async () => {
    stop.abort()
    await ended.catch(() => {})
  }
  onTestFinished(end)
  return { log, store, ended, stop: end }
}

export const incarnation = (): string => `00000000-0000-4000-8000-${String(++incarnations).padStart(12, '0')}`

export const until = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 10_000, interval: 10 })

const devices = [
  promised('00:08.0', { iommuGroup: null }),
  promised('00:08.1', {
    ...{ role: 'held', request: null, iommuGroup: null },
    ...{ deviceId: hexId(0x1aef), classId: hexId(0x0403) },
  }),
]

/** VM 7, as tests' builders have it, on the small machine. */
export const DEPLOY = deployOrder({ devices, bootId: 'boot-0', cluster: 'db-1', host: 1 })
export const RELEASE = releaseOrder({ devices, bootId: 'boot-0', cluster: 'db-1', host: 1, graceSeconds: 0 })

export function handed(order: Order, change: Partial<HandedOrder> = {}): HandedOrder {
  return { order, attempt: 1, journal: [], giving: [], ...change }
}
