/** `berth host groups`: the IOMMU groups of a host, and what libvirt says of them. */
import type { Command } from 'commander'
import { shortAddress } from '../../model/address.ts'
import type { NodeDifference } from '../../model/node-device.ts'
import type { GroupDeviceView, GroupView, HostGroups, LibvirtCheck } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { printable } from '../text/printable.ts'
import { page, tableSection } from '../text/sections.ts'
import { type TableColumn, tableText } from '../text/table.ts'

interface Row {
  /** In a group's first row. */
  readonly group: GroupView | null
  readonly device: GroupDeviceView
}

const numberText = ({ group }: GroupView): string => (group === null ? 'none' : String(group))

const COLUMNS: readonly TableColumn<Row>[] = [
  { name: 'GROUP', width: 5, align: 'right', cell: ({ group }) => group && numberText(group) },
  { name: 'VM', width: 5, align: 'right', cell: ({ group }) => group?.vm ?? null },
  { name: 'STATE', width: 12, cell: ({ group }) => group?.state ?? null },
  { name: 'VIABLE', width: 6, cell: ({ group }) => group && (group.viable ? 'yes' : 'no') },
  { name: 'ADDR', width: 7, cell: ({ device }) => shortAddress(device.address) },
  { name: 'TYPE', width: 14, cell: ({ device }) => device.type },
  { name: 'KIND', width: 8, cell: ({ device }) => (device.bridge ? 'bridge' : 'endpoint') },
  { name: 'DRIVER', width: 10, cell: ({ device }) => device.driver },
  { name: 'NAME', width: 4, cell: ({ device }) => device.name },
]

const REASONS: readonly TableColumn<GroupView>[] = [
  { name: 'GROUP', width: 5, align: 'right', cell: numberText },
  { name: 'WHY', width: 4, cell: (group) => group.why },
]

const DIFFERENCES: readonly TableColumn<NodeDifference>[] = [
  { name: 'ADDR', width: 7, cell: ({ address }) => shortAddress(address) },
  { name: 'WHAT', width: 10, cell: ({ field }) => field },
  { name: 'SYSFS', width: 10, cell: ({ sysfs }) => sysfs ?? '-' },
  { name: 'LIBVIRT', width: 10, cell: ({ libvirt }) => libvirt ?? '-' },
]

function groupTable(groups: readonly GroupView[]): string {
  const rows = groups.flatMap((group) =>
    group.devices.map((device, index): Row => ({ group: index === 0 ? group : null, device })),
  )
  return rows.length === 0 ? 'none is known' : tableText(COLUMNS, rows, null)
}

function reasons(groups: readonly GroupView[]): string | null {
  // Of bridges and chipset nobody asks why.
  const told = groups.filter(({ why, state }) => why !== null && state !== 'never')
  return told.length === 0 ? null : tableSection('NOT TO BE GIVEN', tableText(REASONS, told, null))
}

function libvirtText(check: LibvirtCheck | null): string | null {
  if (check === null || check.differences === null) return null
  const table =
    check.differences.length === 0 ? 'libvirt agrees' : tableText(DIFFERENCES, check.differences, null)
  return tableSection('LIBVIRT AND SYSFS', table)
}

function groupsText({ host, hostName, groups, libvirt }: HostGroups): string {
  return page([
    tableSection(`IOMMU GROUPS OF HOST ${host} (${printable(hostName)})`, groupTable(groups)),
    reasons(groups),
    libvirtText(libvirt),
  ])
}

export function groupsCommand(group: Command, cli: Cli): void {
  leaf(
    group
      .command('groups')
      .description('show the IOMMU groups of its stored devices: what goes to a VM only together'),
    ['host groups kvm-a', 'host groups kvm-a --libvirt'],
  )
    .argument('<host>', 'id or name', nameArgument)
    .option('--libvirt', 'ask libvirt and the kernel now, and show where they differ')
    .action(async (host: string, options: JsonOption & { readonly libvirt?: true }) => {
      const query = options.libvirt ? '?libvirt=true' : ''
      const path = `${apiPath('hosts', host, 'groups')}${query}`
      const answer = await callApi<HostGroups>(cli.ports, 'GET', path)
      print(cli, options, answer, groupsText)
      const failure = answer.libvirt?.failure ?? null
      if (failure === null) return
      cli.ports.stderr(`berth: ${printable(`libvirt and sysfs could not be compared: ${failure}`)}\n`)
      cli.finish(FAILURE)
    })
}
