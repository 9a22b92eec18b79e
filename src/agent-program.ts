/** `berth agent`: a host's agent put together, until a signal comes; joined to a controller before, and looked at. */
import { randomUUID } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askToJoin, requireNotJoined } from './agent/join.ts'
import { makeStateFolder, readMembership, writeMembership } from './agent/membership.ts'
import { holdState } from './agent/memory/lock.ts'
import { openMemory, PID_FACT, writeFact } from './agent/memory/open.ts'
import { AGENT_TIMING } from './agent/ports.ts'
import { runAgent } from './agent/run.ts'
import { agentStatus } from './agent/status.ts'
import type { AgentJoinOptions, CliPorts } from './cli/ports.ts'
import { createClient } from './client/client.ts'
import type { Config } from './config.ts'
import { bootLogReader, hostAccess } from './host-access.ts'
import { type Log, type LogFields, openLog } from './log.ts'
import type { PrepareAnswer } from './model/agent-protocol.ts'
import { Conflict } from './model/errors.ts'
import type { Host } from './model/host.ts'
import { prepareHere } from './preparation.ts'
import { createSimulatedHost, listMachines, openSimulatedHost } from './simulator/host.ts'

/** `config` is read only where it is needed. */
export function agentPort(
  config: () => Config,
  version: string,
  write: (text: string) => void,
): CliPorts['agent'] {
  return {
    join: async (options) => {
      await joinHost(options, config(), version)
      return agentStatus(stateFolder(options.state, config()))
    },
    run: async ({ state, logFormat }) => {
      const read = config()
      const log = await openLog({ ...read, ...(logFormat !== null && { logFormat }) }, write)
      return runProgram(stateFolder(state, read), read, version, log)
    },
    status: async (options) => agentStatus(stateFolder(options.state, config())),
  }
}

const stateFolder = (given: string | null, { agentState }: Config): string => resolve(given ?? agentState)

async function joinHost(options: AgentJoinOptions, config: Config, version: string): Promise<void> {
  const dir = stateFolder(options.state, config)
  makeStateFolder(dir)
  // Not under a program that works with what is there.
  const release = holdState(dir)
  try {
    requireNotJoined(dir, options.force)
    const host = await hostToJoin(dir, options)
    try {
      // Refused before the token is used up.
      await hostAccess(config, host, bootLogReader(config))
      const { server, token, fingerprint } = options
      const { driver, uri } = host
      await writeMembership(dir, await askToJoin({ server, token, fingerprint, version, driver, uri }))
    } catch (error) {
      if (host.made) rmSync(host.uri, { recursive: true, force: true })
      throw error
    }
  } finally {
    release()
  }
}

interface JoiningHost extends Pick<Host, 'driver' | 'uri'> {
  /** A simulated host that was written for this. */
  readonly made: boolean
}

/** A machine's name makes a simulated host in the state's folder; anything else is the folder of one. */
async function hostToJoin(
  dir: string,
  { simulator, uri }: Pick<AgentJoinOptions, 'simulator' | 'uri'>,
): Promise<JoiningHost> {
  if (simulator === null) return { driver: 'libvirt', uri: uri ?? 'qemu:///system', made: false }
  if (!listMachines().some(({ name }) => name === simulator))
    return { driver: 'simulator', uri: openSimulatedHost(resolve(simulator)).dir, made: false }
  const folder = join(dir, simulator)
  const made = !existsSync(folder)
  const host = made ? await createSimulatedHost(folder, simulator) : openSimulatedHost(folder)
  return { driver: 'simulator', uri: host.dir, made }
}

/** The exit status of an agent that another one superseded: it is not to be started again unasked (templates/systemd). */
const SUPERSEDED = 3

/** Gives the exit status. The first SIGINT or SIGTERM lets the orders under way end, a second one does not. */
async function runProgram(dir: string, config: Config, version: string, { info }: Log): Promise<number> {
  const { server, fingerprint, credential, ...joined } = readMembership(dir)
  const log = (line: string, fields?: LogFields) => info(line, { host: joined.host.name, ...fields })
  const release = holdState(dir)
  const client = createClient({ server, token: credential, fingerprint })
  try {
    const store = openMemory(dir, joined.cluster, log)
    writeFact(store, PID_FACT, String(process.pid))
    const simulated = joined.driver === 'simulator'
    log(`host ${joined.host.name}${simulated ? ' (SIMULATED: nothing runs there)' : ''}: agent of ${server}`)
    const deps = {
      ...joined,
      access: await hostAccess(config, joined, bootLogReader(config)),
      ...{ client, store, version, log, incarnation: randomUUID() },
      clock: createClock(),
      timing: AGENT_TIMING,
      udevadm: simulated ? null : config.udevadm,
      prepare: simulated ? refuseToPrepare : prepare,
    }
    await runAgent(deps, stopOnSignal(log)).finally(() => store.close())
    return 0
  } catch (error) {
    if (!(error instanceof Conflict && error.code === 'agent-superseded')) throw error
    log(`agent-superseded: ${error.message}`)
    return SUPERSEDED
  } finally {
    client.close()
    release()
  }
}

/** From the start on it goes by the monotonic clock alone: a clock that is set makes no grace time longer or shorter. */
function createClock() {
  const monotonic = () => performance.now()
  const now = () => Math.floor(performance.timeOrigin + performance.now())
  return { monotonic, now, sleep: async (ms: number) => void (await sleep(ms)) }
}

function stopOnSignal(log: (line: string) => void): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      log(`${signal}: stopping after the orders under way`)
      stop.abort()
    })
  return stop.signal
}

/** It would be the machine that the simulation runs on. */
async function refuseToPrepare(): Promise<never> {
  throw new Conflict(
    'host-simulated',
    'a SIMULATED host has nothing to prepare: there is no machine behind it',
  )
}

async function prepare(argv: readonly string[]): Promise<PrepareAnswer> {
  let stdout = ''
  let stderr = ''
  const status = await prepareHere(argv, {
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
  })
  return { status, stdout, stderr }
}
