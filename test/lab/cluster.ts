/** A cluster of lab hosts: a controller on this machine, which the hosts see at GATEWAY, and an agent on each host. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import type { Result } from './channel.ts'
import { type Lab, quoted } from './lab.ts'
import { GATEWAY } from './machine.ts'
import { ROOT } from './places.ts'

const BERTH = join(ROOT, 'dist/berth.mjs')
/** Seconds: emulation is slow, not so slow. */
const SILENT_AFTER = 30
const POLL_MS = 1000

export interface Controller {
  /** As the hosts reach it. */
  readonly url: string
  /** As this machine reaches it. */
  readonly localUrl: string
  fingerprint(): string
  start(): Promise<void>
  /** As a power cut does it. */
  kill(): Promise<void>
  /** Past the API, on the database: what an operator types on the controller. */
  local(...args: readonly string[]): Promise<Result>
  /** Over the network, with this token. */
  remote(token: string, ...args: readonly string[]): Promise<Result>
  log(): string
  remove(): Promise<void>
}

export async function createController(): Promise<Controller> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-lab-cluster-'))
  const port = await freePort()
  const database = join(folder, 'berth.db')
  const logFile = join(folder, 'serve.log')
  const environment = { ...process.env, BERTH_SILENT_AFTER: String(SILENT_AFTER), XDG_CONFIG_HOME: folder }
  const localUrl = `https://127.0.0.1:${port}`
  let child: ChildProcess | null = null
  const log = () => readFileSync(logFile, 'utf8')
  const fingerprint = () => /\b[0-9a-f]{64}\b/.exec(log())?.[0] ?? ''
  const kill = async () => {
    if (child === null || child.exitCode !== null) return
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  return {
    url: `https://${GATEWAY}:${port}`,
    localUrl,
    fingerprint,
    start: async () => {
      const output = openSync(logFile, 'a')
      const args = ['serve', '--db', database, '--listen', `127.0.0.1:${port}`, '--tls-self-signed']
      child = spawn(process.execPath, [BERTH, ...args, '--interval', '5'], {
        env: environment,
        stdio: ['ignore', output, output],
      })
      closeSync(output)
      for (const end = Date.now() + 60_000; !(await answers(port)); await sleep(200))
        if (Date.now() > end) throw new Error(`the controller does not listen:\n${log()}`)
    },
    kill,
    local: (...args) => run(['--db', database, ...args], environment),
    remote: (token, ...args) =>
      run(args, {
        ...environment,
        BERTH_SERVER: localUrl,
        BERTH_TOKEN: token,
        BERTH_FINGERPRINT: fingerprint(),
      }),
    log,
    remove: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BERTH, ...args], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ status, stdout, stderr })
    })
  })
}

/** Joins the host with the token, and starts its agent. */
export async function joinHost(lab: Lab, { url }: Controller, token: string): Promise<void> {
  await lab.output(
    `berth agent join --server ${quoted(url)} --token ${quoted(token)} --state /var/lib/berth/agent`,
  )
  await startAgent(lab)
}

export async function startAgent(lab: Lab): Promise<void> {
  await lab.output(`
    if [ -e /run/agent.pid ] && kill -0 $(cat /run/agent.pid) 2>/dev/null; then exit 0; fi
    setsid node /lab/berth/dist/berth.mjs agent run --state /var/lib/berth/agent </dev/null >>/out/agent.log 2>&1 &
    echo $! >/run/agent.pid`)
}

/** As a power cut does it to the process, as soon as a shell condition holds on the host. */
export async function killAgentWhen(lab: Lab, condition: string): Promise<void> {
  await lab.output(
    `end=$((SECONDS + 240))
    until ${condition}; do [ $SECONDS -lt $end ] || exit 1; sleep 0.05; done
    kill -9 $(cat /run/agent.pid); rm -f /run/agent.pid`,
    300_000,
  )
}

/** Asks until it is so; after five minutes it rejects with what it is. */
export async function until<T>(what: string, ask: () => Promise<T>, so: (found: T) => boolean): Promise<T> {
  for (const end = Date.now() + 300_000; ; await sleep(POLL_MS)) {
    const found = await ask()
    if (so(found)) return found
    if (Date.now() > end) throw new Error(`not so: ${what}; but\n${JSON.stringify(found, null, 1)}`)
  }
}
