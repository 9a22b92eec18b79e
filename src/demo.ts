/** `berth demo`: the main job on this machine's real sysfs and on simulated hosts, as the commands that a person would type. */
import { mkdir, mkdtemp } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CliPorts, DemoOptions } from './cli/ports.ts'
import { runCli } from './cli/run.ts'
import { shellWord } from './view/shell-word.ts'

export interface DemoIo {
  stdout(text: string): void
  stderr(text: string): void
  portsFor(argv: readonly string[]): CliPorts
}

/** The filters decide what is offered: GPUs and NVSwitches, GPUs, network cards, drives and HBAs. */
const SIMULATED: readonly (readonly [name: string, machine: string, filter: string])[] = [
  ['gpu-1', 'sim-gpu-a100', '10de:,15b3:'],
  ['render-1', 'sim-gpu-render', '10de:'],
  ['nic-1', 'sim-nic', '::02xx'],
  ['store-1', 'sim-storage', '::01xx'],
]

const TEMPLATES = [
  ...['gpu', 'gpu-pair-numa', 'gpu-with-audio', 'nic-vf', 'storage-many'],
  ...['usb-dongle', 'no-pci', 'greedy'],
]

/** What the templates are called in their NAME, in the order of the VMs that the demo makes. */
const VMS = ['gpu', 'gpu-pair', 'workstation', 'router', 'storage', 'licence-server', 'web', 'greedy']

/** Exit status 0, or that of the first command that failed. A database in `directory` that has hosts is left alone. */
export async function runDemo(options: DemoOptions, io: DemoIo): Promise<number> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'berth-demo-')))
  await mkdir(directory, { recursive: true })
  const database = join(resolve(directory), 'berth.db')
  const run = async (...argv: string[]): Promise<number> => {
    io.stdout(`\n$ berth ${argv.map(shellWord).join(' ')}\n`)
    const withDatabase = ['--db', database, ...argv]
    return runCli(withDatabase, io.portsFor(withDatabase))
  }
  io.stdout(introduction(database))
  for (const step of steps()) {
    if ('say' in step) io.stdout(`\n${step.say}\n`)
    else {
      const status = await run(...step.run)
      if (status !== 0) return status
    }
  }
  io.stdout(outlook(database))
  return 0
}

type Step = { readonly say: string } | { readonly run: readonly string[] }

function* steps(): Generator<Step> {
  const here = `${hostname().slice(0, 60)} (this machine)`
  yield { say: '== Hosts: this machine, read for real, and four SIMULATED servers ==' }
  yield { run: ['host', 'add', here, '--driver', 'libvirt'] }
  yield { say: 'This machine is only looked at: disabled, it gets no VM from the demo.' }
  yield { run: ['host', 'disable', here] }
  for (const [name, machine, filter] of SIMULATED)
    yield { run: ['host', 'add', name, '--driver', 'simulator', '--machine', machine, '--filter', filter] }

  yield { say: '== Templates ask for devices; each becomes a VM ==' }
  for (const template of TEMPLATES) yield { run: ['template', 'create', templatePath(template)] }
  for (const vm of VMS) yield { run: ['template', 'instantiate', vm] }

  yield { say: '== One cycle: probe, compare, plan, commit, carry out orders, take in events ==' }
  yield { run: ['schedule', '--once'] }

  yield { say: '== Who has what ==' }
  yield { run: ['host', 'list'] }
  yield { run: ['host', 'show', here] }
  for (const [name] of SIMULATED) yield { run: ['host', 'show', name] }
  yield { run: ['vm', 'list'] }

  yield { say: '== One VM waits, and says why ==' }
  yield { run: ['explain', 'greedy'] }
}

function templatePath(name: string): string {
  return fileURLToPath(new URL(`../templates/${name}.tmpl`, import.meta.url))
}

function introduction(database: string): string {
  return `Berth demo. Database: ${database}
The hosts marked SIMULATED are folders that Berth wrote: their devices follow descriptions of real servers, nothing
runs there, and "deploying" writes the domain XML that would be created.
`
}

function outlook(database: string): string {
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

From a checkout, berth is: node dist/berth.mjs
`
}
