/** `berth quota`: how many devices of a kind a user's VMs may ask for at a time. */
import type { Command } from 'commander'
import type { QuotaView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, nothing, print, wholeNumber } from '../command.ts'
import { type List, type ListOptions, listOptions, printList } from '../list/list.ts'

const QUOTA_LIST: List<QuotaView> = {
  columns: [
    { name: 'USER', width: 16, shrinks: true, cell: ({ user }) => user },
    { name: 'SELECTOR', width: 14, cell: ({ selector }) => selector },
    { name: 'USED', width: 6, align: 'right', cell: ({ used }) => used },
    { name: 'MOST', width: 6, align: 'right', cell: ({ most }) => most },
  ],
  shown: ['USER', 'SELECTOR', 'USED', 'MOST'],
}

const SELECTOR = 'devices, VENDOR:DEVICE:CLASS in hexadecimal, what is left out = any'

export function quotaCommands(group: Command, cli: Cli): void {
  leaf(
    group
      .command('set')
      .description(
        'how many devices that fit the selector the VMs of a user may ask for, all that are not done together',
      ),
    ['quota set alice 10de: 4', 'quota set alice ::02xx 8'],
  )
    .argument('<user>', 'whose VMs', nameArgument)
    .argument('<selector>', SELECTOR)
    .argument('<most>', 'devices at a time; 0 = none', wholeNumber(0))
    .action(async (user: string, selector: string, most: number, options: JsonOption) => {
      const path = apiPath('quotas', user, selector)
      const quota = await callApi<QuotaView>(cli.ports, 'PUT', path, { most })
      print(cli, options, quota, nothing)
    })

  const list = leaf(group.command('list').description('list the quotas, and what is used of them'), [
    'quota list',
    'quota list alice',
  ]).argument('[user]', 'only those of this user', nameArgument)
  listOptions(list, QUOTA_LIST).action(async (user: string | undefined, options: ListOptions) => {
    const query = user === undefined ? '' : `?user=${encodeURIComponent(user)}`
    const quotas = await callApi<readonly QuotaView[]>(cli.ports, 'GET', `${apiPath('quotas')}${query}`)
    printList(cli, QUOTA_LIST, quotas, options)
  })

  leaf(group.command('delete').description('take a quota back: as many as there are'), [
    'quota delete alice 10de:',
  ])
    .argument('<user>', 'whose VMs', nameArgument)
    .argument('<selector>', SELECTOR)
    .action(async (user: string, selector: string, options: JsonOption) => {
      print(cli, options, await callApi(cli.ports, 'DELETE', apiPath('quotas', user, selector)), nothing)
    })
}
