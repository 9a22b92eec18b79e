/** The command as it is shipped (dist/berth.mjs, built by the global setup), each run a process of its own. */
import { join, resolve } from 'node:path'
import { execa } from 'execa'

export const PROGRAM = resolve(import.meta.dirname, '../../dist/berth.mjs')

export interface Ended {
  readonly status: number | undefined
  readonly stdout: string
  readonly stderr: string
}

const options = (folder: string) => ({
  cwd: folder,
  // Nothing of the one who runs the tests: neither their contexts nor what is set in their shell.
  env: {
    ...{ BERTH_DB: join(folder, 'berth.db'), BERTH_LISTEN: 'none' },
    ...{ XDG_CONFIG_HOME: folder, BERTH_SERVER: '', BERTH_CONTEXT: '' },
  },
  reject: false as const,
})

/** With the database `berth.db` in `folder`, unless the arguments name another. */
export async function berth(folder: string, ...args: readonly string[]): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [PROGRAM, ...args], options(folder))
  return { status: exitCode, stdout, stderr }
}

/** The document that the command prints with `--json`; it must succeed. */
export async function berthJson<T>(folder: string, ...args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await berth(folder, ...args, '--json')
  if (status !== 0) throw new Error(`berth ${args.join(' ')}: exit status ${status}: ${stderr}`)
  return JSON.parse(stdout)
}

export interface Background {
  /** What it has said on standard error so far. */
  said(): string
  /** The same of standard output. */
  printed(): string
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGHUP'): void
  readonly ended: Promise<Ended>
}

/** Started and left running. */
export function berthInBackground(folder: string, ...args: readonly string[]): Background {
  const child = execa(process.execPath, [PROGRAM, ...args], options(folder))
  let [said, printed] = ['', '']
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  return {
    said: () => said,
    printed: () => printed,
    signal: (name) => void child.kill(name),
    ended: child.then(({ exitCode, stdout, stderr }) => ({
      status: exitCode,
      stdout,
      stderr,
    })),
  }
}
