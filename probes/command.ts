/** `berth probe ...` and the bundled `probe.mjs`: chooses the probe and turns its errors into exit statuses. */
import { BerthError } from '../src/model/errors.ts'
import { UsageError } from './arguments.ts'
import type { ProbeIo } from './io.ts'
import { pciCommand } from './pci/command.ts'

const HELP = `berth probe - read what this host has; nothing is changed

  berth probe pci        its PCI devices
  berth probe usb        its USB devices
  berth probe usage      what the host itself uses of them, and why
  berth probe capacity   processors, memory, NUMA nodes, hypervisor
  berth probe host       all of it, as the report that a controller takes in

  berth probe NAME --help tells each one's options.

Examples:
  $ berth probe pci --filter 10de:
  $ berth probe usage
`

type ProbeCommand = (argv: readonly string[], io: ProbeIo) => Promise<number>

/** Loaded when asked for: most calls want the PCI devices and nothing else. */
const COMMANDS: Readonly<Record<string, ProbeCommand>> = {
  pci: pciCommand,
  usb: async (argv, io) => (await import('./usb/command.ts')).usbCommand(argv, io),
  usage: async (argv, io) => (await import('./usage/command.ts')).usageCommand(argv, io),
  capacity: async (argv, io) => (await import('./capacity/command.ts')).capacityCommand(argv, io),
  host: async (argv, io) => (await import('./host-command.ts')).hostCommand(argv, io),
}

/** Exit status: 0 done, 1 a failure that the message explains, 2 wrong usage. Rejects for programming errors only. */
export async function runProbe(argv: readonly string[], io: ProbeIo): Promise<number> {
  const [name = '', ...rest] = argv
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout(HELP)
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    const known = Object.keys(COMMANDS).join(', ')
    io.stderr(name === '' ? HELP : `berth probe: there is no probe "${name}"; there are ${known}\n`)
    return 2
  }
  try {
    return await command(rest, io)
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    io.stderr(`berth probe ${name}: ${error.message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}
