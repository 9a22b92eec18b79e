/** The table of commands: what `berth --help` lists, and where each is loaded from when it is invoked. */
import type { Register } from './command.ts'

export interface Group {
  readonly name: string
  readonly heading: string
  readonly summary: string
  /** Of this machine whatever context is in use; --server and the like are refused. */
  readonly machine?: true
  /** Evaluates only the module of the command that was called: a short start is part of the contract. */
  readonly load: () => Promise<Register>
}

/** Reads its own arguments: everything after its name goes to it as it stands. */
export interface PassedOn {
  readonly name: 'probe' | 'plan' | 'prepare' | 'opennebula'
  readonly heading: string
  readonly summary: string
  readonly machine: true
  /** Its own commands. */
  readonly words: readonly string[]
}

const MACHINES = 'Virtual machines:'
const HOSTS = 'Hosts and devices:'
const PLACING = 'Placing:'
const RIGHTS = 'Who may what:'
const SERVICE = 'Service:'
const ELSEWHERE = 'At your terminal:'

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
    machine: true,
    load: async () => (await import('./host/doctor.ts')).doctorCommand,
  },
  {
    name: 'prepare',
    heading: HOSTS,
    summary: 'write what this machine needs to pass devices: shown first, undone exactly',
    machine: true,
    words: [],
  },
  {
    name: 'probe',
    heading: HOSTS,
    summary: "read this machine's PCI devices, usage and capacity",
    machine: true,
    words: ['pci', 'usb', 'usage', 'capacity', 'host'],
  },
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
  {
    name: 'plan',
    heading: PLACING,
    summary: 'plan a cluster described in a file, without a database',
    machine: true,
    words: [],
  },
  {
    name: 'token',
    heading: RIGHTS,
    summary: 'let people, programs and hosts in, and bar them',
    load: async () => (await import('./token/commands.ts')).tokenCommands,
  },
  {
    name: 'quota',
    heading: RIGHTS,
    summary: "how many devices a user's VMs may ask for",
    load: async () => (await import('./quota/commands.ts')).quotaCommands,
  },
  {
    name: 'log',
    heading: RIGHTS,
    summary: 'who did what, and what was refused',
    load: async () => (await import('./log/command.ts')).logCommand,
  },
  {
    name: 'serve',
    heading: SERVICE,
    summary: 'run the loops, and the door for agents and people, until told to stop',
    machine: true,
    load: async () => (await import('./service/serve.ts')).serveCommand,
  },
  {
    name: 'agent',
    heading: SERVICE,
    summary: 'this machine as a host of a controller elsewhere: join it, run it',
    machine: true,
    load: async () => (await import('./agent/commands.ts')).agentCommands,
  },
  {
    name: 'opennebula',
    heading: SERVICE,
    summary: "extend an OpenNebula: its hosts' PCI probe, its scheduler",
    machine: true,
    words: ['install-probe', 'install-scheduler', 'place', 'serve'],
  },
  {
    name: 'db',
    heading: SERVICE,
    summary: 'bring the database up to date; verify, back up and copy it',
    machine: true,
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
    machine: true,
    load: async () => (await import('./service/demo.ts')).demoCommand,
  },
  {
    name: 'context',
    heading: ELSEWHERE,
    summary: 'the servers that commands go to, in place of this machine',
    load: async () => (await import('./context/commands.ts')).contextCommands,
  },
  {
    name: 'completion',
    heading: ELSEWHERE,
    summary: 'complete commands, names and addresses in bash, zsh or fish',
    load: async () => (await import('./completion/command.ts')).completionCommand,
  },
]

export const isPassedOn = (group: Group | PassedOn): group is PassedOn => !('load' in group)
