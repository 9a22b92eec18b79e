/** `berth vm`: create, watch and end virtual machines. */
import type { Command } from 'commander'
import type { VmSummary, VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { type ListOptions, listOptions, printList } from '../list/list.ts'
import { changeCommands } from './changes.ts'
import { VM_LIST } from './columns.ts'
import { createCommand } from './create.ts'
import { hotplugCommands } from './hotplug.ts'
import { vmText } from './show.ts'
import { waitCommand } from './wait.ts'
import { vmElement } from './xml.ts'

interface VmListOptions extends ListOptions {
  readonly all?: true
}

/** As in OpenNebula, VMs that are done are left out; unless they, or a state, were asked for. */
function showsDone(options: VmListOptions): boolean {
  const byState = (options.filter ?? []).some(({ column }) => column === 'STATE' || column === 'STAT')
  return options.all === true || byState
}

export function vmCommands(group: Command, cli: Cli): void {
  createCommand(group, cli)

  const list = leaf(group.command('list').description('list the VMs, without those that are done'), [
    'vm list',
    'vm list -f STATE=PENDING -l ID,NAME,MESSAGE',
    "vm list -f 'MEM>=8G,HOST=kvm-a'",
  ]).option('--all', 'those that are done too')
  listOptions(list, VM_LIST).action(async (options: VmListOptions) => {
    const query = showsDone(options) ? '?all=true' : ''
    const vms = await callApi<readonly VmSummary[]>(cli.ports, 'GET', `${apiPath('vms')}${query}`)
    printList(cli, VM_LIST, vms, options)
  })

  leaf(group.command('show').description('show a VM: its devices, its history, why it waits'), [
    'vm show train-1',
  ])
    .argument('<vm>', 'id or name', nameArgument)
    .action(async (vm: string, options: JsonOption) => {
      print(cli, options, await callApi<VmView>(cli.ports, 'GET', apiPath('vms', vm)), vmText, vmElement)
    })

  changeCommands(group, cli)
  hotplugCommands(group, cli)
  waitCommand(group, cli)
}
