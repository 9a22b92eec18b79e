/** `berth drift [HOST]`: hosts compared with the database now; exit status 1 while something differs or a host is silent. */
import type { Command } from 'commander'
import type { DriftView, HostDrift } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { printable } from '../text/printable.ts'

const REPAIR_TEXT: Readonly<Record<NonNullable<DriftView['repair']>, string>> = {
  possible: ' (--repair mends it)',
  repaired: ' (mended)',
  ordered: ' (being mended)',
  failed: '',
}

function lineOf(hostName: string, { message, repair, code }: DriftView): string {
  return `${hostName}: ${message}${repair === null ? '' : REPAIR_TEXT[repair]} [${code}]`
}

export function driftText(hosts: readonly HostDrift[]): string {
  const lines = hosts.flatMap(({ hostName, failure, drift }) => {
    if (failure !== null) return []
    if (drift.length === 0) return [`${hostName}: no drift`]
    return drift.map((one) => lineOf(hostName, one))
  })
  return lines.map((line) => `${printable(line)}\n`).join('')
}

const settled = ({ repair }: DriftView): boolean => repair === 'repaired' || repair === 'ordered'

export function driftCommand(command: Command, cli: Cli): void {
  leaf(
    command
      .summary('where database, domains and drivers differ, and mend it')
      .description(
        'Compares hosts with the database now: domains, the drivers of devices, open VFIO groups. Exit status 1 while something\n' +
          'differs, or a host could not be compared. --repair moves drivers back to where they should be; no domain is ever ended,\n' +
          'and nothing is taken from a guest.',
      )
      .argument('[host]', 'id or name; all hosts where left out', nameArgument)
      .option('--repair', 'mend what can be mended without taking anything from anybody'),
    ['drift', 'drift kvm-a --repair'],
  ).action(async (host: string | undefined, options: JsonOption & { readonly repair?: true }) => {
    const body = given({ host, repair: options.repair })
    const hosts = await callApi<readonly HostDrift[]>(cli.ports, 'POST', apiPath('drift'), body)
    print(cli, options, hosts, driftText)
    for (const { hostName, failure } of hosts)
      if (failure !== null) cli.ports.stderr(`berth: ${printable(`${hostName}: not compared: ${failure}`)}\n`)
    if (hosts.some(({ failure, drift }) => failure !== null || !drift.every(settled))) cli.finish(FAILURE)
  })
}
