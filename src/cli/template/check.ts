/** `berth template check`: how many hosts could take one VM of a template, ever and now. */
import type { Command } from 'commander'
import type { TemplateCheck } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { hostRows, REASON_COLUMNS } from '../cluster/reasons.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import type { CliPorts } from '../ports.ts'
import { fieldLine, page, section, tableSection } from '../text/sections.ts'
import { tableText } from '../text/table.ts'

export function checkText(check: TemplateCheck): string {
  return page([
    section('TEMPLATE CHECK', [
      fieldLine(['TEMPLATE', 'valid']),
      fieldLine(['HOSTS', check.hosts]),
      fieldLine(['COULD EVER TAKE IT', check.ever]),
      fieldLine(['COULD TAKE IT NOW', check.now]),
    ]),
    check.reasons.length === 0
      ? null
      : tableSection('WHY NOT NOW', tableText(REASON_COLUMNS, hostRows(check.reasons, []), null)),
  ])
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** The text of the file of that name; null = it names a stored template: a number, or no such file and no path. */
async function fileText(ports: CliPorts, word: string): Promise<string | null> {
  if (/^\d+$/.test(word)) return null
  try {
    return await ports.readFile(word)
  } catch (error) {
    if (isMissing(error) && !word.includes('/')) return null
    throw error
  }
}

export function checkCommand(group: Command, cli: Cli): void {
  leaf(
    group
      .command('check')
      .description('how many hosts could ever take a VM of it, how many now, and why not'),
    ['template check gpu.template', 'template check 3'],
  )
    .argument('<template>', 'a file (- = standard input), or the id or name of a stored one', nameArgument)
    .action(async (word: string, options: JsonOption) => {
      const text = await fileText(cli.ports, word)
      const check =
        text === null
          ? await callApi<TemplateCheck>(cli.ports, 'GET', apiPath('templates', word, 'check'))
          : await callApi<TemplateCheck>(cli.ports, 'POST', apiPath('templates', 'check'), { text })
      print(cli, options, check, checkText)
    })
}
