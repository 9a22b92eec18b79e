/** What the demo does, in order: words, and commands as a person would type them. */
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'

export type Step = { readonly say: string } | { readonly run: readonly string[] }

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

export function* demoSteps(): Generator<Step> {
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

  yield* operations()

  yield { say: '== Who has what ==' }
  yield { run: ['host', 'list'] }
  yield { run: ['host', 'show', here] }
  for (const [name] of SIMULATED) yield { run: ['host', 'show', name] }
  yield { run: ['vm', 'list'] }

  yield { say: '== One VM waits, and says why; of another, more would fit ==' }
  yield { run: ['explain', 'greedy'] }
  yield { run: ['template', 'fit', 'gpu'] }
}

/** What operators do in between. */
function* operations(): Generator<Step> {
  yield { say: '== Devices out of service, virtual functions made, a VM stopped ==' }
  yield { run: ['device', 'drain', 'gpu-1', 'bd:00.0', '--reason', 'new firmware on Friday'] }
  yield { run: ['device', 'quarantine', 'store-1', 'af:00.0', '--reason', 'resets itself under load'] }
  yield { run: ['sriov', 'set', 'nic-1', 'd8:00.0', '4'] }
  yield { run: ['vm', 'stop', 'web'] }
}

function templatePath(name: string): string {
  return fileURLToPath(new URL(`../templates/${name}.tmpl`, import.meta.url))
}
