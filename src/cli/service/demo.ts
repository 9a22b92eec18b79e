/** `berth demo`: the main job on simulated hosts, run by what main.ts handed in. */
import type { Command } from 'commander'
import type { Cli } from '../command.ts'

export function demoCommand(command: Command, cli: Cli): void {
  command
    .description(
      'Probes this machine and hosts that Berth simulates, places VMs on them and shows who has what.',
    )
    .option(
      '--directory <dir>',
      'keep the database and the simulated hosts there (default: a new temporary folder)',
    )
    .addHelpText('after', '\nExample:\n  $ berth demo --directory /tmp/berth-demo')
    .action(async (options: { readonly directory?: string }) => {
      cli.finish(await cli.ports.demo({ directory: options.directory ?? null }))
    })
}
