/** `berth opennebula serve` in this process, and the requests that OpenNebula 6.x sends it. */
import { connect } from 'node:net'
import { runOpenNebula } from '../../src/opennebula/command.ts'

export interface Asked {
  readonly id: number
  readonly hosts: readonly number[]
  readonly cpu?: number
  readonly state?: string
  readonly attributes?: Readonly<Record<string, string>>
}

const asked = ({ id, hosts, cpu = 1, state = 'PENDING', attributes = {} }: Asked) => ({
  CAPACITY: { CPU: cpu, DISK_SIZE: 0, MEMORY: 131072 },
  HOST_IDS: hosts,
  ID: id,
  STATE: state,
  VM_ATTRIBUTES: attributes,
})

export const request = (...vms: readonly Asked[]): string => JSON.stringify({ VMS: vms.map(asked) })

export interface Ended {
  readonly status: number
  readonly stderr: string
}

/** Runs what ends by itself. */
export async function serveToEnd(...argv: readonly string[]): Promise<Ended> {
  let stderr = ''
  const status = await runOpenNebula(['serve', ...argv], {
    stdin: (async function* () {})(),
    environment: {},
    distFile: (name) => name,
    stdout: () => undefined,
    stderr: (text) => {
      stderr += text
    },
    onStop: () => undefined,
  })
  return { status, stderr }
}

/** On any free port. */
export interface Served {
  readonly port: number
  readonly said: string[]
  stop(): Promise<number>
}

export async function serve(...argv: readonly string[]): Promise<Served> {
  const said: string[] = []
  let stop = () => {}
  let listening = (_: number) => {}
  const port = new Promise<number>((resolve) => {
    listening = resolve
  })
  const ended = runOpenNebula(['serve', '--listen', '127.0.0.1:0', ...argv], {
    stdin: (async function* () {})(),
    environment: {},
    distFile: (name) => name,
    stdout: () => undefined,
    stderr: (text) => {
      said.push(text)
      const found = /listening on 127\.0\.0\.1 port (\d+)/.exec(text)
      if (found !== null) listening(Number(found[1]))
    },
    onStop: (given) => {
      stop = given
    },
  })
  return {
    port: await Promise.race([
      port,
      ended.then((status) => Promise.reject(new Error(`ended with ${status}`))),
    ]),
    said,
    stop: () => {
      stop()
      return ended
    },
  }
}

/** A request over a bare socket: the first piece that comes back, and all of them. */
export function raw(port: number, body: string): Promise<{ first: string; all: string }> {
  return new Promise((resolve, reject) => {
    const pieces: string[] = []
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    })
    socket.on('data', (piece) => pieces.push(piece.toString('latin1')))
    socket.on('end', () => resolve({ first: pieces[0] ?? '', all: pieces.join('') }))
    socket.on('error', reject)
  })
}
