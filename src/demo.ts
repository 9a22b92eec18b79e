/** `berth demo`: the main job on this machine's real sysfs and on simulated hosts, as the commands that a person would type. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { CliPorts, DemoOptions } from './cli/ports.ts'
import { runCli } from './cli/run.ts'
import { demoSteps } from './demo-steps.ts'
import { shellWord } from './view/shell-word.ts'

export interface DemoIo {
  stdout(text: string): void
  stderr(text: string): void
  portsFor(argv: readonly string[]): CliPorts
}

/** Runs one command on the demo's database, as it would be typed; its exit status. `others` = ports in the place of its own. */
export type DemoCommand = (
  argv: readonly string[],
  others?: (own: CliPorts) => Partial<CliPorts>,
) => Promise<number>

/** Exit status 0, or that of the first command that failed. A database in `directory` that has hosts is gone on with, where it is to be served. */
export async function runDemo(options: DemoOptions, io: DemoIo): Promise<number> {
  const serving = options.serve ? await import('./demo-serve.ts') : null
  const listen = (await serving?.freeAddress(options.listen)) ?? null
  const directory = resolve(options.directory ?? (await mkdtemp(join(tmpdir(), 'berth-demo-'))))
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const database = join(directory, 'berth.db')
  const run = commandOn(database, io)
  if (serving !== null && existsSync(database) && (await serving.hasHosts(database, io)))
    io.stdout(`Berth demo. Going on with what is in ${database}; nothing is added to it.\n`)
  else {
    const status = await fromTheStart(database, run, io)
    if (status !== 0) return status
  }
  if (serving !== null && listen !== null) return serving.serveDemo({ directory, database, listen }, run, io)
  io.stdout(outlook(directory, database))
  return 0
}

function commandOn(database: string, io: DemoIo): DemoCommand {
  return (argv, others = () => ({})) => {
    io.stdout(`\n$ berth ${argv.map(shellWord).join(' ')}\n`)
    const withDatabase = ['--db', database, ...argv]
    const ports = io.portsFor(withDatabase)
    return runCli(withDatabase, { ...ports, ...others(ports) })
  }
}

async function fromTheStart(database: string, run: DemoCommand, io: DemoIo): Promise<number> {
  io.stdout(introduction(database))
  for (const step of demoSteps()) {
    if ('say' in step) io.stdout(`\n${step.say}\n`)
    else {
      const status = await run(step.run)
      if (status !== 0) return status
    }
  }
  return 0
}

function introduction(database: string): string {
  return `Berth demo. Database: ${database}
The hosts marked SIMULATED are folders that Berth wrote: their devices follow descriptions of real servers, nothing
runs there, and "deploying" writes the domain XML that would be created.
`
}

function outlook(directory: string, database: string): string {
  return `
== What to try next ==

  export BERTH_DB=${database}
  berth vm show gpu                  a VM and its devices
  berth vm terminate gpu             its GPU goes back to its driver
  berth host show gpu-1 --all        what the filter leaves out, too
  berth device list -f STATE=free    what can still be given
  berth template check templates/gpu.tmpl
  berth db check                     every invariant, verified
  berth probe pci                    this machine's devices
  berth --help                       everything else

The same with the page in a browser: berth demo --serve --directory ${shellWord(directory)}
From a checkout, berth is: node dist/berth.mjs
`
}
