/** `berth schedule --once`: one cycle of the controller, asked for through the API. */
import type { Command } from 'commander'
import type { CycleSummary } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { printable } from '../text/printable.ts'

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function cycleText(cycle: CycleSummary): string {
  const placed = cycle.placed.map(({ vm, hostName, devices, usb }) => {
    const given = [...devices, ...usb.map((port) => `USB ${port}`)]
    const what = given.length === 0 ? 'no PCI device' : given.join(', ')
    return `VM ${vm} placed on ${hostName}: ${what}`
  })
  const waiting = cycle.waiting.map(({ vm, message }) => `VM ${vm} waits: ${message}`)
  const sum = [
    `${counted(cycle.probed.length, 'host')} probed`,
    `${counted(cycle.placed.length, 'VM')} placed`,
    `${cycle.waiting.length} waiting`,
    `${counted(cycle.ordersDone, 'order')} carried out`,
  ].join(', ')
  return [...placed, ...waiting, sum].map((line) => `${printable(line)}\n`).join('')
}

function troubles(cycle: CycleSummary): readonly string[] {
  const hosts = cycle.failed.map(({ host, message }) => `host ${host}: ${message}`)
  if (cycle.ordersFailed === 0) return hosts
  return [
    ...hosts,
    `${counted(cycle.ordersFailed, 'order')} failed: \`berth vm list -l ID,NAME,STATE,MESSAGE\` tells which`,
  ]
}

/** One silent host among others is told, and fails nothing: the cycle did what could be done. */
const failed = (cycle: CycleSummary): boolean =>
  cycle.ordersFailed > 0 || (cycle.failed.length > 0 && cycle.probed.length === 0)

export function scheduleCommand(command: Command, cli: Cli): void {
  leaf(
    command
      .summary('run one cycle: probe, plan, deploy')
      .description(
        'Runs one cycle: probes the hosts, compares them with the database, plans the waiting VMs, commits,\n' +
          'carries out the orders and takes in what came of them. Exit status 1 when an order failed or no host at all could be probed.',
      )
      .requiredOption('--once', 'one cycle (`berth serve` runs them continuously)'),
    ['schedule --once'],
  ).action(async (options: JsonOption) => {
    const cycle = await callApi<CycleSummary>(cli.ports, 'POST', apiPath('schedule'))
    print(cli, options, cycle, cycleText)
    for (const problem of troubles(cycle)) cli.ports.stderr(`berth: ${printable(problem)}\n`)
    if (failed(cycle)) cli.finish(FAILURE)
  })
}
