/** Commands that take a device out of service and put it back; each says what holds from now on. */
import type { Command } from 'commander'
import type { DeviceView } from '../../view/documents.ts'
import { callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { printable } from '../text/printable.ts'
import { addressArgument, devicePath } from './path.ts'

interface HealthOptions extends JsonOption {
  readonly reason?: string
}

interface Change {
  readonly name: 'drain' | 'undrain' | 'quarantine' | 'clear'
  readonly summary: string
  readonly examples: readonly string[]
  readonly needsReason?: true
}

const CHANGES: readonly Change[] = [
  {
    name: 'drain',
    summary: 'give a device to no further VM; one that has it keeps it',
    examples: ['device drain kvm-a 3b:00.0 --reason "firmware update"'],
  },
  { name: 'undrain', summary: 'take a drain back', examples: ['device undrain kvm-a 3b:00.0'] },
  {
    name: 'quarantine',
    summary: 'trust a device no more: neither it nor the rest of its IOMMU group is given',
    examples: ['device quarantine kvm-a 3b:00.0 --reason "falls off the bus"'],
    needsReason: true,
  },
  {
    name: 'clear',
    summary: 'take a quarantine back and forget the failures before it',
    examples: ['device clear kvm-a 3b:00.0 --reason "reseated"'],
  },
]

/** A device out of service may still be with a VM. */
function outcome({ address, hostName, health, vm, state, why }: DeviceView): string {
  const now =
    health === 'ok'
      ? `is in service; now ${why ?? state}`
      : `is ${health}: no VM gets it${vm === null ? '' : `; VM ${vm} keeps it until it gives it back`}`
  return `${printable(`${address} of ${hostName} ${now}`)}\n`
}

export function healthCommands(group: Command, cli: Cli): void {
  for (const { name, summary, examples, needsReason } of CHANGES) {
    const command = leaf(group.command(name).description(summary), examples)
      .argument('<host>', 'id or name', nameArgument)
      .argument('<address>', '0000:3b:00.0, or 3b:00.0', addressArgument)
    const [flags, told] = ['--reason <text>', "why; told in the device's history"] as const
    if (needsReason) command.requiredOption(flags, told)
    else command.option(flags, told)
    command.action(async (host: string, address: string, options: HealthOptions) => {
      const body = given({ reason: options.reason })
      const device = await callApi<DeviceView>(
        cli.ports,
        'POST',
        `${devicePath(host, address)}/${name}`,
        body,
      )
      print(cli, options, device, outcome)
    })
  }
}
