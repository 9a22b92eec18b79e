/** A whole cluster of processes as they are shipped: a controller, agents of SIMULATED hosts, and a network in between that fails. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { RunningDomain } from '../../src/model/usage.ts'
import { type Fault, writeFaults } from '../../src/simulator/faults.ts'
import { openSimulatedHost } from '../../src/simulator/host.ts'
import { freePort } from '../support/free-port.ts'
import { createNetwork, type Network } from './network.ts'
import { PROGRAM } from './shipped.ts'

export interface ClusterHost {
  readonly name: string
  readonly network: Network
  startAgent(): void
  killAgent(): Promise<void>
  /** What the simulated machine does wrong from now on; [] = nothing. */
  fail(faults: readonly Fault[]): void
  /** What truly runs there. */
  domains(): Promise<readonly RunningDomain[]>
  said(): string
}

export interface ClusterWorld {
  readonly hosts: readonly ClusterHost[]
  readonly url: string
  startController(): Promise<void>
  killController(): Promise<void>
  /** SIGTERM. Gives its exit status, when it has ended. */
  stopController(): Promise<number | undefined>
  /** On the controller, past the API. Rejects where it fails. */
  berth(...args: readonly string[]): Promise<string>
  json<T>(...args: readonly string[]): Promise<T>
  said(): string
  remove(): Promise<void>
}

/** Seconds until a silent host is unknown. */
export const SILENT_AFTER = 3

const launch = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  execa(process.execPath, [PROGRAM, ...args], { env, reject: false, buffer: false })

class Program {
  #child: ReturnType<typeof launch> | null = null
  #said = ''
  readonly #args: readonly string[]
  readonly #env: Readonly<Record<string, string>>

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#args = args
    this.#env = env
  }

  start(): void {
    if (this.#child !== null) return
    const child = launch(this.#args, this.#env)
    const hear = (text: Buffer) => {
      this.#said += text
    }
    child.stderr?.on('data', hear)
    child.stdout?.on('data', hear)
    this.#child = child
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === null) return
    child.kill('SIGKILL')
    await child
    this.#child = null
  }

  async stop(): Promise<number | undefined> {
    const child = this.#child
    child?.kill('SIGTERM')
    const ended = await child
    this.#child = null
    return ended?.exitCode
  }

  said(): string {
    return this.#said
  }
}

/** `machines`: what each host is a simulation of. The controller runs, and all have joined. */
export async function clusterWorld(
  machines: readonly string[],
  silentAfter: number = SILENT_AFTER,
): Promise<ClusterWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-cluster-'))
  const port = await freePort()
  const environment = { BERTH_DB: join(folder, 'berth.db'), BERTH_SILENT_AFTER: String(silentAfter) }
  const controller = new Program(['serve', '--listen', `127.0.0.1:${port}`, '--interval', '2'], environment)
  const berth = async (...args: readonly string[]) =>
    (await execa(process.execPath, [PROGRAM, ...args], { env: environment })).stdout
  const json = async <T>(...args: readonly string[]) => JSON.parse(await berth(...args, '--json')) as T
  const startController = async () => {
    controller.start()
    for (const end = Date.now() + 30_000; !(await listens(port)); await sleep(50))
      if (Date.now() > end) throw new Error(`the controller does not listen:\n${controller.said()}`)
  }
  await startController()
  const hosts = await Promise.all(
    machines.map((machine, index) => joinedHost({ folder, port, berth, json }, machine, `h${index + 1}`)),
  )
  return {
    ...{ hosts, berth, json, startController },
    url: `http://127.0.0.1:${port}`,
    killController: () => controller.kill(),
    stopController: () => controller.stop(),
    said: () => controller.said(),
    remove: async () => {
      await Promise.all([controller.kill(), ...hosts.map((host) => host.killAgent())])
      for (const { network } of hosts) network.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Making extends Pick<ClusterWorld, 'berth' | 'json'> {
  readonly folder: string
  readonly port: number
}

async function joinedHost(
  { folder, port, json }: Making,
  machine: string,
  name: string,
): Promise<ClusterHost> {
  const network = await createNetwork(port)
  const state = join(folder, name)
  mkdirSync(state)
  await json('host', 'add', name, '--agent')
  const { token } = await json<{ readonly token: string }>('token', 'join', name)
  const server = `http://127.0.0.1:${network.port}`
  await execa(process.execPath, [
    ...[PROGRAM, 'agent', 'join', '--server', server, '--token', token],
    ...['--state', state, '--simulator', machine],
  ])
  const agent = new Program(['agent', 'run', '--state', state], {})
  agent.start()
  return {
    ...{ name, network },
    startAgent: () => agent.start(),
    killAgent: () => agent.kill(),
    fail: (faults) => writeFaults(simulatedFolder(state), faults),
    domains: () => openSimulatedHost(simulatedFolder(state)).hypervisor.list(),
    said: () => agent.said(),
  }
}

function simulatedFolder(state: string): string {
  const { uri } = JSON.parse(readFileSync(join(state, 'agent.json'), 'utf8')) as { readonly uri: string }
  return uri
}

async function listens(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).status > 0
  } catch {
    return false
  }
}
