/** `berth log`: who did what, and what was refused. */
import type { Command } from 'commander'
import type { LogEntryView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, leaf, wholeNumber } from '../command.ts'
import { type List, type ListOptions, listOptions, printList } from '../list/list.ts'
import { timeText } from '../text/amounts.ts'
import { duration } from '../text/duration.ts'

const LOG_LIST: List<LogEntryView> = {
  columns: [
    { name: 'TIME', width: 20, cell: ({ at }) => timeText(at), fact: ({ at }) => at },
    { name: 'WHO', width: 14, cell: ({ who }) => who },
    { name: 'ROLE', width: 8, cell: ({ role }) => role },
    { name: 'FROM', width: 15, cell: ({ origin }) => origin },
    { name: 'ACTION', width: 16, cell: ({ action }) => action },
    { name: 'SUBJECT', width: 20, shrinks: true, cell: ({ subject }) => subject },
    { name: 'OUTCOME', width: 12, cell: ({ outcome }) => outcome },
    { name: 'MORE', width: 5, align: 'right', cell: ({ more }) => more },
  ],
  shown: ['TIME', 'WHO', 'FROM', 'ACTION', 'SUBJECT', 'OUTCOME'],
}

interface LogOptions extends ListOptions {
  readonly since?: number
  readonly who?: string
  readonly number?: number
}

export function logCommand(command: Command, cli: Cli): void {
  const log = leaf(command, ['log', 'log --since 2h --who alice', "log -n 1000 -f 'OUTCOME!=ok'"])
    .description(
      'Every change that came over the network, every refusal (many alike in a minute: their number), and what commands on the controller did to tokens, quotas and fenced hosts; the newest entries, oldest of them first.',
    )
    .option('--since <time>', 'not what is older: 45m, 12h, 30d', duration)
    .option('--who <name>', "only this token's, agent:HOST's or local:USER's")
    .option('-n, --number <n>', 'as many at most (default: 100)', wholeNumber(1))
  listOptions(log, LOG_LIST).action(async ({ since, who, number, ...options }: LogOptions) => {
    const query = new URLSearchParams({
      ...(since !== undefined && { since: String(Date.now() - since * 1000) }),
      ...(who !== undefined && { who }),
      ...(number !== undefined && { limit: String(number) }),
    })
    const path = `${apiPath('log')}${query.size === 0 ? '' : `?${query}`}`
    printList(cli, LOG_LIST, await callApi<readonly LogEntryView[]>(cli.ports, 'GET', path), options)
  })
}
