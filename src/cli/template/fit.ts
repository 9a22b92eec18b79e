/** `berth template fit`: how many more VMs of a template there is room for, and on which hosts. */
import { type Command, InvalidArgumentError } from 'commander'
import type { TemplateFit } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { hostRows, REASON_COLUMNS } from '../cluster/reasons.ts'
import { type Cli, given, type JsonOption, leaf, print, wholeNumber } from '../command.ts'
import { documentOptions } from '../documents/options.ts'
import { page, tableSection } from '../text/sections.ts'
import { type TableColumn, tableText } from '../text/table.ts'
import { ofTemplate, templateArgument } from './either.ts'

const MOST = 10_000

const COLUMNS: readonly TableColumn<TemplateFit['hosts'][number]>[] = [
  { name: 'HOST', width: 4, align: 'right', cell: (row) => row.host },
  { name: 'NAME', width: 12, cell: (row) => row.hostName },
  { name: 'COUNT', width: 5, align: 'right', cell: (row) => row.count },
]

/** `12 more fit now, on 3 of 5 hosts`: where no more fit, every host says why. */
function sentence({ count, more, afterWaiting, hosts, reasons }: TemplateFit): string {
  const when = afterWaiting ? 'after those that wait' : 'now'
  if (more) return `more than ${count} fit ${when}; so many would be on ${hostsText(hosts.length)}`
  if (count === 0) return `no more fit ${when}, on ${hostsText(reasons.length)}`
  return `${count} more ${count === 1 ? 'fits' : 'fit'} ${when}, on ${hosts.length} of ${hostsText(reasons.length)}`
}

const hostsText = (count: number): string => `${count} ${count === 1 ? 'host' : 'hosts'}`

export function fitText(found: TemplateFit): string {
  const { count, hosts, reasons } = found
  const reasonsTable = tableText(REASON_COLUMNS, hostRows(reasons, []), null)
  return page([
    sentence(found),
    hosts.length === 0 ? null : tableText(COLUMNS, hosts, null),
    reasons.length === 0 ? null : tableSection(count === 0 ? 'WHY NOT' : 'WHY NOT ONE MORE', reasonsTable),
  ])
}

function limitArgument(text: string): number {
  const limit = wholeNumber(1)(text)
  if (limit > MOST) throw new InvalidArgumentError(`It must be ${MOST} at most.`)
  return limit
}

interface FitOptions extends JsonOption {
  readonly limit?: number
  readonly afterWaiting?: true
}

export function fitCommand(group: Command, cli: Cli): void {
  const fit = leaf(
    group
      .command('fit')
      .description('how many more VMs of it the scheduler would place now, on which hosts, and why not more'),
    ['template fit gpu', 'template fit gpu.template --limit 50 --after-waiting'],
  )
  documentOptions(fit)
    .addArgument(templateArgument())
    .option('--limit <n>', `count so many at most, from 1 to ${MOST} (default: 1000)`, limitArgument)
    .option('--after-waiting', 'place the VMs that wait first, and count on what they leave')
    .action(async (word: string, options: FitOptions) => {
      const { limit, afterWaiting } = options
      const query = new URLSearchParams({
        ...(limit !== undefined && { limit: `${limit}` }),
        ...(afterWaiting && { afterWaiting: 'true' }),
      }).toString()
      const path = apiPath('templates', word, 'fit')
      const found = await ofTemplate(cli.ports, word, {
        stored: () => callApi<TemplateFit>(cli.ports, 'GET', query === '' ? path : `${path}?${query}`),
        text: (text) => {
          const body = given({ text, limit, afterWaiting })
          return callApi<TemplateFit>(cli.ports, 'POST', apiPath('templates', 'fit'), body)
        },
      })
      print(cli, options, found, fitText)
    })
}
