/** The program that ships, serving a database on a port of this machine: started, watched, and told to stop. */
import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'

const PROGRAM = resolve(import.meta.dirname, '../../dist/berth.mjs')
/** Of /proc/PID/stat (proc(5)). */
const TICKS_PER_SECOND = 100

export async function freePort() {
  const server = createServer()
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address()
  await new Promise((closed) => server.close(closed))
  return port
}

/** Resolves when it answers; its log goes to `serve.log` in `folder`. */
export async function startServe(folder, port, database) {
  const env = { ...process.env, BERTH_DB: database, BERTH_LISTEN: `127.0.0.1:${port}` }
  const child = spawn(process.execPath, [PROGRAM, 'serve'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(join(folder, 'serve.log'))
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)))
  await answering(port, ended)
  return {
    pid: child.pid,
    usage: () => usageOf(child.pid),
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

async function answering(port, ended) {
  let over = null
  void ended.then((code) => {
    over = code
  })
  for (let tries = 0; tries < 300; tries++) {
    if (over !== null) throw new Error(`serve ended with ${over} before it answered: serve.log tells why`)
    const answers = await fetch(`http://127.0.0.1:${port}/v1/vms`).then(
      () => true,
      () => false,
    )
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('serve does not answer')
}

/** Seconds of processor so far, MiB now and at most. */
export function usageOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mib = (key) => Number(new RegExp(`^${key}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024
  const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  return { seconds, mib: mib('VmRSS'), mostMib: mib('VmHWM') }
}
