/** `berth template check`: how many hosts could take one VM of a template, ever and now. */
import type { Command } from 'commander'
import { NotFound } from '../../model/errors.ts'
import type { TemplateCheck } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { hostRows, REASON_COLUMNS } from '../cluster/reasons.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import type { CliPorts } from '../ports.ts'
import { fieldLine, page, section, tableSection } from '../text/sections.ts'
import { tableText } from '../text/table.ts'
import { withTemplateFile } from './file.ts'

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

const isMissing = (error: unknown): boolean => error instanceof NotFound && error.code === 'file-missing'

/** A number names a stored template; so does a word that is no path, where no file has that name. */
async function check(ports: CliPorts, word: string): Promise<TemplateCheck> {
  const stored = () => callApi<TemplateCheck>(ports, 'GET', apiPath('templates', word, 'check'))
  if (/^\d+$/.test(word)) return stored()
  try {
    return await withTemplateFile(ports, word, (text) =>
      callApi<TemplateCheck>(ports, 'POST', apiPath('templates', 'check'), { text }),
    )
  } catch (error) {
    if (isMissing(error) && !word.includes('/')) return stored()
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
      print(cli, options, await check(cli.ports, word), checkText)
    })
}
