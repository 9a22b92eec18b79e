/** `berth host`: the hosts, their capacity and their PCI devices. */
import type { Command } from 'commander'
import type { HostSummary, HostView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, nothing, print } from '../command.ts'
import { type ListOptions, listOptions, printList } from '../list/list.ts'
import { addCommand } from './add.ts'
import { HOST_LIST } from './columns.ts'
import { fenceCommand } from './fence.ts'
import { groupsCommand } from './groups.ts'
import { prepareCommand } from './prepare.ts'
import { setCommand } from './set.ts'
import { hostText } from './show.ts'
import { hostElement } from './xml.ts'
import { hostPool, vmsByHost } from './xml-pool.ts'

/** Commands that change one host and say nothing when they did. */
const CHANGES = [
  { name: 'enable', summary: 'let VMs be placed on it again' },
  { name: 'disable', summary: 'place no further VMs on it; those that run stay' },
] as const

export function hostCommands(group: Command, cli: Cli): void {
  addCommand(group, cli)

  const list = leaf(group.command('list').description('list the hosts'), [
    'host list',
    "host list -f 'STATE=on,FREE>0' -l ID,NAME,FREE",
  ])
  listOptions(list, HOST_LIST).action(async (options: ListOptions) => {
    const hosts = await callApi<readonly HostSummary[]>(cli.ports, 'GET', apiPath('hosts'))
    printList(cli, options.xml ? await hostPool(cli) : HOST_LIST, hosts, options)
  })

  leaf(group.command('show').description('show a host, its capacity and who has which of its PCI devices'), [
    'host show kvm-a',
    'host show kvm-a --all',
  ])
    .argument('<host>', 'id or name', nameArgument)
    .option(
      '--all',
      'what is stored beside the offered devices too: group mates, PFs, VFs (--json always has them)',
    )
    .action(async (host: string, options: JsonOption & { readonly all?: true }) => {
      const shown = await callApi<HostView>(cli.ports, 'GET', apiPath('hosts', host))
      const all = options.all === true
      const vms = options.xml ? await vmsByHost(cli) : new Map<number, readonly number[]>()
      print(
        cli,
        options,
        shown,
        (view) => hostText(view, all),
        (view) =>
          hostElement(
            view,
            view.devices.filter(({ offered }) => offered || all),
            vms.get(view.id) ?? [],
          ),
      )
    })

  groupsCommand(group, cli)

  setCommand(group, cli)
  fenceCommand(group, cli)
  prepareCommand(group, cli)

  for (const { name, summary } of CHANGES)
    leaf(group.command(name).description(summary), [`host ${name} kvm-a`])
      .argument('<host>', 'id or name', nameArgument)
      .action(async (host: string, options: JsonOption) => {
        print(cli, options, await callApi(cli.ports, 'POST', apiPath('hosts', host, name)), nothing)
      })

  leaf(group.command('delete').description('forget a host that holds no VM'), ['host delete kvm-a'])
    .argument('<host>', 'id or name', nameArgument)
    .action(async (host: string, options: JsonOption) => {
      print(cli, options, await callApi(cli.ports, 'DELETE', apiPath('hosts', host)), nothing)
    })
}
