/** `berth template`: keep VM templates, check where they fit, make VMs of them. */
import type { Command } from 'commander'
import type { TemplateView, VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import {
  type Cli,
  given,
  type JsonOption,
  leaf,
  nameArgument,
  nothing,
  print,
  wholeNumber,
} from '../command.ts'
import { type List, type ListOptions, listOptions, printList } from '../list/list.ts'
import { timeText } from '../text/amounts.ts'
import { printableLines } from '../text/printable.ts'
import { fieldLine, page, section } from '../text/sections.ts'
import { followNew, type NewVmOptions, newVmOptions } from '../vm/create.ts'
import { checkCommand } from './check.ts'
import { withTemplateFile } from './file.ts'
import { fitCommand } from './fit.ts'
import { templateElement } from './xml.ts'

const TEMPLATE_LIST: List<TemplateView> = {
  columns: [
    { name: 'ID', width: 4, align: 'right', cell: (template) => template.id },
    { name: 'NAME', width: 30, shrinks: true, cell: (template) => template.name },
    {
      name: 'CREATED',
      width: 20,
      cell: (template) => timeText(template.createdAt),
      fact: (template) => template.createdAt,
    },
  ],
  shown: ['ID', 'NAME', 'CREATED'],
  xml: { pool: 'VMTEMPLATE_POOL', row: templateElement },
}

function templateText(template: TemplateView): string {
  return page([
    section(`TEMPLATE ${template.id} INFORMATION`, [
      fieldLine(['ID', template.id]),
      fieldLine(['NAME', template.name]),
      fieldLine(['CREATED', timeText(template.createdAt)]),
    ]),
    section('TEMPLATE CONTENTS', [printableLines(template.text.trimEnd())]),
  ])
}

function instantiateCommand(group: Command, cli: Cli): void {
  const instantiate = leaf(group.command('instantiate').description('create VMs from a stored template'), [
    'template instantiate gpu --name train --count 4',
  ])
    .argument('<template>', 'id or name', nameArgument)
    .option('--count <n>', 'how many VMs (default: 1)', wholeNumber(1))
  newVmOptions(instantiate).action(
    async (template: string, options: NewVmOptions & { readonly count?: number }) => {
      const { name, hold, priority, count, owner } = options
      const body = given({ name, hold, priority, count, owner })
      const path = apiPath('templates', template, 'instantiate')
      const vms = await callApi<readonly VmView[]>(cli.ports, 'POST', path, body)
      const idLine = ({ id }: VmView) => `VM ID: ${id}\n`
      if (!options.wait) return print(cli, options, vms, () => vms.map(idLine).join(''))
      const followed = await followNew(cli, vms, options, idLine)
      if (options.json) print(cli, options, followed, () => '')
    },
  )
}

function storeCommands(group: Command, cli: Cli): void {
  leaf(group.command('create').description('store a template'), ['template create gpu.template --name gpu'])
    .argument('<file>', 'a template in OpenNebula syntax, - = standard input')
    .option('--name <name>', "what to call it (default: the template's NAME)")
    .action(async (file: string, options: JsonOption & { readonly name?: string }) => {
      const template = await withTemplateFile(cli.ports, file, (text) =>
        callApi<TemplateView>(cli.ports, 'POST', apiPath('templates'), given({ text, name: options.name })),
      )
      print(cli, options, template, ({ id }) => `ID: ${id}\n`)
    })

  leaf(group.command('update').description('replace the text of a stored template; VMs made of it stay'), [
    'template update gpu gpu.template',
    'template update gpu gpu.template --name training',
  ])
    .argument('<template>', 'id or name', nameArgument)
    .argument('<file>', 'a template in OpenNebula syntax, - = standard input')
    .option('--name <name>', 'what to call it from now on (default: as it is called)')
    .action(async (template: string, file: string, options: JsonOption & { readonly name?: string }) => {
      const view = await withTemplateFile(cli.ports, file, (text) =>
        callApi<TemplateView>(
          cli.ports,
          'PUT',
          apiPath('templates', template),
          given({ text, name: options.name }),
        ),
      )
      print(cli, options, view, nothing)
    })

  leaf(group.command('delete').description('delete a stored template; VMs made of it stay'), [
    'template delete gpu',
  ])
    .argument('<template>', 'id or name', nameArgument)
    .action(async (template: string, options: JsonOption) => {
      print(cli, options, await callApi(cli.ports, 'DELETE', apiPath('templates', template)), nothing)
    })
}

export function templateCommands(group: Command, cli: Cli): void {
  storeCommands(group, cli)

  const list = leaf(group.command('list').description('list the stored templates'), ['template list'])
  listOptions(list, TEMPLATE_LIST).action(async (options: ListOptions) => {
    const templates = await callApi<readonly TemplateView[]>(cli.ports, 'GET', apiPath('templates'))
    printList(cli, TEMPLATE_LIST, templates, options)
  })

  leaf(group.command('show').description('show a stored template'), ['template show gpu'])
    .argument('<template>', 'id or name', nameArgument)
    .action(async (template: string, options: JsonOption) => {
      const view = await callApi<TemplateView>(cli.ports, 'GET', apiPath('templates', template))
      print(cli, options, view, templateText, templateElement)
    })

  checkCommand(group, cli)
  fitCommand(group, cli)
  instantiateCommand(group, cli)
}
