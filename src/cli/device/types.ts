/** `berth device types`: what a template may ask for, and how much of it is free. */
import type { Command } from 'commander'
import type { DeviceTypeView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, leaf } from '../command.ts'
import { type List, type ListOptions, listOptions, printList } from '../list/list.ts'
import { deviceName } from './names.ts'

const TYPE_LIST: List<DeviceTypeView> = {
  columns: [
    { name: 'TYPE', width: 14, cell: (type) => type.type },
    { name: 'KIND', width: 8, cell: (type) => type.kinds.join(' ') },
    { name: 'FREE', width: 6, align: 'right', cell: (type) => type.free },
    { name: 'TOTAL', width: 6, align: 'right', cell: (type) => type.total },
    { name: 'HOSTS', width: 6, align: 'right', cell: (type) => type.hosts },
    { name: 'NAME', width: 20, shrinks: true, cell: deviceName },
    { name: 'FREEHOSTS', width: 9, align: 'right', cell: (type) => type.hostsWithFree },
    { name: 'VENDOR', width: 6, cell: (type) => type.vendor },
    { name: 'DEVICE', width: 6, cell: (type) => type.device },
    { name: 'CLASS', width: 5, cell: (type) => type.class },
    { name: 'VENDORNAME', width: 20, shrinks: true, cell: (type) => type.vendorName },
    { name: 'CLASSNAME', width: 20, shrinks: true, cell: (type) => type.className },
    { name: 'STATES', width: 20, shrinks: true, cell: statesText },
  ],
  shown: ['TYPE', 'KIND', 'FREE', 'TOTAL', 'HOSTS', 'NAME'],
}

/** `free 3, attached 1`. */
function statesText({ states }: DeviceTypeView): string {
  return Object.entries(states)
    .map(([state, count]) => `${state} ${count}`)
    .join(', ')
}

export function typesCommand(group: Command, cli: Cli): void {
  const types = leaf(group.command('types').description('count the offered devices of all hosts by type'), [
    'device types',
    "device types -f 'FREE>0,CLASS=0302'",
  ])
  listOptions(types, TYPE_LIST).action(async (options: ListOptions) => {
    const found = await callApi<readonly DeviceTypeView[]>(cli.ports, 'GET', apiPath('devices', 'types'))
    printList(cli, TYPE_LIST, found, options)
  })
}
