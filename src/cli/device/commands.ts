/** `berth device`: the PCI devices of all hosts. */
import type { Command } from 'commander'
import type { DeviceHistoryView, DeviceView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { type ListOptions, listOptions, printList } from '../list/list.ts'
import { printable } from '../text/printable.ts'
import { bindingCommands } from './binding.ts'
import { DEVICE_LIST } from './columns.ts'
import { healthCommands } from './health.ts'
import { historyText } from './history.ts'
import { addressArgument, devicePath } from './path.ts'
import { deviceText } from './show.ts'
import { typesCommand } from './types.ts'
import { placedPciElement } from './xml.ts'

interface DeviceListOptions extends ListOptions {
  readonly host?: string
  readonly all?: true
}

function listCommand(group: Command, cli: Cli): void {
  const list = leaf(group.command('list').description('list the offered devices'), [
    'device list --host kvm-a',
    'device list -f STATE=free,VENDOR=10de -l HOST,ADDR,NAME',
  ])
    .option('--host <host>', 'of this host only, id or name', nameArgument)
    .option('--all', 'those that are not offered too')
  listOptions(list, DEVICE_LIST).action(async (options: DeviceListOptions) => {
    const query = options.host === undefined ? '' : `?host=${encodeURIComponent(options.host)}`
    const devices = await callApi<readonly DeviceView[]>(cli.ports, 'GET', `${apiPath('devices')}${query}`)
    const rows = devices.filter((device) => options.all || device.offered)
    printList(cli, DEVICE_LIST, rows, options)
  })
}

/** What the operator said, and where the device stands now. */
function allowedText({ address, hostName, allowed, state, why }: DeviceView): string {
  const said = allowed ? 'may be given even where the host uses it' : 'is not given where the host uses it'
  return `${printable(`${address} of ${hostName} ${said}; now ${why ?? state}`)}\n`
}

export function deviceCommands(group: Command, cli: Cli): void {
  listCommand(group, cli)
  typesCommand(group, cli)
  bindingCommands(group, cli)

  leaf(group.command('show').description('show one device: what it is, who has it, why it is not free'), [
    'device show kvm-a 3b:00.0',
  ])
    .argument('<host>', 'id or name', nameArgument)
    .argument('<address>', '0000:3b:00.0, or 3b:00.0', addressArgument)
    .action(async (host: string, address: string, options: JsonOption) => {
      const device = await callApi<DeviceView>(cli.ports, 'GET', devicePath(host, address))
      print(cli, options, device, deviceText, placedPciElement)
    })

  leaf(group.command('allow').description('let a device be given although the host itself uses it'), [
    'device allow kvm-a 3b:00.0',
    'device allow kvm-a 3b:00.0 --no',
  ])
    .argument('<host>', 'id or name', nameArgument)
    .argument('<address>', '0000:3b:00.0, or 3b:00.0', addressArgument)
    .option('--no', 'take it back')
    .action(async (host: string, address: string, options: JsonOption & { readonly no?: true }) => {
      const body = { allow: options.no !== true }
      const device = await callApi<DeviceView>(cli.ports, 'POST', `${devicePath(host, address)}/allow`, body)
      print(cli, options, device, allowedText)
    })

  healthCommands(group, cli)
  historyCommand(group, cli)
}

function historyCommand(group: Command, cli: Cli): void {
  leaf(
    group.command('history').description('what happened to a device: VMs, failures, what operators said'),
    ['device history kvm-a 3b:00.0'],
  )
    .argument('<host>', 'id or name', nameArgument)
    .argument('<address>', '0000:3b:00.0, or 3b:00.0', addressArgument)
    .action(async (host: string, address: string, options: JsonOption) => {
      const path = `${devicePath(host, address)}/history`
      print(cli, options, await callApi<DeviceHistoryView>(cli.ports, 'GET', path), historyText)
    })
}
