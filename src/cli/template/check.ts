/** `berth template check`: how many hosts could take one VM of a template, ever and now. */
import type { Command } from 'commander'
import type { TemplateCheck } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { hostRows, REASON_COLUMNS } from '../cluster/reasons.ts'
import { type Cli, type JsonOption, leaf, print } from '../command.ts'
import { fieldLine, page, section, tableSection } from '../text/sections.ts'
import { tableText } from '../text/table.ts'
import { ofTemplate, templateArgument } from './either.ts'

export function checkText(found: TemplateCheck): string {
  return page([
    section('TEMPLATE CHECK', [
      fieldLine(['TEMPLATE', 'valid']),
      fieldLine(['HOSTS', found.hosts]),
      fieldLine(['COULD EVER TAKE IT', found.ever]),
      fieldLine(['COULD TAKE IT NOW', found.now]),
    ]),
    found.reasons.length === 0
      ? null
      : tableSection('WHY NOT NOW', tableText(REASON_COLUMNS, hostRows(found.reasons, []), null)),
  ])
}

export function checkCommand(group: Command, cli: Cli): void {
  leaf(
    group
      .command('check')
      .description('how many hosts could ever take a VM of it, how many now, and why not'),
    ['template check gpu.template', 'template check 3'],
  )
    .addArgument(templateArgument())
    .action(async (word: string, options: JsonOption) => {
      const check = await ofTemplate(cli.ports, word, {
        stored: () => callApi<TemplateCheck>(cli.ports, 'GET', apiPath('templates', word, 'check')),
        text: (text) => callApi<TemplateCheck>(cli.ports, 'POST', apiPath('templates', 'check'), { text }),
      })
      print(cli, options, check, checkText)
    })
}
