/** `berth explain VM`: for each host, whether the VM could go there now, and why not. */
import type { Command } from 'commander'
import type { Explanation } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { fieldLine, page, section } from '../text/sections.ts'
import { tableText } from '../text/table.ts'
import { hostRows, REASON_COLUMNS } from './reasons.ts'

/** Hosts in id order; those that fit say so in place of a code, below the others stands what would have to change. */
export function explanationText(explanation: Explanation): string {
  const rows = hostRows(explanation.reasons, explanation.fitting)
  return page([
    section(`VIRTUAL MACHINE ${explanation.vm}`, [
      fieldLine(['STATE', explanation.state]),
      fieldLine(['MESSAGE', explanation.message === '' ? null : explanation.message]),
      ...smallestLines(explanation.smallest),
    ]),
    rows.length === 0 ? null : tableText(REASON_COLUMNS, rows, null),
  ])
}

/** One line a change. */
function smallestLines(smallest: Explanation['smallest']): readonly string[] {
  if (smallest == null) return []
  const messages = smallest.changes.map(({ message }) => message)
  return [`on ${smallest.hostName}`, ...messages].map((text, line) =>
    fieldLine([line === 0 ? 'SMALLEST CHANGE' : '', text]),
  )
}

export function explainCommand(command: Command, cli: Cli): void {
  leaf(command.argument('<vm>', 'id or name', nameArgument), ['explain train-1', 'explain 5 --json']).action(
    async (vm: string, options: JsonOption) => {
      const explanation = await callApi<Explanation>(cli.ports, 'GET', apiPath('vms', vm, 'explain'))
      print(cli, options, explanation, explanationText)
    },
  )
}
