/** `berth host fence`: a silent host given up for dead; without --yes it only says what that means. */
import type { Command } from 'commander'
import type { HostFence } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { durationText } from '../text/amounts.ts'
import { printable } from '../text/printable.ts'

interface FenceOptions extends JsonOption {
  readonly yes?: true
}

export function fenceCommand(group: Command, cli: Cli): void {
  leaf(
    group
      .command('fence')
      .summary('give up a silent host: its VMs become POWEROFF, what they held is free')
      .description(
        'Gives a silent host up for dead, on your word that the machine is off: its VMs become POWEROFF and lose their devices, and\n' +
          'may be started elsewhere. If it still runs, two VMs may then write one disk. Without --yes nothing is changed: it is said\n' +
          'what would be, exit status 1.',
      )
      .argument('<host>', 'id or name', nameArgument)
      .option('--yes', 'do it: the machine is off'),
    ['host fence kvm-a', 'host fence kvm-a --yes'],
  ).action(async (host: string, options: FenceOptions) => {
    const method = options.yes ? 'POST' : 'GET'
    const fence = await callApi<HostFence>(cli.ports, method, apiPath('hosts', host, 'fence'))
    print(cli, options, fence, fenceText)
    if (!fence.fenced) cli.finish(FAILURE)
  })
}

export function fenceText(fence: HostFence): string {
  const { hostName, fenced, vms } = fence
  const lines = vms.map(
    ({ vm, name, from, to, devices }) =>
      `VM ${vm} (${name}): ${from} -> ${to}, ${devices.length === 0 ? 'it holds nothing' : `${fenced ? 'lost' : 'loses'} ${devices.join(' ')}`}`,
  )
  const all = fenced
    ? [`${hostName} is fenced`, ...lines]
    : [...intention(fence), ...lines, ...(vms.length === 0 ? ['no VM is on it'] : [])]
  return all.map((line) => `${printable(line)}\n`).join('')
}

function intention({ hostName, answers, agent, failure, vms }: HostFence): readonly string[] {
  const instead = vms.length === 0 ? '' : ' Stop or terminate its VMs:'
  if (answers) return [`${hostName} answers: it will not be fenced.${instead}`]
  const silence = agent?.silentSeconds == null ? '' : `, silent for ${durationText(agent.silentSeconds)}`
  return [
    `fencing ${hostName} (${failure ?? 'it has not answered'}${silence}) changes what follows; nothing has been changed yet.`,
    'Switch the machine off first: if it still runs, so do its VMs, and once started elsewhere two of them may write one disk.',
    `berth host fence ${hostName} --yes does it:`,
  ]
}
