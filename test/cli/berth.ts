/** Runs the command line against answers given beforehand, as the API would give them. */
import type { ApiResponse, CliPorts } from '../../src/cli/ports.ts'
import { runCli } from '../../src/cli/run.ts'
import type { AgentStatus } from '../../src/model/agent-status.ts'
import { NotFound } from '../../src/model/errors.ts'
import { contextPorts } from './context-ports.ts'

export interface Call {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly calls: readonly Call[]
  readonly closed: number
}

/** Answers by `METHOD path`; what is not listed fails the way an unknown route does. */
export type Answers = Readonly<Record<string, unknown>>

export const refuse = (status: number, detail: string, code = 'refused'): ApiResponse => ({
  status,
  body: { type: `about:${code}`, title: 'Refused', status, code, detail, facts: {} },
})

const isResponse = (answer: unknown): answer is ApiResponse =>
  typeof answer === 'object' && answer !== null && 'status' in answer && 'body' in answer

const missingFile = (path: string) => new NotFound('file-missing', `there is no file ${path}`, { file: path })

export const AGENT: AgentStatus = {
  state: '/var/lib/berth-agent',
  ...{ running: true, pid: 812 },
  server: 'https://controller:2634',
  host: { id: 3, name: 'kvm-a' },
  ...{ cluster: 'c1', driver: 'libvirt', uri: 'qemu:///system' },
  ...{ heardAt: null, settings: null, waiting: {}, orders: [] },
}

/** `ports` replaces single ports; `files` holds the text of files, `-` for standard input. */
export async function berth(
  argv: readonly string[],
  answers: Answers = {},
  ports: Partial<CliPorts> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const calls: Call[] = []
  let stdout = ''
  let stderr = ''
  let closed = 0
  const status = await runCli(argv, {
    version: '0.1.0',
    request: async (method, path, body) => {
      calls.push({ method, path, body })
      const key = `${method} ${path}`
      if (!(key in answers)) return refuse(404, `no route ${key}`, 'no-route')
      const answer = answers[key]
      return isResponse(answer) ? answer : { status: 200, body: answer }
    },
    probe: async () => 0,
    plan: async () => 0,
    opennebula: async () => 0,
    doctor: async () => ({
      schema: 'berth.readiness/1',
      host: 'kvm-a',
      ready: true,
      checks: [],
      devices: null,
    }),
    prepare: async () => 0,
    database: {
      migrate: async () => ({ location: 'berth.db', schemaVersion: 1 }),
      check: async () => [],
      backup: async (file) => ({ location: 'berth.db', file, bytes: 4096, problems: [] }),
      copy: async (from, to) => ({ from, to, cluster: 'c', rows: { hosts: 2, vms: 3 } }),
    },
    serve: async () => 0,
    demo: async () => 0,
    agent: { join: async () => AGENT, run: async () => 0, status: async () => AGENT },
    schemaNames: async () => ['berth.pci-inventory', 'berth.host-report'],
    schema: async (name) => (name === 'berth.pci-inventory' ? { title: name } : undefined),
    readFile: async (path) => {
      const text = files[path]
      if (text === undefined) throw missingFile(path)
      return text
    },
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    isTty: false,
    columns: 80,
    stderrIsTty: false,
    now: () => 0,
    awaitInterrupt: () => {},
    pause: async () => false,
    contexts: contextPorts(),
    close: async () => {
      closed++
    },
    ...ports,
  })
  return { status, stdout, stderr, calls, closed }
}
