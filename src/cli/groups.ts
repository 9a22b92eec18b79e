/** The table of commands: what `berth --help` lists, and where each is loaded from when it is invoked. */
import type { Register } from './command.ts'

export interface Group {
  readonly name: string
  readonly heading: string
  readonly summary: string
  /** Evaluates only the module of the command that was called: a short start is part of the contract. */
  readonly load: () => Promise<Register>
}

/** Reads its own arguments: everything after its name goes to it as it stands. */
export interface PassedOn {
  readonly name: 'probe' | 'plan' | 'prepare' | 'opennebula'
  readonly heading: string
  readonly summary: string
}

const MACHINES = 'Virtual machines:'
const HOSTS = 'Hosts and devices:'
const PLACING = 'Placing:'
const SERVICE = 'Service:'

export const GROUPS: readonly (Group | PassedOn)[] = [
  {
    name: 'vm',
    heading: MACHINES,
    summary: 'create, watch and end virtual machines',
    load: async () => (await import('./vm/commands.ts')).vmCommands,
  },
  {
    name: 'template',
    heading: MACHINES,
    summary: 'keep VM templates and check where they fit',
    load: async () => (await import('./template/commands.ts')).templateCommands,
  },
  {
    name: 'host',
    heading: HOSTS,
    summary: 'the hosts, their capacity and their PCI devices',
    load: async () => (await import('./host/commands.ts')).hostCommands,
  },
  {
    name: 'device',
    heading: HOSTS,
    summary: 'the PCI devices of all hosts',
    load: async () => (await import('./device/commands.ts')).deviceCommands,
  },
  {
    name: 'sriov',
    heading: HOSTS,
    summary: 'virtual functions: which devices have them, and how many',
    load: async () => (await import('./sriov/commands.ts')).sriovCommands,
  },
  {
    name: 'drift',
    heading: HOSTS,
    summary: 'where database, domains and drivers differ, and mend it',
    load: async () => (await import('./cluster/drift.ts')).driftCommand,
  },
  {
    name: 'doctor',
    heading: HOSTS,
    summary: 'is this machine ready to pass devices, and what is missing',
    load: async () => (await import('./host/doctor.ts')).doctorCommand,
  },
  {
    name: 'prepare',
    heading: HOSTS,
    summary: 'write what this machine needs to pass devices: shown first, and undone exactly',
  },
  { name: 'probe', heading: HOSTS, summary: "read this machine's PCI devices, usage and capacity" },
  {
    name: 'schedule',
    heading: PLACING,
    summary: 'run one cycle: probe, plan, deploy',
    load: async () => (await import('./cluster/schedule.ts')).scheduleCommand,
  },
  {
    name: 'explain',
    heading: PLACING,
    summary: 'why a VM is where it is, or waits: host by host',
    load: async () => (await import('./cluster/explain.ts')).explainCommand,
  },
  { name: 'plan', heading: PLACING, summary: 'plan a cluster described in a file, without a database' },
  {
    name: 'serve',
    heading: SERVICE,
    summary: 'run the loops until told to stop',
    load: async () => (await import('./service/serve.ts')).serveCommand,
  },
  {
    name: 'opennebula',
    heading: SERVICE,
    summary: "extend an OpenNebula: its hosts' PCI probe, its scheduler",
  },
  {
    name: 'db',
    heading: SERVICE,
    summary: 'bring the database up to date; verify, back up and copy it',
    load: async () => (await import('./service/db.ts')).dbCommands,
  },
  {
    name: 'schema',
    heading: SERVICE,
    summary: 'the JSON Schemas of what is printed',
    load: async () => (await import('./service/schema.ts')).schemaCommand,
  },
  {
    name: 'demo',
    heading: SERVICE,
    summary: 'the whole way on simulated hosts, beside this machine',
    load: async () => (await import('./service/demo.ts')).demoCommand,
  },
]

export const isPassedOn = (group: Group | PassedOn): group is PassedOn => !('load' in group)
